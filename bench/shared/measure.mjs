/** Milliseconds that `fn` takes. */
export function time(fn) {
  const start = process.hrtime.bigint();
  fn();
  return Number(process.hrtime.bigint() - start) / 1e6;
}

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

/** The process's largest resident memory so far, in MB. */
export const maxRss = () => process.resourceUsage().maxRSS / 1024;

/** The last line of a benchmark's output, which the driver reads. */
export const report = (result) => console.log(JSON.stringify(result));
