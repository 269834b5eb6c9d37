export { ExactIndex, type Neighbours } from './exactIndex.ts';
export { cosine, VectorError } from './packVectors.ts';
