import { libraryInfo, numThreads } from '@ragwright/torch';
import type { RecordedEvent } from '../../../base/runFolder.ts';
import { type Comparison, type RetrievalEvaluation, stageReports } from '../../../evaluation/index.ts';
import {
  collectHistory,
  type ModelSummary,
  type ReportData,
  scoreHistograms,
  type Verdict,
} from '../../../evaluation/report/index.ts';
import type { EmbeddingModel } from '../../../models/embedding/index.ts';
import type { TrainingPair } from '../../pairs/index.ts';
import type { TrainingOutcome } from '../../training/index.ts';
import type { Precision } from '../precision.ts';
import type { Knowledge } from './knowledge.ts';
import { queryChanges } from './queryChanges.ts';
import type { RerankerFindings } from './rerankerStage.ts';
import type { ResolvedTuneSettings } from './settings.ts';
import type { BaseModel, TuneData } from './types.ts';

/** What a run found out, as far as the report needs it. */
export interface Findings {
  readonly settings: ResolvedTuneSettings;
  readonly precision: Precision;
  readonly data: TuneData;
  readonly base: BaseModel;
  readonly knowledge: Knowledge;
  readonly pairs: readonly TrainingPair[];
  /** Of them those with random negatives. */
  readonly atRandom: number;
  readonly before: RetrievalEvaluation;
  readonly after: RetrievalEvaluation;
  readonly comparisons: readonly Comparison[];
  readonly verdict: Verdict;
  readonly outcome: TrainingOutcome;
  readonly reranker?: RerankerFindings;
  readonly events: readonly RecordedEvent[];
  readonly version: string;
}

export async function reportData(findings: Findings): Promise<ReportData> {
  const { settings, data, base, before, after, comparisons, verdict, outcome, events } = findings;
  const ownEvents = events.filter((event) => !('stage' in event && event.stage.startsWith('from scratch: ')));
  const embedderEvents = ownEvents.filter((event) => !('step' in event && event.stage === 'train reranker'));
  const history = await collectHistory(embedderEvents);
  const about = summaryOf(base.model);
  const scratch = base.fromScratch && { fromScratch: true };
  return {
    title: data.name,
    createdAt: new Date().toISOString(),
    version: findings.version,
    base: { name: base.name, source: base.source, ...hubId(base.source), ...about, ...scratch },
    tuned: { name: `${data.name}-embedder`, source: settings.output, ...about, ...scratch },
    verdict,
    ...(findings.reranker && {
      stages: stageReports(findings.reranker.evaluation, verdict.metric, verdict.alpha),
    }),
    split: 'test',
    comparisons,
    history,
    scores: scoreHistograms(before.scores, after.scores, 'best document that is not relevant'),
    queries: queryChanges(verdict.metric, before, after, data),
    data: dataSummary(findings),
    config: settings,
    cost: {
      // 'index' is a part of 'ingest'.
      seconds: history.stages.reduce((sum, { stage, seconds }) => sum + (stage === 'index' ? 0 : seconds), 0),
      trainingSeconds: outcome.seconds,
      tokens: outcome.tokens,
      tokensPerSecond: meanOf(history.steps.map(({ tokensPerSecond }) => tokensPerSecond)),
      peakMemory: process.resourceUsage().maxRSS * 1024,
      device: base.model.device === 'cpu' ? `${numThreads()} CPU threads` : base.model.device,
      precision: findings.precision,
      library: `libtorch ${libraryInfo().version}`,
    },
  };
}

/** Of the steps alone: evaluations and checkpoints lie between them. */
const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

/** What the Hub calls the model; the Python package holds the same weights, but nobody vouches for it. */
const hubId = (source: string): Pick<ModelSummary, 'hubId'> => {
  const id = /^hf:([^@]+)/.exec(source)?.[1];
  return id === undefined ? {} : { hubId: id };
};

function summaryOf(model: EmbeddingModel): Pick<ModelSummary, 'parameters' | 'dimensions' | 'maxLength'> {
  const parameters = model.parameters().reduce((sum, parameter) => sum + parameter.numel, 0);
  return { parameters, dimensions: model.dimensions, maxLength: model.settings.maxSeqLength };
}

function dataSummary({ data, knowledge, pairs, atRandom, settings }: Findings): ReportData['data'] {
  const negatives = pairs[0]?.negatives?.length ?? 0;
  const { relativeMargin } = settings.negatives;
  const splits = (['train', 'dev', 'test'] as const).map((name) => {
    const judgements = [...data.judgements[name].values()];
    const relevant = judgements.flatMap((grades) => [...grades.values()].filter((grade) => grade > 0));
    return { name, queries: judgements.length, judgements: relevant.length };
  });
  return {
    name: data.name,
    source: [settings.documents.path].flat().join(', '),
    documents: data.documents.length,
    chunks: knowledge.summary.chunks,
    pairsFrom: data.pairsFrom,
    trainPairs: pairs.length,
    ...(negatives > 0 && {
      negativesPerPair: negatives,
      negativesFrom: `chunks that the base model finds, relative margin ${relativeMargin}${atRandom > 0 ? `; random ones for ${atRandom} pairs where it finds too few` : ''}`,
    }),
    splits,
    splitBy: data.splitBy,
    unreadable: data.unreadable,
  };
}
