export { knownExtensions } from './formats.ts';
export { contentHash } from './makeDocument.ts';
export { flattenMetadata } from './metadata.ts';
export { readDocuments } from './readDocuments.ts';
export type {
  ColumnNames,
  Document,
  DocumentFormat,
  Metadata,
  MetadataValue,
  ReadOptions,
  ReadResult,
  SkippedSource,
  UnreadableSource,
} from './types.ts';
