import { Worker } from 'node:worker_threads';
import type { RawDocument, ResolvedReadOptions, RowProblem, SourceFile } from '../types.ts';
import { reasonOf, UnreadableError } from '../unreadable.ts';
import type { IsolatedReader, ReaderAnswer, ReaderRequest } from './messages.ts';

/** A page or a row group that needs more is told as unreadable. */
const MAX_HEAP_MB = 2048;
/** For the thread and the libraries, on a busy machine. */
const START_MS = 120_000;

/**
 * A thread that reads HTML, PDF, DOCX and parquet. There are files on which the libraries for these never end, run out of
 * memory, or throw where nobody can catch it; in a thread that is the end of the thread, not of the process. It starts
 * with the first such file, and again after it had to be ended.
 */
export class ReaderThread {
  #worker: Worker | undefined;

  /**
   * What the reader finds in a file.
   *
   * @throws UnreadableError if it throws, dies, or gives no sign for `options.timeout`
   */
  async *read(
    reader: IsolatedReader,
    file: SourceFile,
    options: ResolvedReadOptions,
  ): AsyncGenerator<RawDocument | RowProblem> {
    const { signal, ...sendable } = options;
    await this.#ask({ type: 'open', reader, file, options: sendable }, START_MS, signal);
    for (;;) {
      const answer = await this.#ask({ type: 'next' }, options.timeout, signal);
      if (answer.type !== 'batch') throw new UnreadableError('the reading thread lost count');
      yield* answer.items;
      if (answer.reason !== undefined) throw new UnreadableError(answer.reason);
      if (answer.isLast) return;
    }
  }

  /** Ends the thread, if there is one. */
  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  async #ask(
    request: ReaderRequest,
    timeout: number,
    signal: AbortSignal | undefined,
  ): Promise<ReaderAnswer> {
    this.#worker ??= new Worker(entry(), { resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB } });
    const worker = this.#worker;
    worker.ref(); // someone waits for the answer
    try {
      return await answerOf(worker, request, timeout, signal);
    } catch (error) {
      await this.close();
      throw error;
    } finally {
      worker.unref();
    }
  }
}

function answerOf(
  worker: Worker,
  request: ReaderRequest,
  timeout: number,
  signal: AbortSignal | undefined,
): Promise<ReaderAnswer> {
  return new Promise<ReaderAnswer>((resolve, reject) => {
    const timer = setTimeout(() => {
      settle(() => reject(new UnreadableError(`took longer than the option timeout allows (${timeout} ms)`)));
    }, timeout);
    const answered = (answer: ReaderAnswer): void => settle(() => resolve(answer));
    const failed = (error: Error): void =>
      settle(() => reject(new UnreadableError(reasonOf(error), { cause: error })));
    const ended = (): void => failed(new Error('the reading thread ended'));
    const aborted = (): void => settle(() => reject(signal?.reason));
    function settle(then: () => void): void {
      clearTimeout(timer);
      worker.off('message', answered).off('error', failed).off('exit', ended);
      signal?.removeEventListener('abort', aborted);
      then();
    }
    worker.on('message', answered).on('error', failed).on('exit', ended);
    signal?.addEventListener('abort', aborted);
    worker.postMessage(request);
  });
}

/**
 * The worker beside this file: JavaScript when built. From sources (tests), TypeScript if this Node.js runs it, else the
 * build.
 */
function entry(): URL {
  if (!import.meta.url.endsWith('.ts')) return new URL('./worker.js', import.meta.url);
  const runsTypeScript = 'typescript' in process.features && process.features.typescript !== false;
  const built = '../../../../dist/corpus/documents/thread/worker.js';
  return new URL(runsTypeScript ? './worker.ts' : built, import.meta.url);
}
