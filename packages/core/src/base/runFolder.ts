import { appendFile, mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic, writeJsonAtomic } from './atomicFile.ts';
import { DataError, RagwrightError } from './errors.ts';
import type { RunEvent } from './progress.ts';

/** What lies where in a run folder. */
export const runFiles = {
  /** Every setting that the run used, defaults filled in. */
  config: 'config.resolved.json',
  /** Every event, one a line. */
  events: 'events.jsonl',
  checkpoints: 'checkpoints',
  /** Weights of the best evaluation. */
  best: 'best',
  /** The artefact. */
  model: 'model',
  report: 'report.html',
} as const;

/** An event as `events.jsonl` holds it. */
export type RecordedEvent = RunEvent & {
  /** When it was written, ISO 8601. */
  readonly time: string;
};

/** A run folder that cannot be written, or that belongs to another run. */
export class RunFolderError extends RagwrightError {
  readonly folder: string;

  constructor(folder: string, message: string, options?: ErrorOptions) {
    super(`${folder}: ${message}`, options);
    this.folder = folder;
  }
}

const unwritable = (folder: string) => (cause: Error) => {
  throw new RunFolderError(folder, `the run folder cannot be written: ${cause.message}`, { cause });
};

/** Writes `config.resolved.json`. @throws RunFolderError */
export async function writeResolvedConfig(folder: string, config: object): Promise<void> {
  await writeJsonAtomic(join(folder, runFiles.config), config).catch(unwritable(folder));
}

/**
 * Passes events on, and appends each to the run folder's `events.jsonl` before whoever reads sees it.
 *
 * @returns what the generator returns
 * @throws RunFolderError if the file cannot be written; the generator is closed then
 */
export async function* recordEvents<T>(
  folder: string,
  events: AsyncGenerator<RunEvent, T, undefined>,
): AsyncGenerator<RunEvent, T, undefined> {
  try {
    await mkdir(folder, { recursive: true }).catch(unwritable(folder));
    await cutHalfLine(folder);
    for (;;) {
      const next = await events.next();
      if (next.done) return next.value;
      await appendEvent(folder, next.value);
      yield next.value;
    }
  } finally {
    await events.return(undefined as T); // does nothing after its end
  }
}

async function appendEvent(folder: string, event: RunEvent): Promise<void> {
  const recorded: RecordedEvent = { ...event, time: new Date().toISOString() };
  await appendFile(join(folder, runFiles.events), `${JSON.stringify(recorded)}\n`).catch(unwritable(folder));
}

/** A process that was killed may have written half a line; the next one must not go on behind it. */
async function cutHalfLine(folder: string): Promise<void> {
  const file = join(folder, runFiles.events);
  const text = await readOrNothing(file);
  if (text.length === 0 || text.endsWith('\n')) return;
  const handle = await open(file, 'r+').catch(unwritable(folder));
  try {
    await handle.truncate(Buffer.byteLength(text.slice(0, text.lastIndexOf('\n') + 1)));
  } finally {
    await handle.close();
  }
}

/**
 * All events of a run so far, in order; none if it has not begun. A half-written last line is passed over.
 *
 * @throws DataError naming file and line, if another line holds no event
 */
export async function readRunEvents(folder: string): Promise<RecordedEvent[]> {
  const file = join(folder, runFiles.events);
  const text = await readOrNothing(file);
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
  return lines.flatMap((line, i) => (line === '' ? [] : [parseEvent(file, i + 1, line)]));
}

/**
 * Takes events out: a run that goes on from a checkpoint will report what came after it again. Rewrites the file
 * at once or not at all; if it has no events, nothing happens.
 */
export async function forgetEvents(folder: string, isVoid: (event: RunEvent) => boolean): Promise<void> {
  const events = await readRunEvents(folder);
  const kept = events.filter((event) => !isVoid(event));
  if (kept.length === events.length) return;
  const text = kept.map((event) => `${JSON.stringify(event)}\n`).join('');
  await writeFileAtomic(join(folder, runFiles.events), text).catch(unwritable(folder));
}

function parseEvent(file: string, line: number, text: string): RecordedEvent {
  const wrong = (got: string, cause?: unknown) =>
    new DataError({ file, line, expected: 'an event in JSON', got }, { cause });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw wrong(text.slice(0, 60), cause);
  }
  const isEvent = typeof value === 'object' && value !== null && 'type' in value;
  if (!isEvent) throw wrong(text.slice(0, 60));
  return value as RecordedEvent;
}

async function readOrNothing(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return '';
    throw new DataError({ file, expected: 'a readable file', got: cause.message }, { cause });
  });
}
