import { complain, isJson, type Json, type Place, partsOf } from './configNode.ts';

/** A place in the finished sequence: a special token, or the tokens of the first (0) or second (1) text. */
export type Slot =
  | { readonly id: number; readonly segment: number }
  | { readonly text: 0 | 1; readonly segment: number };

/** How special tokens go around the tokens of a text, or of two. */
export interface Template {
  readonly single: readonly Slot[];
  readonly pair: readonly Slot[];
}

const [first, second]: readonly Slot[] = [
  { text: 0, segment: 0 },
  { text: 1, segment: 1 },
];
const bare: Template = { single: [first as Slot], pair: [first as Slot, second as Slot] };

type Builder = (config: Json, place: Place) => Template | undefined;

/** `["[SEP]", 102]` */
function idOf(config: Json, key: string, place: Place, segment: number): Slot {
  const value = config[key];
  if (Array.isArray(value) && Number.isSafeInteger(value[1])) return { id: value[1] as number, segment };
  complain({ ...place, field: `${place.field}.${key}` }, 'a token with its id', value);
  return { id: 0, segment };
}

const builders: Readonly<Record<string, Builder>> = {
  ByteLevel: () => undefined, // concerns offsets only
  Sequence: (config, place) =>
    partsOf(config, 'processors', place)
      .map(([part, at]) => described(part, at))
      .findLast((template) => template !== undefined),
  BertProcessing: (config, place) => {
    const [cls, sep, end] = [
      idOf(config, 'cls', place, 0),
      idOf(config, 'sep', place, 0),
      idOf(config, 'sep', place, 1),
    ];
    return { single: [cls, first as Slot, sep], pair: [cls, first as Slot, sep, second as Slot, end] };
  },
  RobertaProcessing: (config, place) => {
    const [cls, sep] = [idOf(config, 'cls', place, 0), idOf(config, 'sep', place, 0)];
    const other: Slot = { text: 1, segment: 0 };
    return { single: [cls, first as Slot, sep], pair: [cls, first as Slot, sep, sep, other, sep] };
  },
  TemplateProcessing: (config, place) => ({
    single: slotsOf(config, 'single', place),
    pair: slotsOf(config, 'pair', place),
  }),
};

function slotsOf(config: Json, key: string, place: Place): Slot[] {
  return partsOf(config, key, place).flatMap(([part, at]): Slot[] => {
    const sequence = isJson(part) ? part['Sequence'] : undefined;
    const special = isJson(part) ? part['SpecialToken'] : undefined;
    if (isJson(sequence)) {
      return [{ text: sequence['id'] === 'B' ? 1 : 0, segment: Number(sequence['type_id'] ?? 0) }];
    }
    const tokens = isJson(config['special_tokens']) ? config['special_tokens'] : {};
    const token = isJson(special) ? tokens[String(special['id'])] : undefined;
    const ids = isJson(token) ? token['ids'] : undefined;
    if (isJson(special) && Array.isArray(ids) && ids.every(Number.isSafeInteger)) {
      return ids.map((id) => ({ id: id as number, segment: Number(special['type_id'] ?? 0) }));
    }
    complain(at, 'a Sequence, or a SpecialToken that special_tokens lists', part);
    return [];
  });
}

function described(config: unknown, place: Place): Template | undefined {
  if (config === null || config === undefined) return undefined;
  const build = isJson(config) ? builders[String(config['type'])] : undefined;
  if (build) return build(config as Json, place);
  complain(place, `a post-processor of type ${Object.keys(builders).join(', ')}`, config);
  return undefined;
}

/** The template that a part of tokenizer.json describes; null is no special tokens. */
export const templateOf = (config: unknown, place: Place): Template => described(config, place) ?? bare;

/** How many special tokens a template adds. */
export const specialCount = (slots: readonly Slot[]): number => slots.filter((slot) => 'id' in slot).length;
