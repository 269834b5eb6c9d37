export { ModelSourceError } from './errors.ts';
export { inspectModel, type ModelSummary } from './inspect.ts';
export { type CachedModel, listModels } from './list.ts';
export { resolveModel } from './resolve.ts';
export type { DownloadProgress, FailedSource, ResolvedModel, ResolveOptions } from './types.ts';
