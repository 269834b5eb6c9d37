export { loadAdapter, type SaveAdapterOptions, saveAdapter } from './adapterFiles.ts';
export { type FreezeOptions, freeze } from './freeze.ts';
export { addLora, Lora } from './lora.ts';
export { LoraLinear } from './loraLinear.ts';
export type { LoraOptions, LoraSettings, LoraTargets } from './types.ts';
