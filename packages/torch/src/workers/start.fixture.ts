import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';

/** Starts a worker on a fixture of this folder. Workers run plain JavaScript: they load `dist`. */
export function start(fixture: string, workerData?: unknown): Worker {
  const built = new URL('../../dist/index.js', import.meta.url);
  if (!existsSync(built)) throw new Error(`${built} is missing: run 'npm run build' first`);
  return new Worker(new URL(fixture, import.meta.url), { workerData });
}

/** The next message; rejects if the worker fails or ends first. */
export function nextMessage<T>(worker: Worker): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = (code: number) => reject(new Error(`the worker ended (${code}) before it answered`));
    worker.once('message', (message: T) => {
      worker.off('exit', ended);
      worker.off('error', reject);
      resolve(message);
    });
    worker.once('error', reject);
    worker.once('exit', ended);
  });
}

export function exitOf(worker: Worker): Promise<number> {
  return new Promise((resolve) => worker.once('exit', resolve));
}
