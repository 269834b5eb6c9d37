import { count, duration } from '@ragwright/core/base';
import { defineCommand } from '../command/define.ts';
import { UsageError } from '../command/errors.ts';
import { checkData, dataOption, readData, splitOption } from '../data/readData.ts';
import { modelOptions, openModel } from '../models/openModel.ts';
import { columns } from '../terminal/style.ts';

export const command = defineCommand({
  summary: 'Measure retrieval on labelled data',
  description:
    "Embeds the corpus and the queries of a split, finds the nearest passages of each query (exactly), and measures them against the judgements by trec_eval's definitions.",
  options: {
    ...modelOptions,
    data: dataOption,
    split: splitOption,
    metric: {
      kind: 'text',
      hint: 'NAME',
      many: true,
      about: 'ndcg@10, mrr@10, map@100, recall@10, precision@5, hit@1 …; default: the usual seven',
    },
    'exclude-same-id': {
      kind: 'flag',
      about: "A document with the query's own id does not count (BEIR's rule for quora and arguana)",
    },
  },
  examples: [
    'ragwright eval --data data/scifact --model hf:BAAI/bge-small-en-v1.5',
    'ragwright eval --data data/scifact --model runs/first --split test --json',
  ],
  async run(values, { terminal, signal }) {
    checkData(values.data);
    const { corpusTexts, judgementsOf } = await import('@ragwright/core/learning');
    const { evaluateRetrieval, parseMetric } = await import('@ragwright/core/evaluation');
    // a wrong name is told before anything is fetched
    for (const name of values.metric) {
      try {
        parseMetric(name);
      } catch (cause) {
        throw new UsageError(`--metric ${name}: ${(cause as Error).message}`);
      }
    }
    const data = await readData(values.data, terminal);
    const judgements = judgementsOf(data, values.split);
    const { model, precision, folder } = await openModel(values, { terminal, signal });
    try {
      const { results, seconds } = await evaluateRetrieval({
        embedder: model.embedder({ precision }),
        corpus: corpusTexts(data),
        queries: data.queries,
        judgements,
        ...(values.metric.length > 0 ? { metrics: values.metric } : {}),
        excludeSameId: values['exclude-same-id'],
        signal,
        onProgress: (stage, done, total) =>
          terminal.event({
            type: 'progress',
            stage,
            done,
            total,
            unit: stage === 'embed documents' ? 'documents' : 'queries',
          }),
      });
      const metrics = Object.fromEntries(results.map(({ name, mean }) => [name, mean]));
      const queries = results[0]?.perQuery.size ?? 0;
      const about = { data: data.name, split: values.split, queries, documents: data.corpus.size };
      terminal.result(
        { ...about, model: values.model, folder, precision, seconds: Number(seconds.toFixed(3)), ...metrics },
        `${data.name} ${values.split}: ${count(queries)} queries, ${count(data.corpus.size)} documents, ${duration(seconds)}\n${columns(
          results.map(({ name, mean }) => [name, mean.toFixed(4)]),
        )}`,
      );
    } finally {
      model.dispose();
    }
  },
});
