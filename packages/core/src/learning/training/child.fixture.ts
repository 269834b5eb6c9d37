import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { RunEvent } from '../../base/progress.ts';
import type { TrainingOutcome, TrainingSettings } from './types.ts';

export type Line =
  | 'ready'
  | RunEvent
  | ({ readonly type: 'end'; readonly weights: string } & TrainingOutcome)
  | { readonly type: 'error'; readonly name: string; readonly message: string };

export interface Child {
  readonly process: ChildProcess;
  /** As they come. */
  readonly lines: AsyncIterable<Line>;
  /** Signal or exit code. */
  readonly ended: Promise<NodeJS.Signals | number | null>;
}

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

/** The children import dist: one that is absent or older than the sources would test something else. */
export function checkBuild(): void {
  const built = statSync(path('../../../dist/.tsbuildinfo'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  for (const folder of ['.', '../../base']) {
    for (const name of readdirSync(path(folder))) {
      if (!name.endsWith('.ts') || /\.(test|fixture)\.ts$/.test(name)) continue;
      if (statSync(path(`${folder}/${name}`)).mtimeMs > built) {
        throw new Error(`dist is ${built ? `older than ${name}` : 'not built'}: run 'npm run build'`);
      }
    }
  }
}

/**
 * Trains the tiny model in a process of its own.
 *
 * @param limit largest file it may write, in KiB: a disk that is full
 */
export function trainInChild(
  runFolder: string,
  settings: Partial<TrainingSettings>,
  { evaluates = false, limit }: { readonly evaluates?: boolean; readonly limit?: number } = {},
): Child {
  const args = [
    path('./trainChild.fixture.mjs'),
    runFolder,
    JSON.stringify(settings),
    evaluates ? 'evaluates' : '',
  ];
  const child =
    limit === undefined
      ? spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
      : spawn('sh', ['-c', 'ulimit -f "$0"; exec "$@"', String(limit * 2), process.execPath, ...args], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
  const ended = new Promise<NodeJS.Signals | number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(signal ?? code));
  });
  return { process: child, ended, lines: parse(child) };
}

async function* parse(child: ChildProcess): AsyncGenerator<Line> {
  if (!child.stdout) return;
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.endsWith('}') || line.endsWith('"')) yield JSON.parse(line) as Line; // the last may be cut off
  }
}

/** Lets it run to its end. */
export async function linesOf(child: Child): Promise<Line[]> {
  const lines: Line[] = [];
  for await (const line of child.lines) lines.push(line);
  await child.ended;
  return lines;
}
