import { connect } from '@lancedb/lancedb';
import { ConfigError, type ConfigProblem } from '../../../base/errors.ts';
import { StoreError } from '../../errors.ts';
import { bm25Defaults } from '../../terms/index.ts';
import type { KnowledgeStore } from '../../types.ts';
import { FactsTable } from './factsTable.ts';
import { backendError } from './failures.ts';
import type { LanceStoreOptions } from './options.ts';
import { LanceStore } from './store.ts';

const call = { store: 'lancedb', op: 'open' };

export async function openLanceStore(folder: string, options: LanceStoreOptions): Promise<KnowledgeStore> {
  checkOptions(options);
  // Every read looks whether another process has written.
  const database = await connect(folder, { readConsistencyInterval: 0 }).catch((cause: unknown) => {
    throw backendError('open', cause);
  });
  const table = options.table ?? 'chunks';
  const facts = new FactsTable(database, `${table}_facts`);
  const known = (await facts.read())['store:language'];
  if (known !== undefined && options.language !== undefined && known !== options.language) {
    throw new StoreError({
      ...call,
      reason: 'option',
      expected: `language ${known}, with which the store was made`,
      got: options.language,
      hint: 'ingest into another folder',
    });
  }
  const { language } = bm25Defaults({ language: (options.language ?? known ?? 'english') as 'english' });
  const store = new LanceStore(database, facts, { ...options, table, language });
  await store.open();
  return store;
}

function checkOptions(options: LanceStoreOptions): void {
  const problems: ConfigProblem[] = [];
  if (options.table !== undefined && !/^\w[\w.-]{0,99}$/.test(options.table)) {
    const expected = 'letters, digits, _, - and ., at most 100, no - or . first';
    problems.push({ field: 'table', expected, got: JSON.stringify(options.table) });
  }
  for (const field of ['dimensions', 'probes', 'refine'] as const) {
    const value = options[field];
    if (value !== undefined && !(Number.isSafeInteger(value) && value > 0)) {
      problems.push({ field, expected: 'a whole number above zero', got: String(value) });
    }
  }
  for (const field of ['indexAbove', 'keepVersionsMinutes'] as const) {
    const value = options[field];
    if (value !== undefined && !(value >= 0)) problems.push({ field, expected: '≥ 0', got: String(value) });
  }
  if (problems.length > 0) throw new ConfigError('LanceDB store options', problems);
  bm25Defaults(options.language === undefined ? {} : { language: options.language });
}
