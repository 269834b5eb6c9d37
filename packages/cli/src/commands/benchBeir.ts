import { defineCommand } from '../command/define.ts';
import { UsageError } from '../command/errors.ts';
import { exitCodes } from '../command/exitCodes.ts';
import type { Context } from '../command/types.ts';
import { benchJson, benchText } from '../evaluation/benchReport.ts';
import { type BenchPlan, benchSets } from '../evaluation/benchSets.ts';
import { checkMetrics, metricOption } from '../evaluation/metrics.ts';
import { runFiles } from '../evaluation/runFiles.ts';
import { modelOption } from '../models/fetchModel.ts';
import { modelOptions, openModel } from '../models/openModel.ts';
import { openReranker, rerankerOptions } from '../models/openReranker.ts';

export const command = defineCommand({
  summary: 'Measure retrieval on BEIR folders, by BEIR’s rules',
  description:
    "Runs data sets as BEIR lays them out (corpus.jsonl, queries.jsonl, qrels/): titles and texts are searched together, every judged query counts, a document with the query's own id does not, and metrics are trec_eval's. Several folders, or a folder of folders, end in a row each and the mean over the sets. A set that fails is named, and the others go on.",
  options: {
    retriever: {
      kind: 'text',
      hint: 'NAME',
      choices: ['bm25', 'dense', 'hybrid'],
      about: 'How documents are found; default bm25',
    },
    model: { kind: 'text', hint: modelOption.hint, about: `For dense and hybrid. ${modelOption.about}` },
    ...rerankerOptions,
    split: { kind: 'text', hint: 'NAME', default: 'test', about: 'Which judgements: qrels/NAME.tsv' },
    metric: {
      ...metricOption,
      about: `${metricOption.about}; default: ndcg@10, recall@100, mrr@10, map@100`,
    },
    k: {
      kind: 'number',
      hint: 'N',
      whole: true,
      min: 1,
      about: 'Documents kept per query; default 100, or the largest cut-off of a metric',
    },
    k1: {
      kind: 'number',
      hint: 'X',
      min: 0,
      default: 0.9,
      about: 'Of BM25; the default is that of Anserini and BEIR',
    },
    b: {
      kind: 'number',
      hint: 'X',
      min: 0,
      max: 1,
      default: 0.4,
      about: 'Of BM25; the default is that of Anserini and BEIR',
    },
    language: {
      kind: 'text',
      hint: 'NAME',
      choices: ['english', 'none'],
      default: 'english',
      about: 'Of BM25. english: stemmed, without stop words; none: words as they are',
    },
    'run-file': {
      kind: 'text',
      hint: 'FILE',
      about: 'Write what was found in TREC format: a file, a folder, or a pattern with {name} and {stage}',
    },
    'from-run': {
      kind: 'text',
      hint: 'FILE',
      about:
        'Measure a run made elsewhere instead: a TREC file, a folder of {name}.trec, or a pattern with {name}',
    },
    'same-id': {
      kind: 'text',
      hint: 'NAME',
      choices: ['auto', 'drop', 'keep'],
      default: 'auto',
      about:
        "A document with the query's own id: drop it, as BEIR does, or let it count; auto: drop, unless the set calls one relevant",
    },
    precision: modelOptions.precision,
    'max-length': modelOptions['max-length'],
  },
  words: [
    {
      name: 'folder',
      required: true,
      many: true,
      about: 'A BEIR folder, or a folder of such folders',
    },
  ],
  examples: [
    'ragwright bench beir data/scifact --retriever bm25 --json',
    'ragwright bench beir data/scifact data/nfcorpus --retriever hybrid --model runs/first --reranker runs/second',
    'ragwright bench beir data/beir --run-file runs/',
    'ragwright bench beir data/scifact --from-run others/scifact.trec',
  ],
  async run(values, context) {
    const { terminal, words } = context;
    checkUsage(values);
    await checkMetrics(values.metric);
    const sets = await findSets(words);
    const names = sets.map(({ name }) => name);
    const files = {
      write: patternOf('--run-file', values['run-file'], names),
      read: patternOf('--from-run', values['from-run'], names),
    };
    const opened = await openModels(values, context);
    try {
      const plan: BenchPlan = { sets, files, ...opened, ...settingsOf(values) };
      const outcome = await benchSets(plan, context);
      terminal.result(benchJson(plan, outcome), benchText(plan, outcome));
      return outcome.failed.length > 0 ? exitCodes.failed : exitCodes.done;
    } finally {
      opened.close();
    }
  },
});

interface BenchValues {
  readonly retriever: 'bm25' | 'dense' | 'hybrid' | undefined;
  readonly model: string | undefined;
  readonly reranker: string | undefined;
  readonly candidates: number;
  readonly split: string;
  readonly metric: readonly string[];
  readonly k: number | undefined;
  readonly k1: number;
  readonly b: number;
  readonly language: 'english' | 'none';
  readonly 'run-file': string | undefined;
  readonly 'from-run': string | undefined;
  readonly 'same-id': 'auto' | 'drop' | 'keep';
  readonly precision: 'auto' | 'float32' | 'bfloat16';
  readonly 'max-length': number | undefined;
}

function checkUsage({ retriever, model, 'from-run': fromRun }: BenchValues): void {
  if (fromRun !== undefined && retriever !== undefined)
    throw new UsageError(
      '--from-run and --retriever exclude each other',
      'A run has been retrieved already.',
    );
  const embeds = retriever === 'dense' || retriever === 'hybrid';
  if (embeds && model === undefined) throw new UsageError(`--retriever ${retriever} needs a --model`);
  if (!embeds && model !== undefined)
    throw new UsageError(
      '--model is for --retriever dense and hybrid',
      'A cross-encoder is given as --reranker.',
    );
}

async function findSets(folders: readonly string[]) {
  const { findBeirFolders } = await import('@ragwright/core/evaluation');
  try {
    return await findBeirFolders(folders);
  } catch (cause) {
    throw new UsageError((cause as Error).message);
  }
}

const patternOf = (option: string, pattern: string | undefined, sets: readonly string[]) =>
  pattern === undefined ? undefined : runFiles(option, pattern, sets);

const settingsOf = ({
  retriever = 'bm25',
  split,
  metric,
  k,
  candidates,
  k1,
  b,
  language,
  ...rest
}: BenchValues) => ({
  retriever: rest['from-run'] === undefined ? retriever : ('run' as const),
  split,
  metrics: metric,
  k,
  candidates,
  bm25: { k1, b, language },
  excludeSameId: rest['same-id'] === 'auto' ? undefined : rest['same-id'] === 'drop',
});

/** What has to be loaded, once for all sets. */
async function openModels(values: BenchValues, context: Context) {
  const { model: source, reranker: second } = values;
  const embedding = source === undefined ? undefined : await openModel({ ...values, model: source }, context);
  try {
    const reranking = second === undefined ? undefined : await openReranker(second, values, context);
    return {
      ...(embedding && {
        embedder: embedding.model.embedder({ precision: embedding.precision }),
        model: { source, folder: embedding.folder, precision: embedding.precision },
      }),
      ...(reranking && {
        reranker: reranking.reranker,
        rerankerModel: { source: second, folder: reranking.folder, precision: reranking.precision },
      }),
      close: () => {
        embedding?.model.dispose();
        reranking?.close();
      },
    };
  } catch (error) {
    embedding?.model.dispose();
    throw error;
  }
}
