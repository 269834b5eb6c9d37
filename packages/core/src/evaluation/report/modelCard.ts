import { stringify } from 'yaml';
import { compact, count, duration } from '../../base/format.ts';
import type { Comparison } from '../types.ts';
import { interval, metricTitle, pValue, score, signed } from './format.ts';
import type { ReportData } from './types.ts';
import { deciding } from './verdict.ts';

export interface ModelCardOptions {
  /** Put before queries and documents by whoever encodes; default none. */
  readonly prompts?: { readonly query?: string; readonly document?: string };
  /** A query and passages to show; default a medical one. */
  readonly example?: { readonly query: string; readonly passages: readonly string[] };
}

const EXAMPLE = {
  query: 'What are the symptoms of anaemia?',
  passages: [
    'People with anaemia often feel tired and short of breath.',
    'The knee joins the thigh bone to the shin bone.',
  ],
};

/**
 * The README.md of a saved model: front matter as sentence-transformers writes it, what the model is, how to use it
 * there and in Ragwright, what it was trained on, what it reaches. Says so if the base model was kept, or was
 * trained from scratch.
 */
export function renderModelCard(data: ReportData, options: ModelCardOptions = {}): string {
  const name = data.verdict.kept === 'tuned' ? data.tuned.name : data.base.name;
  return [
    `---\n${stringify(frontMatter(data, name), { lineWidth: 0 })}---`,
    `# ${plain(name)}`,
    introduction(data),
    '## Usage',
    usage(data, { ...EXAMPLE, ...options.example }, options.prompts),
    '## Results',
    results(data),
    '## Training data',
    trainingData(data),
    '## Training',
    training(data),
  ]
    .join('\n\n')
    .concat('\n');
}

function frontMatter(data: ReportData, name: string): Record<string, unknown> {
  const { base, verdict, comparisons } = data;
  const license = base.fromScratch ? undefined : base.license;
  return {
    ...(license === undefined ? {} : { license: license.toLowerCase() }),
    library_name: 'sentence-transformers',
    pipeline_tag: 'sentence-similarity',
    tags: [
      'sentence-transformers',
      'sentence-similarity',
      'feature-extraction',
      'dense',
      'ragwright',
      ...(base.fromScratch ? ['trained-from-scratch'] : []),
    ],
    ...(base.hubId === undefined ? {} : { base_model: base.hubId }),
    metrics: comparisons.map(({ metric }) => hubMetric(metric)),
    'model-index': [
      {
        name,
        results: [
          {
            task: { type: 'information-retrieval', name: 'Information Retrieval' },
            dataset: { name: `${data.data.name} ${data.split}`, type: 'unknown' },
            metrics: comparisons.map(({ metric, base: before, tuned }) => ({
              type: hubMetric(metric),
              name: `Cosine ${metricTitle(metric)}`,
              value: Number((verdict.kept === 'tuned' ? tuned : before).toFixed(4)),
            })),
          },
        ],
      },
    ],
  };
}

/** `ndcg@10` as sentence-transformers' cards name it. */
const hubMetric = (metric: string): string => {
  const [kind, k] = metric.split('@');
  const name = kind === 'hit' ? 'accuracy' : kind;
  return k === undefined ? `cosine_${name}` : `cosine_${name}@${k}`;
};

function introduction({ base, tuned, verdict, data, split, comparisons }: ReportData): string {
  const comparison = deciding(comparisons, verdict);
  const scratch = base.fromScratch
    ? ' **The base model was trained from scratch** on these documents, because no pretrained model could be had; it is a small model that knows nothing else.'
    : '';
  const shape = [
    tuned.dimensions === undefined ? '' : `vectors of ${count(tuned.dimensions)} numbers`,
    tuned.maxLength === undefined ? '' : `texts of up to ${count(tuned.maxLength)} tokens`,
  ].filter((part) => part !== '');
  const what = `A sentence-transformers embedding model${shape.length > 0 ? ` (${shape.join(', ')})` : ''} for retrieval.`;
  if (verdict.kept === 'base') {
    return `${what} This is the base model, ${plain(base.name)}, unchanged: tuning it on ${plain(data.name)} was not shown to make it better, so the base model was kept.${scratch}`;
  }
  const gain = comparison
    ? ` On the ${split} split, ${metricTitle(comparison.metric)} rose from ${score(comparison.base)} to ${score(comparison.tuned)} (${signed(comparison.difference)}, 95 % interval ${interval(comparison.interval, signed)}, ${pValue(comparison.pValue)}).`
    : '';
  return `${what} Tuned with Ragwright from ${plain(base.name)} on ${plain(data.name)}.${gain}${scratch}`;
}

function usage(
  { base }: ReportData,
  { query, passages }: NonNullable<ModelCardOptions['example']>,
  prompts: ModelCardOptions['prompts'],
): string {
  const list = passages.map((passage) => `    ${JSON.stringify(passage)},`).join('\n');
  const note = prompts?.query || prompts?.document ? `\n\n${promptNote(prompts)}` : '';
  return `With sentence-transformers (Python):

\`\`\`python
from sentence_transformers import SentenceTransformer

model = SentenceTransformer("path/to/this/folder")
query = model.encode_query([${JSON.stringify(query)}])
passages = model.encode_document([
${list}
])
print(model.similarity(query, passages))
\`\`\`

With Ragwright (TypeScript):

\`\`\`ts
import { loadEmbeddingModel } from 'ragwright';

const model = await loadEmbeddingModel('path/to/this/folder');
const [query] = await model.encode([${JSON.stringify(query)}], { role: 'query' });
const passages = await model.encode(
  [
${list}
  ],
  { role: 'document' },
);
\`\`\`

Or on the command line:

\`\`\`sh
npx ragwright embed --model path/to/this/folder --input texts.jsonl --output vectors.npy
\`\`\`${note}${base.license === undefined ? '' : `\n\nThe base model's license (${plain(base.license)}) goes on to apply.`}`;
}

const promptNote = ({ query, document }: NonNullable<ModelCardOptions['prompts']>): string =>
  `Prompts are part of the model: ${[
    query ? `queries begin with ${JSON.stringify(query)}` : '',
    document ? `documents with ${JSON.stringify(document)}` : '',
  ]
    .filter((part) => part !== '')
    .join(', ')}.`;

function results({ comparisons, split }: ReportData): string {
  const row = (each: Comparison) =>
    `| ${metricTitle(each.metric)} | ${score(each.base, 4)} | ${score(each.tuned, 4)} | ${signed(each.difference, 4)} | ${interval(each.interval, signed)} | ${pValue(each.pValue)} |`;
  return [
    `Measured on the ${split} split (${count(comparisons[0]?.queries ?? 0)} queries). Intervals are 95 % bootstrap intervals of the difference, p of a paired randomisation test.`,
    '',
    '| Metric | Base | Tuned | Difference | 95 % interval | p |',
    '|---|---|---|---|---|---|',
    ...comparisons.map(row),
  ].join('\n');
}

function trainingData({ data }: ReportData): string {
  const lines = [
    `${plain(data.name)}: ${count(data.documents)} documents, ${count(data.chunks)} chunks.`,
    `${count(data.trainPairs)} training pairs (${plain(data.pairsFrom)})${data.negativesPerPair ? `, ${count(data.negativesPerPair)} hard negatives each` : ''}.`,
    ...data.splits.map(
      ({ name, queries, judgements }) =>
        `${plain(name)}: ${count(queries)} queries, ${count(judgements)} relevant passages.`,
    ),
    ...(data.source === undefined ? [] : [`Source: ${plain(data.source)}`]),
    ...(data.license === undefined ? [] : [`License of the data: ${plain(data.license)}`]),
  ];
  return lines.map((line) => `- ${line}`).join('\n');
}

function training({ cost, history, createdAt, version }: ReportData): string {
  const steps = history.steps.at(-1)?.step ?? 0;
  return [
    `${count(steps)} steps, ${compact(cost.tokens)} tokens in ${duration(cost.trainingSeconds)} (${count(cost.tokensPerSecond)} tokens/s, ${plain(cost.device)}, ${plain(cost.precision)}, ${plain(cost.library)}).`,
    `${createdAt.slice(0, 10)}, Ragwright ${version}.`,
  ].join(' ');
}

/** One line of Markdown that shows the text as it is. */
const plain = (text: string): string =>
  text
    .slice(0, 300)
    .replace(/\s+/gu, ' ')
    .trim()
    .replace(/[\\`*_[\]<>|#~]/g, (character) => `\\${character}`);
