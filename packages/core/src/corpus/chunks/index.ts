export { createSplitter } from './createSplitter.ts';
export { estimateTokens } from './rulers/estimate.ts';
export { chunksFromSpans, splitDocument, splitDocuments } from './splitDocument.ts';
export type {
  AutoSplitterConfig,
  Chunk,
  CodeSplitterConfig,
  EmbedTexts,
  MarkdownSplitterConfig,
  OffsetTokenizer,
  RecursiveSplitterConfig,
  SemanticSplitterConfig,
  SentenceSplitterConfig,
  Span,
  Splitter,
  SplitterConfig,
  SplitterDependencies,
  SplitterSizes,
  TokenCounter,
  TokenSplitterConfig,
} from './types.ts';
