import type { TrainingPair } from '../pairs/types.ts';
import { BatchError } from './errors.ts';
import { falseNegatives } from './falseNegatives.ts';
import type { KnownPositives } from './knownPositives.ts';
import type { EmbeddingBatch, TextColumn } from './types.ts';

export type TextRole = TextColumn['role'];

/** Token ids of some texts; what `EmbeddingModel.tokenize` gives. */
export interface TokenizedColumn {
  /** Special tokens and prompt included, cut to the model's length. */
  readonly sequences: readonly Int32Array[];
  /** Leading tokens of each that pooling leaves out; default 0. */
  readonly promptTokens?: number;
}

type Tokenized = readonly Int32Array[] | TokenizedColumn;

export interface CollateOptions {
  readonly rows: readonly TrainingPair[];
  readonly tokenize: (texts: readonly string[], role: TextRole) => Tokenized | Promise<Tokenized>;
  /** Put before each text of a role, if `tokenize` doesn't do that; default none. */
  readonly prompts?: Readonly<Partial<Record<TextRole, string>>>;
  /** What answers each query in the whole training set; without it only what the batch itself tells is masked. */
  readonly known?: KnownPositives;
}

/**
 * Makes batches out of indexes of training rows.
 *
 * @returns a function that throws BatchError for no indexes, an index without a row, rows with different numbers of
 *   negatives, and texts without tokens
 */
export function collator(options: CollateOptions): (indexes: readonly number[]) => Promise<EmbeddingBatch> {
  return async (indexes) => {
    const rows = chosen(options.rows, indexes);
    const texts = columnsOf(rows, indexes);
    const columns: TextColumn[] = [];
    for (const [i, column] of texts.entries()) {
      const role: TextRole = i === 0 ? 'query' : 'document';
      const { sequences: tokens, promptTokens = 0 } = await tokenized(column, role, options);
      checkTokens(tokens, indexes, i);
      columns.push({ role, tokens, ...(promptTokens > 0 && { promptTokens }) });
    }
    const masked = falseNegatives(rows, options.known);
    const tokenCount = columns.reduce((sum, { tokens }) => sum + total(tokens), 0);
    return { rows, columns, tokenCount, indexes: [...indexes], ...(masked && { falseNegatives: masked }) };
  };
}

function chosen(all: readonly TrainingPair[], indexes: readonly number[]): TrainingPair[] {
  if (indexes.length === 0) throw new BatchError({ expected: 'at least one row', got: 'none' });
  return indexes.map((row) => {
    const pair = all[row];
    if (pair) return pair;
    throw new BatchError({ row, expected: `an index below ${all.length}`, got: 'no such row' });
  });
}

/** Texts of the queries, the positives, the first negatives … */
function columnsOf(rows: readonly TrainingPair[], indexes: readonly number[]): string[][] {
  const count = rows[0]?.negatives?.length ?? 0;
  for (const [i, { negatives = [] }] of rows.entries()) {
    if (negatives.length === count) continue;
    throw new BatchError({
      row: indexes[i] ?? i,
      field: 'negatives',
      expected: `${count}, as in row ${indexes[0]}`,
      got: String(negatives.length),
      hint: 'mine the same number for each row, or leave rows with fewer out',
    });
  }
  const negatives = Array.from({ length: count }, (_, k) => rows.map((row) => row.negatives?.[k] as string));
  return [rows.map(({ query }) => query), rows.map(({ positive }) => positive), ...negatives];
}

async function tokenized(
  texts: readonly string[],
  role: TextRole,
  { prompts, tokenize }: CollateOptions,
): Promise<TokenizedColumn> {
  const prompt = prompts?.[role] ?? '';
  const result = await tokenize(prompt === '' ? texts : texts.map((text) => prompt + text), role);
  return 'sequences' in result ? result : { sequences: result };
}

function checkTokens(tokens: readonly Int32Array[], indexes: readonly number[], column: number): void {
  const field = column === 0 ? 'query' : column === 1 ? 'positive' : `negatives[${column - 2}]`;
  if (tokens.length !== indexes.length) {
    throw new BatchError({ field, expected: `tokens of ${indexes.length} texts`, got: `${tokens.length}` });
  }
  const empty = tokens.findIndex((ids) => ids.length === 0);
  if (empty < 0) return;
  throw new BatchError({
    row: indexes[empty] ?? empty,
    field,
    expected: 'at least one token',
    got: 'none',
    hint: 'the text is empty and the tokenizer adds no special tokens: leave the row out',
  });
}

const total = (tokens: readonly Int32Array[]): number => tokens.reduce((sum, ids) => sum + ids.length, 0);
