const MINUS = '−';

/** 0.6553 → "0.655". A value that is no number is shown as a dash. */
export const score = (value: number, digits = 3): string =>
  Number.isFinite(value) ? fixed(value, digits) : '–';

/** 0.0431 → "+0.043"; what rounds to nothing has no sign. */
export function signed(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return '–';
  const text = fixed(value, digits);
  return value > 0 && Number(text) !== 0 ? `+${text}` : text;
}

/** "0.61 to 0.68"; the word keeps a minus from being read as a dash. */
export const interval = ([low, high]: readonly [number, number], write = score): string =>
  `${write(low)} to ${write(high)}`;

export function pValue(value: number): string {
  if (!Number.isFinite(value)) return 'p unknown';
  if (value < 0.0001) return 'p < 0.0001';
  // 0.0496 must not read as 0.05, which is no longer significant.
  return `p = ${value.toFixed(value < 0.01 || Math.abs(value - 0.05) < 0.005 ? 4 : 2)}`;
}

/** "20 November 2025, 19:26 UTC"; text that is no date is given back. */
export function dateTime(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  const day = date.toLocaleDateString('en-GB', {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  });
  return `${day}, ${date.toISOString().slice(11, 16)} UTC`;
}

/** `ndcg@10` → "nDCG@10"; unknown names stay. */
export function metricTitle(name: string): string {
  const [kind = '', k] = name.split('@');
  const titles: Readonly<Record<string, string>> = {
    ndcg: 'nDCG',
    mrr: 'MRR',
    map: 'MAP',
    recall: 'Recall',
    precision: 'Precision',
    hit: 'Hit rate',
  };
  const title = Object.hasOwn(titles, kind) ? (titles[kind] as string) : kind;
  return k === undefined ? title : `${title}@${k}`;
}

function fixed(value: number, digits: number): string {
  const text = Math.abs(value).toFixed(digits);
  return value < 0 && Number(text) !== 0 ? `${MINUS}${text}` : text;
}
