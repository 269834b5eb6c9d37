export {
  type Deduplicated,
  type NearDuplicateOptions,
  nearDuplicateGroups,
  removeNearDuplicates,
} from './nearDuplicates.ts';
export { UnionFind } from './unionFind.ts';
export { normalizedWords, normalizeText } from './words.ts';
