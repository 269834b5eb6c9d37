import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../base/errors.ts';
import { SeededRandom } from '../../../base/rng.ts';
import { toLogit } from './apply.ts';
import {
  applyCalibration,
  brierScore,
  type Calibration,
  calibrationSchema,
  expectedCalibrationError,
  fitIsotonic,
  fitTemperature,
  type TemperatureOptions,
} from './index.ts';

interface GoldenCase {
  readonly scores: readonly number[];
  readonly labels: readonly number[];
  readonly temperatures: readonly {
    readonly options: Required<Pick<TemperatureOptions, 'bias' | 'smoothing'>>;
    readonly temperature: number;
    readonly bias: number;
  }[];
  readonly isotonic: readonly {
    readonly weights: readonly number[] | null;
    readonly at: readonly number[];
    readonly probabilities: readonly number[];
  }[];
  readonly probabilities: readonly number[];
  readonly measures: readonly { readonly bins: number; readonly error: number; readonly brier: number }[];
}

const golden: Record<string, GoldenCase> = JSON.parse(
  readFileSync(new URL('../../../../golden/calibration/cases.json', import.meta.url), 'utf8'),
);

const problemsOf = (work: () => unknown): string[] => {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).problems.map(({ field }) => field);
  }
  return [];
};

/** Probabilities on a grid that reaches far beyond the scores. */
const risesOn = (calibration: Calibration, from = -50, to = 50) => {
  const found = Array.from({ length: 4001 }, (_, i) =>
    applyCalibration(calibration, from + (i * (to - from)) / 4000),
  );
  expect(found.filter((p, i) => !(p >= (found[i - 1] ?? 0) && p <= 1))).toEqual([]);
};

describe.each(Object.entries(golden))("equals scikit-learn's: %s", (_, each) => {
  it.each(each.temperatures)('temperature, $options', ({ options, temperature, bias }) => {
    const fitted = fitTemperature(each.scores, each.labels, options);
    expect(Math.abs(fitted.temperature / temperature - 1)).toBeLessThan(1e-6);
    expect(fitted.bias).toBeCloseTo(bias, 6);
  });

  it.each(each.isotonic)('isotonic, weights $weights.length', ({ weights, at, probabilities }) => {
    const fitted = fitIsotonic(each.scores, each.labels, weights ? { weights } : {});
    at.forEach((score, i) => {
      expect(applyCalibration(fitted, score), `at ${score}`).toBeCloseTo(probabilities[i] as number, 9);
    });
  });

  it.each(each.measures)('errors with $bins bins', ({ bins, error, brier }) => {
    expect(expectedCalibrationError(each.probabilities, each.labels, bins)).toBeCloseTo(error, 12);
    expect(brierScore(each.probabilities, each.labels)).toBeCloseTo(brier, 12);
  });
});

describe('fitTemperature', () => {
  const { scores, labels } = golden['too sure'] as GoldenCase;

  it('makes probabilities that are nearer to the truth', () => {
    const raw = scores.map((score) => 1 / (1 + Math.exp(-score)));
    const fitted = fitTemperature(scores, labels);
    const mended = scores.map((score) => applyCalibration(fitted, score));
    expect(expectedCalibrationError(mended, labels, 5)).toBeLessThan(
      expectedCalibrationError(raw, labels, 5),
    );
    expect(brierScore(mended, labels)).toBeLessThan(brierScore(raw, labels));
  });

  it('takes probabilities as the logits that they come from', () => {
    const probabilities = scores.map((score) => 1 / (1 + Math.exp(-score)));
    const fitted = fitTemperature(probabilities, labels, { scale: 'probability' });
    const byLogits = fitTemperature(scores, labels);
    expect(fitted.scale).toBe('probability');
    expect(fitted.temperature).toBeCloseTo(byLogits.temperature, 4);
    expect(applyCalibration(fitted, probabilities[3] as number)).toBeCloseTo(
      applyCalibration(byLogits, scores[3] as number),
      5,
    );
    // a sigmoid in 32-bit floats may say 0 and 1
    for (const score of [0, 1]) {
      const p = applyCalibration(fitTemperature([0, 1, 0.5], [0, 1, 1], { scale: 'probability' }), score);
      expect(p).toBeGreaterThan(0);
      expect(p).toBeLessThan(1);
    }
    expect(toLogit(Math.fround(1 - 2 ** -24), 'probability')).toBeLessThan(toLogit(1, 'probability'));
  });

  it('does not depend on the size of the scores', () => {
    const { temperature, bias } = fitTemperature(scores, labels);
    for (const size of [1e-6, 1e6]) {
      const scaled = fitTemperature(
        scores.map((score) => score * size),
        labels,
      );
      expect(scaled.temperature / size / temperature).toBeCloseTo(1, 6);
      expect(scaled.bias).toBeCloseTo(bias, 6);
    }
  });

  it.each([
    ['all relevant', [-1, 0.5, 3], [1, 1, 1]],
    ['none relevant', [-1, 0.5, 3], [0, 0, 0]],
    ['one', [2], [1]],
    ['one, at 0', [0], [0]],
    ['all tied', [2, 2, 2, 2], [0, 1, 0, 0]],
    ['turned round', [-2, -1, 1, 2], [1, 1, 0, 0]],
    ['told apart', [-2, -1, 1, 2], [0, 0, 1, 1]],
    ['huge', [-1e300, 1e300], [0, 1]],
    ['tiny', [-1e-300, 1e-300], [0, 1]],
  ])('stays finite and never turns an order round: %s', (_, few, truth) => {
    for (const bias of [true, false]) {
      for (const smoothing of [true, false]) {
        const fitted = fitTemperature(few, truth, { bias, smoothing });
        expect(fitted.temperature).toBeGreaterThan(0);
        expect(Number.isFinite(fitted.temperature)).toBe(true);
        expect(Number.isFinite(fitted.bias)).toBe(true);
        risesOn(fitted);
        expect(calibrationSchema.parse(JSON.parse(JSON.stringify(fitted)))).toEqual(fitted);
      }
    }
  });

  it('gives tied scores their share', () => {
    const fitted = fitTemperature([2, 2, 2, 2], [0, 1, 0, 0], { smoothing: false });
    expect(fitted.temperature).toBe(1);
    expect(applyCalibration(fitted, 2)).toBeCloseTo(0.25, 9);
    const turned = fitTemperature([-2, -1, 1, 2], [1, 1, 0, 0]);
    expect(applyCalibration(turned, 2) - applyCalibration(turned, -2)).toBeLessThan(0.002);
  });

  it('names everything that is wrong', () => {
    expect(problemsOf(() => fitTemperature([], []))).toEqual(['scores']);
    expect(problemsOf(() => fitTemperature([1, Number.NaN, Number.POSITIVE_INFINITY], [0, 2]))).toEqual([
      'scores.1',
      'scores.2',
      'labels',
      'labels.1',
    ]);
    expect(problemsOf(() => fitTemperature([0.5, 1.5], [0, 1], { scale: 'probability' }))).toEqual([
      'scores.1',
    ]);
    expect(problemsOf(() => fitTemperature(new Float32Array(500).fill(Number.NaN), []))).toHaveLength(21);
  });
});

describe('fitIsotonic', () => {
  it('pools what falls, and keeps only the corners', () => {
    const fitted = fitIsotonic([1, 2, 3, 4, 5, 6], [0, 1, 0, 0, 1, 1]);
    expect(fitted).toEqual({
      kind: 'isotonic',
      scores: [1, 2, 4, 5, 6],
      probabilities: [0, 1 / 3, 1 / 3, 1, 1],
    });
    expect(applyCalibration(fitted, 1.5)).toBeCloseTo(1 / 6, 12);
    expect(applyCalibration(fitted, 3.3)).toBe(1 / 3);
    expect(applyCalibration(fitted, -99)).toBe(0);
    expect(applyCalibration(fitted, 99)).toBe(1);
    expect(calibrationSchema.parse(JSON.parse(JSON.stringify(fitted)))).toEqual(fitted);
  });

  it('is flat where it has one score, one kind of label, or a wrong order', () => {
    expect(fitIsotonic([3], [1])).toMatchObject({ scores: [3], probabilities: [1] });
    expect(fitIsotonic([3, 3, 3, 3], [1, 0, 0, 0])).toMatchObject({ scores: [3], probabilities: [0.25] });
    expect(fitIsotonic([0, -0], [1, 0])).toMatchObject({ scores: [0], probabilities: [0.5] });
    for (const truth of [0, 1]) expect(applyCalibration(fitIsotonic([1, 2], [truth, truth]), 7)).toBe(truth);
    const turned = fitIsotonic([1, 2, 3, 4], [1, 1, 0, 0]);
    expect([0, 2.5, 9].map((score) => applyCalibration(turned, score))).toEqual([0.5, 0.5, 0.5]);
  });

  it('never turns an order round', () => {
    const random = new SeededRandom(2);
    for (let trial = 0; trial < 30; trial++) {
      const count = 1 + random.below(40);
      const scores = Float32Array.from({ length: count }, () => random.below(30) - 15 + random.float());
      const labels = Array.from(scores, () => random.float());
      const weights = Array.from(scores, () => 0.01 + random.float() * 9);
      risesOn(fitIsotonic(scores, labels, { weights }), -20, 20);
    }
  });

  it('names everything that is wrong', () => {
    expect(problemsOf(() => fitIsotonic([], []))).toEqual(['scores']);
    expect(problemsOf(() => fitIsotonic([1, 2], [0, 1], { weights: [1, 0] }))).toEqual(['weights.1']);
    expect(problemsOf(() => fitIsotonic([1, Number.NaN], [0, -1], { weights: [1] }))).toEqual([
      'scores.1',
      'labels.1',
      'weights',
    ]);
  });
});

describe('measures', () => {
  it('count edges to the bin below, and 0 to the first', () => {
    // bins (0, 0.5] and (0.5, 1]: {0, 0.5 | 1, 0} and {1 | 1}
    expect(expectedCalibrationError([0, 0.5, 1], [1, 0, 1], 2)).toBeCloseTo(0.5 / 3, 12);
    expect(expectedCalibrationError([0.8], [1])).toBeCloseTo(0.2, 12);
    expect(brierScore([0.8, 0], [1, 0])).toBeCloseTo(0.02, 12);
  });

  it('name what is wrong', () => {
    expect(problemsOf(() => expectedCalibrationError([], []))).toEqual(['probabilities']);
    expect(problemsOf(() => expectedCalibrationError([0.5], [1], 0))).toEqual(['bins']);
    expect(problemsOf(() => brierScore([1.1, Number.NaN], [1, 0]))).toEqual([
      'probabilities.0',
      'probabilities.1',
    ]);
    const fitted = fitIsotonic([1], [1]);
    expect(problemsOf(() => applyCalibration(fitted, Number.NaN))).toEqual(['score']);
  });
});
