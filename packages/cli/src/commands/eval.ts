import { count, duration } from '@ragwright/core/base';
import { defineCommand } from '../command/define.ts';
import { checkData, dataOption, readData, splitOption } from '../data/readData.ts';
import { evaluateReranked } from '../evaluation/evaluateReranked.ts';
import { checkMetrics, metricOption } from '../evaluation/metrics.ts';
import { modelOptions, openModel } from '../models/openModel.ts';
import { rerankerOptions } from '../models/openReranker.ts';
import { columns } from '../terminal/style.ts';

export const command = defineCommand({
  summary: 'Measure retrieval on labelled data',
  description:
    "Embeds the corpus and the queries of a split, finds the nearest passages of each query (exactly), and measures them against the judgements by trec_eval's definitions; with a reranker also what it makes of them, and the difference.",
  options: {
    ...modelOptions,
    data: dataOption,
    split: splitOption,
    metric: { ...metricOption, about: `${metricOption.about}; default: the usual seven` },
    'exclude-same-id': {
      kind: 'flag',
      about: "A document with the query's own id does not count (BEIR's rule for quora and arguana)",
    },
    ...rerankerOptions,
    'run-file': {
      kind: 'text',
      hint: 'FILE',
      about: 'Write what was found in TREC format; with a reranker, what it made of it',
    },
  },
  examples: [
    'ragwright eval --data data/scifact --model hf:BAAI/bge-small-en-v1.5',
    'ragwright eval --data data/scifact --model runs/first --split test --json',
    'ragwright eval --data data/scifact --model runs/first --reranker runs/second --run-file first.trec',
  ],
  async run(values, { terminal, signal }) {
    checkData(values.data);
    const { corpusTexts, judgementsOf } = await import('@ragwright/core/learning');
    const { evaluateRetrieval, metricMeans } = await import('@ragwright/core/evaluation');
    await checkMetrics(values.metric);
    const data = await readData(values.data, terminal);
    const judgements = judgementsOf(data, values.split);
    const { model, precision, folder } = await openModel(values, { terminal, signal });
    try {
      const documents = corpusTexts(data);
      const excludeSameId = values['exclude-same-id'];
      const { results, run, seconds } = await evaluateRetrieval({
        embedder: model.embedder({ precision }),
        corpus: documents,
        queries: data.queries,
        judgements,
        ...(values.metric.length > 0 ? { metrics: values.metric } : {}),
        // what the reranker is to read has to be found first
        ...(values.reranker !== undefined && values.candidates > 100 ? { k: values.candidates } : {}),
        excludeSameId,
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
      const reranked =
        values.reranker === undefined
          ? undefined
          : await evaluateReranked(
              { run, results, judgements, texts: { queries: data.queries, documents }, excludeSameId },
              { ...values, reranker: values.reranker },
              { terminal, signal },
            );
      if (values['run-file'] !== undefined) {
        const { writeTrecRun } = await import('@ragwright/core/evaluation');
        await writeTrecRun(
          values['run-file'],
          reranked?.run ?? run,
          `ragwright-${reranked ? 'reranked' : 'dense'}`,
        );
      }
      const queries = results[0]?.perQuery.size ?? 0;
      const about = { data: data.name, split: values.split, queries, documents: data.corpus.size };
      const computed = { model: values.model, folder, precision, seconds: Number(seconds.toFixed(3)) };
      terminal.result(
        { ...about, ...computed, ...metricMeans(results), ...reranked?.json },
        [
          `${data.name} ${values.split}: ${count(queries)} queries, ${count(data.corpus.size)} documents, ${duration(seconds)}`,
          columns(results.map(({ name, mean }) => [name, mean.toFixed(4)])),
          ...(reranked ? ['', reranked.text] : []),
        ].join('\n'),
      );
    } finally {
      model.dispose();
    }
  },
});
