import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { TokenizerDefinition } from './definition.ts';
import type { EncodeOptions, Encoding } from './types.ts';
import type { WorkerAnswer, WorkerStart, WorkerTask } from './workerMessages.ts';

// Starting a worker (a copy of the vocabulary, compiled) takes as long as about this many characters.
const MUCH = 2_000_000;
const CHARACTERS_PER_TASK = 250_000;

/** Whether there is so much text that threads are worth their start. */
export function isMuch(texts: readonly string[]): boolean {
  let characters = 0;
  for (const text of texts) {
    characters += text.length;
    if (characters > MUCH) return true;
  }
  return false;
}

/**
 * The worker beside this file: JavaScript when built. From sources (tests), TypeScript if this Node.js runs it, else
 * the build.
 */
function entry(): URL {
  if (!import.meta.url.endsWith('.ts')) return new URL('./worker.js', import.meta.url);
  const runsTypeScript = 'typescript' in process.features && process.features.typescript !== false;
  return new URL(runsTypeScript ? './worker.ts' : '../../dist/text/worker.js', import.meta.url);
}

interface Job {
  readonly task: WorkerTask;
  readonly done: (answer: WorkerAnswer) => void;
  readonly failed: (error: Error) => void;
}

/** Threads that tokenise. Started with the first text, ended by `close`; they do not keep the process alive. */
export class WorkerPool {
  readonly #definition: TokenizerDefinition;
  readonly #size: number;
  readonly #entry: URL;
  readonly #idle: Worker[] = [];
  readonly #busy = new Map<Worker, Job>();
  readonly #waiting: Job[] = [];
  #tasks = 0;

  constructor(definition: TokenizerDefinition, size = Math.min(8, availableParallelism()), worker = entry()) {
    this.#definition = definition;
    this.#size = size;
    this.#entry = worker;
  }

  /** Threads that are running. */
  get threads(): number {
    return this.#idle.length + this.#busy.size;
  }

  /** Sequences in the order of the texts; undefined if no thread can be had, so that the caller does it itself. */
  async encode(texts: readonly string[], options: EncodeOptions): Promise<Encoding[] | undefined> {
    const answers = tasksOf(texts).map(
      (some) =>
        new Promise<Encoding[]>((resolve, failed) => {
          const task = { task: this.#tasks++, texts: some, options };
          this.#waiting.push({ task, done: (answer) => resolve(unpack(answer)), failed });
        }),
    );
    this.#startWaiting();
    const settled = await Promise.allSettled(answers);
    const encoded: Encoding[] = [];
    for (const each of settled) {
      if (each.status === 'rejected') return undefined;
      for (const encoding of each.value) encoded.push(encoding);
    }
    return encoded;
  }

  async close(): Promise<void> {
    const workers = [...this.#idle.splice(0), ...this.#busy.keys()];
    await Promise.all(workers.map((worker) => worker.terminate()));
  }

  #startWaiting(): void {
    while (this.#waiting.length > 0) {
      const worker = this.#idle.pop() ?? (this.threads < this.#size ? this.#start() : undefined);
      if (!worker) return;
      const job = this.#waiting.shift() as Job;
      this.#busy.set(worker, job);
      worker.ref(); // someone waits for the answer
      worker.postMessage(job.task);
    }
  }

  #start(): Worker {
    const workerData: WorkerStart = { definition: this.#definition };
    const worker = new Worker(this.#entry, { workerData });
    worker.on('message', (answer: WorkerAnswer) => {
      const job = this.#busy.get(worker);
      this.#busy.delete(worker);
      this.#idle.push(worker);
      worker.unref();
      job?.done(answer);
      this.#startWaiting();
    });
    let reason: Error | undefined;
    worker.on('error', (error) => {
      reason = error;
    });
    worker.on('exit', () => {
      const job = this.#busy.get(worker);
      this.#busy.delete(worker);
      const at = this.#idle.indexOf(worker);
      if (at >= 0) this.#idle.splice(at, 1);
      const error = reason ?? new Error('the tokenizer thread ended');
      for (const failed of job ? [job, ...this.#waiting.splice(0)] : []) failed.failed(error);
    });
    return worker;
  }
}

/** Cuts the texts into tasks of about equal size. */
function tasksOf(texts: readonly string[]): string[][] {
  const tasks: string[][] = [];
  let characters = CHARACTERS_PER_TASK;
  for (const text of texts) {
    if (characters >= CHARACTERS_PER_TASK) {
      tasks.push([]);
      characters = 0;
    }
    tasks.at(-1)?.push(text);
    characters += text.length;
  }
  return tasks;
}

function unpack({ ids, lengths }: WorkerAnswer): Encoding[] {
  let at = 0;
  return Array.from(lengths, (length) => {
    const end = at + length;
    const encoding = { ids: ids.subarray(at, end) };
    at = end;
    return encoding;
  });
}
