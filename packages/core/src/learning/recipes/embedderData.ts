import { ConfigError, type ConfigProblem } from '../../base/errors.ts';
import { parseSettings } from '../../base/settings.ts';
import type { Qrels } from '../../evaluation/types.ts';
import type { BatchSampler } from '../batches/index.ts';
import { checkTrainingRows, type EmbeddingObjective } from '../objectives/index.ts';
import type { TrainingPair } from '../pairs/types.ts';
import type { TuneEmbedderOptions } from './embedder.ts';
import { makeObjective } from './embedderObjective.ts';
import { chooseSampler, makeSampler, type SamplerName, type SamplerSetting } from './embedderSampler.ts';
import {
  type ObjectiveSetting,
  objectiveSetting,
  type ResolvedEmbedderSettings,
} from './embedderSettings.ts';

/** One of several data sets to train on. A batch is of one of them, and has its loss. */
export interface EmbedderDataset {
  /** As events and errors name it. */
  readonly name: string;
  readonly pairs: readonly TrainingPair[];
  /** As `judgements` of {@link TuneEmbedderOptions}, by this data set's query ids. */
  readonly judgements?: Qrels | undefined;
  /** A name, or `{ name, …its options }`; default that of the settings. */
  readonly objective?: ObjectiveSetting | undefined;
  /** Default that of the settings. */
  readonly sampler?: SamplerSetting | undefined;
}

/** A data set with its loss and its batches. */
export interface TrainingSet {
  /** Absent where there is only one, given as `pairs`. */
  readonly name?: string;
  readonly pairs: readonly TrainingPair[];
  readonly judgements?: Qrels | undefined;
  readonly objective: EmbeddingObjective;
  readonly sampling: SamplerName;
  readonly sampler: BatchSampler;
  /** Rows that the sampler has no place for: warnings. */
  readonly leftOut: readonly string[];
}

/**
 * The data with losses and samplers. Every row has a query, what answers it, and what its loss needs.
 *
 * @throws ConfigError that lists what is wrong; ObjectiveError for rows that lack what the loss needs
 */
export function trainingSets(
  options: Pick<TuneEmbedderOptions, 'pairs' | 'datasets' | 'judgements' | 'guide'>,
  settings: ResolvedEmbedderSettings,
): TrainingSet[] {
  checkOptions(options);
  const { pairs = [], judgements, guide } = options;
  const datasets: readonly Partial<EmbedderDataset>[] = options.datasets ?? [{ pairs, judgements }];
  const made = datasets.map((dataset, i) => {
    const where = `datasets[${i}].objective`;
    const choice = dataset.objective && parseSettings(objectiveSetting, dataset.objective, where);
    const { name: objectiveName } = choice ?? settings.objective;
    const objective = makeObjective(choice ?? settings.objective, settings);
    return { ...dataset, pairs: dataset.pairs ?? [], objective, objectiveName };
  });
  checkTexts(made, guide !== undefined);
  return made.map(({ name, pairs: rows, judgements: judged, objective, objectiveName, sampler: wanted }) => {
    const label = name === undefined ? objective.name : `data set ${name}: ${objective.name}`;
    checkTrainingRows({ name: label, needs: objective.needs }, rows);
    const sampling = chooseSampler(wanted, settings, objectiveName, objective);
    const { sampler, leftOut } = makeSampler(sampling, rows, settings, objective);
    return {
      ...(name !== undefined && { name }),
      pairs: rows,
      judgements: judged,
      objective,
      sampling,
      sampler,
      leftOut: leftOut.map((text) => (name === undefined ? text : `data set ${name}: ${text}`)),
    };
  });
}

/** Either `pairs` or `datasets`, each with a name of its own. */
function checkOptions({ pairs, datasets, judgements }: Parameters<typeof trainingSets>[0]): void {
  const problems: ConfigProblem[] = [];
  const problem = (field: string, expected: string, got: string) => problems.push({ field, expected, got });
  if (!pairs && !datasets) problem('pairs', 'pairs or datasets', 'neither');
  if (pairs && datasets) problem('pairs', 'pairs or datasets', 'both');
  if (datasets?.length === 0) problem('datasets', 'at least one data set', 'none');
  if (datasets && judgements) problem('judgements', 'each data set with its own', 'some for all');
  for (const [i, { name }] of (datasets ?? []).entries()) {
    if (name.trim() === '') problem(`datasets[${i}].name`, 'a name', 'nothing');
    if (datasets?.findIndex((other) => other.name === name) !== i)
      problem(`datasets[${i}].name`, 'a name of its own', JSON.stringify(name));
  }
  if (problems.length > 0) throw new ConfigError('training data', problems);
}

/** @throws ConfigError that names the first 20 rows without a text */
function checkTexts(sets: readonly Pick<TrainingSet, 'pairs' | 'objective'>[], hasGuide: boolean): void {
  const problems: ConfigProblem[] = [];
  const problem = (field: string, expected: string, got: string) => problems.push({ field, expected, got });
  for (const [i, { pairs, objective }] of sets.entries()) {
    const where = sets.length === 1 ? 'pairs' : `datasets[${i}].pairs`;
    if (objective.needs.guide && !hasGuide) problem('guide', `a model, for ${objective.name}`, 'none');
    for (const [row, { query, positive }] of pairs.entries()) {
      if (problems.length >= 20) break;
      if (query.trim() === '') problem(`${where}[${row}].query`, 'a text', 'nothing');
      if (positive.trim() === '') problem(`${where}[${row}].positive`, 'a text', 'nothing');
    }
  }
  if (problems.length > 0) throw new ConfigError('training pairs', problems);
}

/** "120 pairs, 1 hard negatives each, MultipleNegativesRanking"; one data set after the other. */
export function describeSets(sets: readonly TrainingSet[]): string {
  const parts = sets.map(({ name, pairs, objective }) => {
    const rows = `${pairs.length.toLocaleString('en')} pairs`;
    const negatives = `${pairs[0]?.negatives?.length ?? 0} hard negatives each`;
    return `${name === undefined ? '' : `${name}: `}${rows}, ${negatives}, ${objective.name}`;
  });
  return parts.join('; ');
}
