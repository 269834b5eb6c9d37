/**
 * Ragwright: RAG-aware fine-tuning for TypeScript. One import for everybody: everything of `@ragwright/core`, and
 * `defineConfig` for `ragwright.config.ts`.
 *
 * @module
 */
export * from '@ragwright/core';
export { tune, tuneEmbedder } from '@ragwright/core/learning/recipes';
export { type Config, defineConfig } from './config/define.ts';
