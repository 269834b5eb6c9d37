import { z } from 'zod';
import { ConfigError } from '../../base/errors.ts';
import { parseSettings } from '../../base/settings.ts';
import type { Tokenizer } from '../../text/types.ts';

/**
 * How a passage that is too long for the model is read: in overlapping windows, each with the query; the best window's
 * score is the passage's (MaxP: Dai & Callan, arXiv 1905.09217).
 */
export interface WindowOptions {
  /** Longest window in tokens of the passage; default: what the model has room for beside the query. */
  readonly tokens?: number;
  /** Tokens from the start of one window to that of the next; default: half a window, as in the paper. */
  readonly stride?: number;
  readonly aggregate: 'max';
}

const schema = z.strictObject({
  tokens: z.number().int().positive().optional(),
  stride: z.number().int().positive().optional(),
  aggregate: z.literal('max'),
});

/** @throws ConfigError that lists what is wrong; a stride longer than the window would leave tokens out */
export function checkWindows(options: WindowOptions): void {
  const { tokens, stride } = parseSettings(schema, options, 'windows');
  if (tokens === undefined || stride === undefined || stride <= tokens) return;
  const expected = `at most a window (tokens: ${tokens})`;
  throw new ConfigError('windows', [{ field: 'stride', expected, got: String(stride) }]);
}

/**
 * Tokens that a passage may have beside a query: what the query leaves, but never less than half, as the longer side
 * is cut first.
 *
 * @param limit tokens of query and passage that the model takes together
 */
export const roomBeside = (queryTokens: number, limit: number): number =>
  Math.max(1, limit - queryTokens, Math.floor(limit / 2));

/** Where a window starts and ends, in tokens. */
export type Span = readonly [start: number, end: number];

/** Windows over `count` tokens: one if they have room; the last one ends with the last token. */
export function windowSpans(count: number, room: number, { tokens, stride }: WindowOptions): Span[] {
  if (count <= room) return [[0, count]];
  const size = Math.min(tokens ?? room, room);
  const step = Math.min(stride ?? Math.max(1, Math.floor(size / 2)), size);
  const spans: Span[] = [];
  for (let start = 0; start + size < count; start += step) spans.push([start, start + size]);
  spans.push([count - size, count]);
  return spans;
}

/** The windows of a passage as texts; the passage itself if it has room. */
export function windowTexts(
  tokenizer: Tokenizer,
  passage: string,
  room: number,
  options: WindowOptions,
): string[] {
  const { ids, starts, ends } = tokenizer.encodeWithOffsets(passage);
  if (ids.length <= room) return [passage];
  return windowSpans(ids.length, room, options).map(([start, end]) =>
    passage.slice(starts[start], ends[end - 1]),
  );
}
