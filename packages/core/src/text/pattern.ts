import { complain, isJson, type Json, type Place } from './configNode.ts';
import { library } from './library.ts';

/**
 * A pattern of tokenizer.json (`{"String": …}` or `{"Regex": …}`, in Oniguruma's dialect) as a JavaScript one, with
 * the flags g and u. The library translates the dialect.
 */
export function patternOf(config: Json, place: Place): RegExp {
  const { pattern } = config;
  const never = /(?!)/gu;
  const source = isJson(pattern) ? (pattern['String'] ?? pattern['Regex']) : undefined;
  if (typeof source !== 'string' || source === '') {
    complain(place, 'a pattern, {"String": …} or {"Regex": …}', pattern);
    return never;
  }
  try {
    const split = new library.SplitPreTokenizer({
      type: 'Split',
      pattern,
      behavior: 'Isolated',
      invert: true,
    });
    return split.pattern ?? never;
  } catch (error) {
    complain(place, 'a regular expression that JavaScript can do', (error as Error).message);
    return never;
  }
}

/** A pattern that matches this very text. */
export const literal = (text: string): RegExp =>
  new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'gu');
