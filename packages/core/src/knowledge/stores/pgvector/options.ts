import { ConfigError, type ConfigProblem } from '../../../base/errors.ts';
import { type Bm25Options, bm25Defaults, type TermLanguage } from '../../terms/index.ts';

export interface PgvectorStoreOptions extends Omit<Bm25Options, 'language'> {
  /** Length of the vectors; default: that of the first one. */
  readonly dimensions?: number;
  /** Letters, digits and `_`; made if it isn't there. Default `public`. */
  readonly schema?: string;
  /** Letters, digits and `_`; tables beside it begin with this name. Default `ragwright_chunks`. */
  readonly table?: string;
  /** How texts become terms for BM25; default: what the store was made with, else `english`. */
  readonly language?: TermLanguage;
  /** Rows from which `optimize` builds an HNSW index; below it every search goes through all rows. Default 20,000. */
  readonly indexAbove?: number;
  /** Candidates that a search of the HNSW index keeps; default 100, more for a larger k. More: better recall, slower. */
  readonly efSearch?: number;
  /** Most connections at a time; default 4. */
  readonly connections?: number;
  /** How long opening a connection may take; default 30 seconds. */
  readonly connectSeconds?: number;
}

/** @throws ConfigError listing every problem; never shows the URL, which may hold a password */
export function checkOptions(url: string, options: PgvectorStoreOptions): void {
  const problems: ConfigProblem[] = [];
  if (!/^postgres(ql)?:\/\/./.test(url)) {
    problems.push({ field: 'url', expected: 'postgres://user@host:port/database', got: 'something else' });
  }
  for (const field of ['schema', 'table'] as const) {
    const name = options[field];
    if (name !== undefined && !/^[A-Za-z_]\w{0,39}$/.test(name)) {
      const expected = 'letters, digits and _, at most 40, no digit first';
      problems.push({ field, expected, got: JSON.stringify(name) });
    }
  }
  for (const field of ['dimensions', 'efSearch', 'connections'] as const) {
    const value = options[field];
    if (value !== undefined && !(Number.isSafeInteger(value) && value > 0)) {
      problems.push({ field, expected: 'a whole number above zero', got: String(value) });
    }
  }
  for (const field of ['indexAbove', 'connectSeconds'] as const) {
    const value = options[field];
    if (value !== undefined && !(value >= 0)) problems.push({ field, expected: '≥ 0', got: String(value) });
  }
  if (problems.length > 0) throw new ConfigError('pgvector store options', problems);
  const { k1, b, language } = options;
  bm25Defaults({
    ...(k1 !== undefined && { k1 }),
    ...(b !== undefined && { b }),
    ...(language !== undefined && { language }),
  });
}
