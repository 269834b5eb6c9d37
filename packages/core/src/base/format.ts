const MINUS = '−';

/** 12345 → "12,345". */
export const count = (value: number): string =>
  Number.isFinite(value) ? Math.round(value).toLocaleString('en-US').replace('-', MINUS) : '–';

/** "1 query", "12 queries". */
export const counted = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;

/** 22.7 M, 1.3 B. */
export function compact(value: number): string {
  for (const [size, unit] of [
    [1e9, 'B'],
    [1e6, 'M'],
    [1e4, 'k'],
  ] as const) {
    const scaled = size === 1e4 ? value / 1e3 : value / size;
    if (Math.abs(value) >= size) return `${scaled.toFixed(scaled < 100 ? 1 : 0)} ${unit}`;
  }
  return count(value);
}

/** "0.4 s", "42 s", "6 min 40 s", "2 h 5 min". */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–';
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return withRest(Math.floor(whole / 60), 'min', whole % 60, 's');
  const minutes = Math.round(whole / 60);
  return withRest(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
}

const withRest = (large: number, unit: string, rest: number, small: string): string =>
  rest === 0 ? `${large} ${unit}` : `${large} ${unit} ${rest} ${small}`;

/** In powers of 1024: "1.2 GB". */
export function bytes(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let scaled = value;
  let unit = 0;
  while (scaled >= 1000 && unit < units.length - 1) {
    scaled /= 1024;
    unit++;
  }
  return `${unit === 0 || scaled >= 100 ? scaled.toFixed(0) : scaled.toFixed(1)} ${units[unit]}`;
}
