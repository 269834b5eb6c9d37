/** Maps a domain onto a range, straight. */
export interface Scale {
  (value: number): number;
  readonly domain: readonly [number, number];
  readonly range: readonly [number, number];
}

export function linear(domain: readonly [number, number], range: readonly [number, number]): Scale {
  const [low, high] = domain;
  const [start, end] = range;
  const span = high - low || 1;
  const scale = (value: number) => start + ((value - low) / span) * (end - start);
  return Object.assign(scale, { domain, range });
}

export interface Ticks {
  readonly values: readonly number[];
  /** Decimals that tell them apart. */
  readonly digits: number;
}

/** Round numbers within [low, high], about `wanted` of them: steps of 1, 2, 2.5 or 5 times a power of ten. */
export function ticks(low: number, high: number, wanted: number): Ticks {
  if (!(high > low) || !Number.isFinite(high - low)) return { values: [low], digits: digitsOf(low) };
  const rough = (high - low) / Math.max(1, wanted);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough * 0.999) ?? 10) * power;
  const values: number[] = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) values.push(i * step + 0); // + 0: no −0
  return { values, digits: digitsOf(step) };
}

/** Lowest and highest of what are numbers, with a margin; never empty. */
export function extent(values: Iterable<number>, margin = 0): readonly [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return [0, 1];
  if (low === high) {
    const around = Math.abs(low) * 0.1 || 0.5;
    return [low - around, high + around];
  }
  return [low - (high - low) * margin, high + (high - low) * margin];
}

/** A range whose ends are ticks. */
export function rounded([low, high]: readonly [number, number], wanted: number): readonly [number, number] {
  const { values } = ticks(low, high, wanted);
  if (values.length < 2) return [low, high];
  const step = (values[1] as number) - (values[0] as number);
  return [Math.floor(low / step + 1e-9) * step, Math.ceil(high / step - 1e-9) * step];
}

function digitsOf(step: number): number {
  for (let digits = 0; digits < 8; digits++) {
    if (Math.abs(step * 10 ** digits - Math.round(step * 10 ** digits)) < 1e-6) return digits;
  }
  return 8;
}
