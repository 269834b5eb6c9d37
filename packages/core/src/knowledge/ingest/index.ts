export { ingest } from './ingest.ts';
export type { IngestOptions, IngestSummary } from './types.ts';
