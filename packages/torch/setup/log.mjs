/** Plain progress lines on standard error, so that `--json` leaves standard output to the answer. */

/** @param {string} text */
export function say(text) {
  process.stderr.write(`${text}\n`);
}

/** @param {number} since a `performance.now()` reading */
export function seconds(since) {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}

/**
 * Runs `work` and says how long it took. Long work gets a sign of life every 20 s.
 * @template T
 * @param {string} title
 * @param {() => Promise<T> | T} work
 * @returns {Promise<T>}
 */
export async function step(title, work) {
  const start = performance.now();
  say(`${title} …`);
  const alive = setInterval(() => say(`  … ${title}: ${seconds(start)} so far`), 20_000);
  try {
    const result = await work();
    say(`  done in ${seconds(start)}`);
    return result;
  } finally {
    clearInterval(alive);
  }
}

/**
 * The last lines of a command's output that say something, for an error message.
 * @param {string} output
 * @param {number} [count]
 */
export function lastLines(output, count = 3) {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  return lines.slice(-count).join('\n');
}
