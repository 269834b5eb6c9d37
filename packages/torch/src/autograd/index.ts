export { type BackwardManyOptions, backward, type GradOptions, grad } from './backward.ts';
export { type AutocastOptions, autocast, enableGrad, isGradEnabled, noGrad } from './modes.ts';
