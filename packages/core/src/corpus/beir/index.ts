export { listBeirQrels } from './listQrels.ts';
export { corpusText, readBeirCorpus } from './readCorpus.ts';
export { type JudgementPlace, readBeirQrels } from './readQrels.ts';
export { readBeirQueries } from './readQueries.ts';
export type { BeirDocument, BeirJudgements } from './types.ts';
