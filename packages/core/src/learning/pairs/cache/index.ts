export { type CachedEmbedder, openCachedEmbedder } from './cachedEmbedder.ts';
