export { type TermLanguage, termAnalyzer } from './analyze.ts';
export { type Bm25Options, bm25Defaults, countTerms, inverseDocumentFrequency } from './bm25.ts';
export { porterStem } from './porter.ts';
export { searchableText } from './searchableText.ts';
