export { listsFromJudgements } from './listsFromJudgements.ts';
export { listsFromPairs } from './listsFromPairs.ts';
export { type CorpusPassage, type ListMiningTask, type MinedLists, mineLists } from './mineLists.ts';
export { type ListNegatives, listNegativesSchema, type ResolvedListNegatives } from './settings.ts';
