import { z } from 'zod';
import { ConfigError } from '../../base/errors.ts';
import { stableId } from '../../base/hash.ts';
import { parseSettings } from '../../base/settings.ts';
import type { Document } from '../documents/types.ts';
import { splitCode } from './code.ts';
import { splitMarkdown } from './markdown.ts';
import { splitRecursively } from './recursive.ts';
import { estimateTokens } from './rulers/estimate.ts';
import { hasOffsets, rulerMaker } from './rulers/index.ts';
import { splitSemantically } from './semantic.ts';
import { splitBySentences } from './sentences.ts';
import { splitByTokens } from './tokens.ts';
import type { Span, Splitter, SplitterConfig, SplitterDependencies } from './types.ts';

/** Changes with what any splitter does to a text, so that old chunks are told from new ones. */
const VERSION = '1';

const sizes = {
  // The tokens of any one character fit into 8, so that a chunk can always hold one.
  size: z.int().min(8),
  overlap: z.int().min(0).default(0),
};
const units = { ...sizes, unit: z.enum(['tokens', 'characters']).default('tokens') };
const locale = z.string().refine(isLocale, 'expected a language tag such as en').default('en');

const configSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('recursive'),
    ...units,
    separators: z.array(z.string().min(1)).min(1).optional(),
  }),
  z.strictObject({ kind: z.literal('sentence'), ...units, locale }),
  z.strictObject({ kind: z.literal('token'), ...sizes }),
  z.strictObject({ kind: z.literal('markdown'), ...units }),
  z.strictObject({ kind: z.literal('code'), ...units, language: z.string().min(1).optional() }),
  z.strictObject({
    kind: z.literal('semantic'),
    ...units,
    percentile: z.number().min(0).max(100).default(95),
    window: z.int().min(0).default(1),
    locale,
  }),
  z.strictObject({ kind: z.literal('auto'), ...units }),
]);

type ResolvedConfig = z.output<typeof configSchema>;

/**
 * A splitter from its config.
 *
 * @throws ConfigError that lists everything wrong with it, a missing tokenizer or embed function included
 * @example
 * const splitter = createSplitter({ kind: 'recursive', size: 256, overlap: 32 }, { counter: tokenizer });
 * const chunks = await splitDocument(document, splitter);
 */
export function createSplitter(config: SplitterConfig, dependencies: SplitterDependencies = {}): Splitter {
  const resolved = parseSettings(configSchema, config, 'splitter');
  checkTogether(resolved, dependencies);
  const { tokenizer } = dependencies;
  const counter =
    resolved.kind === 'token' && tokenizer
      ? tokenizer
      : (dependencies.counter ?? tokenizer ?? estimateTokens);
  const unit = 'unit' in resolved ? resolved.unit : 'tokens';
  const makeRuler = rulerMaker(unit, counter);
  const split = (document: Document): readonly Span[] | Promise<readonly Span[]> => {
    const { text } = document;
    switch (kindFor(resolved, document)) {
      case 'sentence':
        return splitBySentences(text, makeRuler, { locale: 'en', ...resolved });
      case 'token':
        return splitByTokens(text, makeRuler, resolved);
      case 'markdown':
        return splitMarkdown(text, makeRuler, resolved);
      case 'code':
        return splitCode(text, makeRuler, { ...resolved, language: languageFor(resolved, document) });
      case 'semantic':
        return splitSemantically(text, makeRuler, resolved as never, dependencies.embed as never);
      default:
        return splitRecursively(text, makeRuler, resolved);
    }
  };
  return { fingerprint: fingerprintOf(resolved, unit, counter, dependencies), split };
}

const kindFor = (config: ResolvedConfig, { format }: Document): Exclude<ResolvedConfig['kind'], 'auto'> =>
  config.kind !== 'auto' ? config.kind : format === 'text' ? 'recursive' : format;

const languageFor = (config: ResolvedConfig, document: Document): string | undefined =>
  (config.kind === 'code' ? config.language : undefined) ?? document.language;

function checkTogether(config: ResolvedConfig, { counter, tokenizer, embed }: SplitterDependencies): void {
  const problems = [];
  if (2 * config.overlap > config.size) {
    problems.push({
      field: 'overlap',
      expected: `at most half of size (${config.size >> 1})`,
      got: String(config.overlap),
    });
  }
  if (config.kind === 'token' && !tokenizer && !(counter && hasOffsets(counter)))
    problems.push({ field: 'tokenizer', expected: 'a tokenizer that tells offsets', got: 'none' });
  if (config.kind === 'semantic' && !embed)
    problems.push({ field: 'embed', expected: 'a function that embeds texts', got: 'none' });
  if (problems.length > 0) throw new ConfigError('splitter', problems);
}

function fingerprintOf(
  config: ResolvedConfig,
  unit: string,
  counter: object,
  { embedFingerprint = 'custom' }: SplitterDependencies,
): string {
  const counted =
    unit === 'characters' ? '' : 'fingerprint' in counter ? String(counter.fingerprint) : 'custom';
  const entries = Object.entries(config).sort(([a], [b]) => (a < b ? -1 : 1));
  return stableId(
    VERSION,
    JSON.stringify(entries),
    counted,
    config.kind === 'semantic' ? embedFingerprint : '',
  );
}

function isLocale(tag: string): boolean {
  try {
    return Intl.Segmenter.supportedLocalesOf(tag).length > 0;
  } catch {
    return false;
  }
}
