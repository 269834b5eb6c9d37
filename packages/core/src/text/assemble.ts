import type { CompiledTokenizer } from './compile.ts';
import { type Slot, specialCount } from './template.ts';
import { longestFirst } from './truncate.ts';
import type { EncodeOptions, Encoding } from './types.ts';

/** How texts become sequences: what the threads have in common besides the compiled tokenizer. */
export interface AssembleSettings {
  readonly truncationSide: 'left' | 'right';
  readonly segments: boolean;
}

const cutTo = (ids: Int32Array, length: number, side: 'left' | 'right'): Int32Array => {
  if (ids.length <= length) return ids;
  return side === 'right' ? ids.subarray(0, length) : ids.subarray(ids.length - length);
};

const slotsOf = (slots: readonly Slot[], specialTokens: boolean): readonly Slot[] =>
  specialTokens ? slots : slots.filter((slot) => 'text' in slot);

function fill(slots: readonly Slot[], texts: readonly Int32Array[], maxLength: number): Int32Array {
  const length = slots.reduce((sum, slot) => sum + ('text' in slot ? (texts[slot.text]?.length ?? 0) : 1), 0);
  const ids = new Int32Array(length);
  let at = 0;
  for (const slot of slots) {
    if ('text' in slot) {
      const text = texts[slot.text] ?? new Int32Array();
      ids.set(text, at);
      at += text.length;
    } else ids[at++] = slot.id;
  }
  return length > maxLength ? ids.slice(0, maxLength) : ids; // no room even for the special tokens
}

/** One text as a sequence. */
export function encodeOne(
  compiled: CompiledTokenizer,
  settings: AssembleSettings,
  text: string,
  options: EncodeOptions = {},
): Encoding {
  const { maxLength = Number.POSITIVE_INFINITY } = options;
  const slots = slotsOf(compiled.template.single, options.specialTokens ?? true);
  const room = Math.max(0, maxLength - specialCount(slots));
  const fromStart = settings.truncationSide === 'right';
  const ids = cutTo(compiled.ids(text, fromStart ? room : undefined), room, settings.truncationSide);
  return { ids: fill(slots, [ids], maxLength) };
}

/** Two texts as one sequence. */
export function encodeTwo(
  compiled: CompiledTokenizer,
  settings: AssembleSettings,
  texts: readonly [string, string],
  options: EncodeOptions = {},
): Encoding {
  const { maxLength = Number.POSITIVE_INFINITY } = options;
  const slots = slotsOf(compiled.template.pair, options.specialTokens ?? true);
  const room = Math.max(0, maxLength - specialCount(slots));
  const [a, b] = [compiled.ids(texts[0]), compiled.ids(texts[1])];
  const lengths = longestFirst([a.length, b.length], room);
  const parts = [
    cutTo(a, lengths[0], settings.truncationSide),
    cutTo(b, lengths[1], settings.truncationSide),
  ];
  const ids = fill(slots, parts, maxLength);
  if (!settings.segments) return { ids };
  const segmentIds = new Int32Array(ids.length);
  let at = 0;
  for (const slot of slots) {
    const end = at + ('text' in slot ? (parts[slot.text]?.length ?? 0) : 1);
    segmentIds.fill(slot.segment, at, end);
    at = end;
  }
  return { ids, segmentIds };
}
