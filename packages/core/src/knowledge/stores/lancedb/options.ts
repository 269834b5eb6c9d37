import type { TermLanguage } from '../../terms/index.ts';

export interface LanceStoreOptions {
  /** Length of the vectors; default: that of the first one. */
  readonly dimensions?: number;
  /** Name of the table, of letters, digits, `_`, `-` and `.`; default `chunks`. */
  readonly table?: string;
  /** How texts become terms for BM25; default: what the store was made with, else `english`. */
  readonly language?: TermLanguage;
  /** Rows from which `optimize` builds indexes; below it every search goes through all rows. Default 20,000. */
  readonly indexAbove?: number;
  /** Parts of the vector index that a search looks into; default: 64 and an eighth of the parts. More: better recall, slower. */
  readonly probes?: number;
  /** How many candidates of the index are compared exactly, as a multiple of the results; default 2, at least 100 of them. */
  readonly refine?: number;
  /** How long old versions stay for readers of other processes; default 10 minutes. */
  readonly keepVersionsMinutes?: number;
}
