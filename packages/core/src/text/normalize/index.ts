import { booleanOf, complain, isJson, type Json, type Place, partsOf, stringOf } from '../configNode.ts';
import { patternOf } from '../pattern.ts';
import type { Normalizer } from '../pieceTypes.ts';
import { alignedNormalizer } from './align.ts';
import { bertNormalizer, lowercase } from './bert.ts';
import { charsMapNormalizer, parseCharsMap } from './charsMap.ts';
import { nmt, prepend, replaceMatches, strip, stripAccents } from './steps.ts';

const nothing: Normalizer = (piece) => piece;
const chain =
  (steps: readonly Normalizer[]): Normalizer =>
  (piece) =>
    steps.reduce((text, step) => step(text), piece);

/** Lower-cases first: what sentence-transformers does for `do_lower_case`. */
export const lowercasing = (then: Normalizer): Normalizer => chain([alignedNormalizer(lowercase), then]);

type Builder = (config: Json, place: Place) => Normalizer;

const unicode =
  (form: 'NFC' | 'NFD' | 'NFKC' | 'NFKD'): Builder =>
  () =>
    alignedNormalizer((text) => text.normalize(form));

const builders: Readonly<Record<string, Builder>> = {
  Sequence: (config, place) =>
    chain(partsOf(config, 'normalizers', place).map(([part, at]) => normalizerOf(part, at))),
  BertNormalizer: (config, place) =>
    alignedNormalizer(
      bertNormalizer({
        cleanText: booleanOf(config, 'clean_text', place, true),
        handleChineseChars: booleanOf(config, 'handle_chinese_chars', place, true),
        lowercase: booleanOf(config, 'lowercase', place, true),
        stripAccents: typeof config['strip_accents'] === 'boolean' ? config['strip_accents'] : null,
      }),
    ),
  Precompiled: (config, place) => {
    const map = stringOf(config, 'precompiled_charsmap', place);
    if (map === '') return nothing;
    try {
      return alignedNormalizer(charsMapNormalizer(parseCharsMap(map)));
    } catch (error) {
      complain(place, 'a compiled character map', (error as Error).message);
      return nothing;
    }
  },
  Replace: (config, place) => replaceMatches(patternOf(config, place), stringOf(config, 'content', place)),
  Prepend: (config, place) => prepend(stringOf(config, 'prepend', place)),
  Strip: (config, place) =>
    strip(booleanOf(config, 'strip_left', place, true), booleanOf(config, 'strip_right', place, true)),
  Lowercase: () => alignedNormalizer(lowercase),
  StripAccents: () => alignedNormalizer(stripAccents),
  Nmt: () => alignedNormalizer(nmt),
  NFC: unicode('NFC'),
  NFD: unicode('NFD'),
  NFKC: unicode('NFKC'),
  NFKD: unicode('NFKD'),
};

/** The normaliser that a part of tokenizer.json describes; null is none. */
export function normalizerOf(config: unknown, place: Place): Normalizer {
  if (config === null || config === undefined) return nothing;
  const build = isJson(config) ? builders[String(config['type'])] : undefined;
  if (build) return build(config as Json, place);
  complain(place, `a normalizer of type ${Object.keys(builders).join(', ')}`, config);
  return nothing;
}
