import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { ConfigError } from '../../../base/errors.ts';
import { sha256 } from '../../../base/hash.ts';
import type { RunEvent } from '../../../base/progress.ts';
import { type Document, readDocuments, type UnreadableSource } from '../../../corpus/index.ts';
import type { Qrels } from '../../../evaluation/index.ts';
import {
  type CorpusEntry,
  dataFromPairs,
  filterPairs,
  findLeaks,
  loadPairs,
  type RetrievalData,
  readBeir,
  type Split,
  splitRetrievalData,
  synthesizePairs,
  type TrainingPair,
} from '../../pairs/index.ts';
import type { ResolvedTuneSettings } from './settings.ts';
import type { Staged } from './stage.ts';
import type { TuneData } from './types.ts';

type Progress<T> = AsyncGenerator<RunEvent, T, undefined>;

/**
 * Reads the documents and who answers what, and keeps train, dev and test apart.
 *
 * @throws ConfigError if there is nothing to read, learn from or measure on; DataError for damaged data
 */
export async function* loadData(
  settings: ResolvedTuneSettings,
  signal: AbortSignal | undefined,
): Progress<Staged<TuneData>> {
  const { documents, unreadable } = yield* readAll(settings, signal);
  const known = await judgedData(settings, documents, signal);
  const judgements = known.data.judgements;
  const data: TuneData = {
    name: settings.name ?? nameOf(settings),
    documents: known.documents,
    unreadable,
    queries: known.data.queries,
    judgements: {
      train: part(judgements, 'train'),
      dev: part(judgements, 'dev'),
      test: part(judgements, 'test'),
    },
    ...(known.madePairs && { madePairs: known.madePairs }),
    pairsFrom: known.pairsFrom,
    splitBy: known.splitBy,
  };
  checkEnough(data);
  yield* leakNotices(known.data);
  const { train, dev, test } = data.judgements;
  const counts = `${number(train.size)} training, ${number(dev.size)} dev and ${number(test.size)} test queries`;
  return { value: data, summary: `${number(data.documents.length)} documents; ${counts}, ${data.pairsFrom}` };
}

async function* readAll(
  { documents: { path, ...options } }: ResolvedTuneSettings,
  signal: AbortSignal | undefined,
): Progress<{ documents: Document[]; unreadable: UnreadableSource[] }> {
  const documents: Document[] = [];
  const unreadable: UnreadableSource[] = [];
  const reading = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  for await (const result of readDocuments(path, { ...reading, ...(signal && { signal }) })) {
    if (result.type === 'document') documents.push(result.document);
    if (result.type !== 'unreadable') continue;
    unreadable.push({ source: result.source, reason: result.reason });
    yield { type: 'notice', level: 'warning', message: `passed over ${result.source}: ${result.reason}` };
  }
  if (documents.length > 0) return { documents, unreadable };
  const got = `none that can be read in ${[path].flat().join(', ')}`;
  throw new ConfigError('tune', [{ field: 'documents', expected: 'at least one document', got }]);
}

interface JudgedData {
  readonly data: RetrievalData;
  readonly documents: readonly Document[];
  readonly madePairs?: readonly TrainingPair[];
  readonly pairsFrom: string;
  readonly splitBy: string;
}

async function judgedData(
  settings: ResolvedTuneSettings,
  documents: readonly Document[],
  signal: AbortSignal | undefined,
): Promise<JudgedData> {
  const pairs = settings.pairs ?? { from: isJudgedBeir(settings) ? 'beir' : 'documents', methods: undefined };
  if (pairs.from === 'beir') return fromBeir(settings);
  if (pairs.from === 'jsonl') return fromFile(settings, documents, pairs, signal);
  return fromDocuments(settings, documents, pairs.methods ?? ['title', 'inverse-cloze'], signal);

  async function fromBeir(given: ResolvedTuneSettings): Promise<JudgedData> {
    const data = await readBeir(beirFolder(given));
    const { data: split, splitBy } = withAllParts(data, given);
    return { data: split, documents, pairsFrom: 'labelled (BEIR)', splitBy };
  }
}

/** Splits that the data brings stay; what is missing is carved out of train. */
function withAllParts(
  data: RetrievalData,
  settings: ResolvedTuneSettings,
): { data: RetrievalData; splitBy: string } {
  const { dev, test } = data.judgements;
  if (dev && test) return { data, splitBy: 'as the data set gives it' };
  if (!data.judgements.train) {
    const got = Object.keys(data.judgements).join(', ') || 'none';
    throw new ConfigError('tune', [
      { field: 'pairs', expected: 'judgements to train on (qrels/train.tsv)', got },
    ]);
  }
  const shares = { dev: dev ? 0 : settings.split.dev, test: test ? 0 : settings.split.test };
  const split = splitRetrievalData(data, { ...splitOptions(settings), ...shares, from: ['train'] });
  return { data: split, splitBy: `by ${settings.split.by}, near-duplicates together` };
}

async function fromFile(
  settings: ResolvedTuneSettings,
  documents: readonly Document[],
  { file, columns }: { readonly file: string; readonly columns?: object | undefined },
  signal: AbortSignal | undefined,
): Promise<JudgedData> {
  const rows = await loadPairs(file, columns ? { columns } : {});
  const located = await locatePositives(rows, documents, signal);
  const unsplit = dataFromPairs(nameOf(settings), corpusOf(located.documents), { train: located.pairs });
  const data = splitRetrievalData(unsplit, { ...splitOptions(settings), from: ['train'] });
  const splitBy = `by ${settings.split.by}, near-duplicates together`;
  return { data, documents: located.documents, pairsFrom: `labelled (${basename(file)})`, splitBy };
}

/** Shorter positives ("Yes.") stand in many documents by chance: they are matched as a whole only. */
const leastExcerpt = 40;

/**
 * Which document each positive is: the one with its id, the one whose text it is, or the first that holds it. Positives
 * that no document holds become documents of their own, so that they can be found.
 */
async function locatePositives(
  rows: readonly TrainingPair[],
  documents: readonly Document[],
  signal: AbortSignal | undefined,
): Promise<{ pairs: TrainingPair[]; documents: readonly Document[] }> {
  const ids = new Set(documents.map(({ id }) => id));
  const texts = documents.map(({ id, text }) => ({ id, text: squeezed(text) }));
  const whole = new Map(texts.map(({ id, text }) => [text, id]));
  const found = new Map<string, string>();
  const added: Document[] = [];
  const locate = (text: string): string => {
    const wanted = squeezed(text);
    const isExcerpt = wanted.length >= leastExcerpt;
    const holder = whole.get(wanted) ?? (isExcerpt && texts.find((each) => each.text.includes(wanted))?.id);
    if (holder) return holder;
    const contentHash = sha256(text);
    const id = `positive-${contentHash.slice(0, 16)}`;
    if (!ids.has(id)) added.push({ id, text, source: id, format: 'text', contentHash, metadata: {} });
    ids.add(id);
    return id;
  };
  const pairs: TrainingPair[] = [];
  for (const [i, row] of rows.entries()) {
    if (i % 100 === 99) await setImmediate();
    signal?.throwIfAborted();
    const isKnown = row.positiveId !== undefined && ids.has(row.positiveId);
    const positiveId = isKnown
      ? (row.positiveId as string)
      : (found.get(row.positive) ?? locate(row.positive));
    found.set(row.positive, positiveId);
    pairs.push({ ...row, positiveId });
  }
  return { pairs, documents: [...documents, ...added] };
}

async function fromDocuments(
  settings: ResolvedTuneSettings,
  documents: readonly Document[],
  methods: readonly ('title' | 'inverse-cloze' | 'crop')[],
  signal: AbortSignal | undefined,
): Promise<JudgedData> {
  const passages = documents.map(({ id, text, title }) => ({
    id,
    documentId: id,
    text,
    ...(title !== undefined && { title }),
  }));
  const perPassage = Object.fromEntries(methods.map((method) => [method, 1]));
  const made: TrainingPair[] = [];
  const options = { perPassage, seed: settings.split.seed, ...(signal && { signal }) };
  for await (const pair of synthesizePairs(passages, options)) made.push(pair);
  const { kept } = filterPairs(made);
  const unsplit = dataFromPairs(nameOf(settings), corpusOf(documents), { train: kept });
  const data = splitRetrievalData(unsplit, { ...splitOptions(settings), from: ['train'] });
  const train = data.judgements.train ?? new Map();
  const madePairs = kept.filter(({ queryId }) => queryId !== undefined && train.has(queryId));
  const pairsFrom = `made from the documents (${methods.join(', ')})`;
  return {
    data,
    documents,
    madePairs,
    pairsFrom,
    splitBy: `by ${settings.split.by}, near-duplicates together`,
  };
}

/** Splits that came with the data are taken as they are, but a reader must know what they share. */
async function* leakNotices(data: RetrievalData): AsyncGenerator<RunEvent, void, undefined> {
  const leaks = findLeaks(data);
  const [first] = leaks;
  if (!first) return;
  const shared = `${number(leaks.length)} queries or relevant documents are in more than one split`;
  const message = `${shared} (the ${first.kind} ${JSON.stringify(first.what.slice(0, 60))} in ${first.splits.join(' and ')}): the gain may look larger than it is.`;
  yield { type: 'notice', level: 'warning', message };
}

const splitOptions = ({ split: { by, dev, test, seed } }: ResolvedTuneSettings) => ({
  by: by === 'document' ? ('document' as const) : { metadata: by },
  dev,
  test,
  seed,
});

const corpusOf = (documents: readonly Document[]): Map<string, CorpusEntry> =>
  new Map(
    documents.map(({ id, title, text, metadata, domain }) => [
      id,
      {
        id,
        ...(title !== undefined && { title }),
        text,
        metadata: { ...metadata, ...(domain && { domain }) },
      },
    ]),
  );

const beirFolder = ({ documents: { path } }: ResolvedTuneSettings): string => {
  const folders = [path].flat();
  const folder = folders.find((each) => existsSync(join(each, 'corpus.jsonl')));
  if (folder !== undefined) return folder;
  const expected = 'a BEIR folder (corpus.jsonl, queries.jsonl, qrels/)';
  throw new ConfigError('tune', [{ field: 'documents', expected, got: folders.join(', ') }]);
};

const isJudgedBeir = ({ documents: { path } }: ResolvedTuneSettings): boolean =>
  [path].flat().some((each) => existsSync(join(each, 'corpus.jsonl')) && existsSync(join(each, 'qrels')));

const nameOf = ({ name, documents: { path } }: ResolvedTuneSettings): string =>
  name ?? basename(resolve([path].flat()[0] ?? '.'));

const part = (judgements: RetrievalData['judgements'], split: Split): Qrels => judgements[split] ?? new Map();

const squeezed = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();
const number = (value: number): string => value.toLocaleString('en');

function checkEnough({ judgements, pairsFrom }: TuneData): void {
  const problems = (['train', 'test'] as const)
    .filter((split) => judgements[split].size < 2)
    .map((split) => ({
      field: `pairs (${split})`,
      expected: 'at least 2 queries with a relevant document',
      got: `${judgements[split].size}, ${pairsFrom}: give more documents or labelled pairs`,
    }));
  if (problems.length > 0) throw new ConfigError('tune', problems);
}
