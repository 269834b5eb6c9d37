export type { CropOptions } from './crop.ts';
export {
  type DropReason,
  type FilteredPairs,
  type FilterPairsOptions,
  filterPairs,
} from './filterPairs.ts';
export type { InverseClozeOptions } from './inverseCloze.ts';
export { type SynthesizeOptions, synthesisMethods, synthesizePairs } from './synthesizePairs.ts';
export type { Passage, SynthesisMethod, SynthesizedPair } from './types.ts';
