export { bm25Retriever } from './bm25.ts';
export { boosted } from './boosts.ts';
export { denseRetriever } from './dense.ts';
export { distinctRetriever, withoutNearDuplicates } from './distinct.ts';
export { type RankedDocument, rankDocuments, retrieveDocuments } from './documents.ts';
export { type Normalisation, reciprocalRankFusion, weightedFusion } from './fusion.ts';
export { type HighlightOptions, highlight, type Passage, type Span } from './highlight.ts';
export { type HybridOptions, hybridRetriever } from './hybrid.ts';
