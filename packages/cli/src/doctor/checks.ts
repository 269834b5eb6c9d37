import { spawn } from 'node:child_process';
import { statfs } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism, freemem, homedir, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bytes } from '@ragwright/core/base';

/** One thing that was looked at. */
export interface Check {
  readonly name: string;
  /** `failed`: nothing works without it. `warning`: something will not. */
  readonly status: 'ok' | 'warning' | 'failed';
  readonly found: string;
  /** What to do. */
  readonly advice?: string;
}

type Env = Readonly<Record<string, string | undefined>>;

const GIB = 1024 ** 3;

export async function checkAll(env: Env): Promise<Check[]> {
  return Promise.all([
    checkNode(),
    checkLibtorch(),
    checkMemory(),
    checkDisk('disk, here', process.cwd()),
    checkPip(),
    checkHub(env),
    checkLance(),
    checkPgvector(env),
  ]);
}

function checkNode(): Check {
  const found = `Node ${process.versions.node}, ${process.platform} ${process.arch}, ${availableParallelism()} cores`;
  return { name: 'node', status: 'ok', found };
}

/** Which libtorch, from where, and whether it works: it multiplies two matrices. */
async function checkLibtorch(): Promise<Check> {
  const main = fileURLToPath(new URL('../setup/main.mjs', import.meta.resolve('@ragwright/torch')));
  const { output } = await run(process.execPath, [main, 'status', '--json'], 60_000);
  const status = parseStatus(output);
  const advice = 'Run: npx ragwright-torch setup';
  if (status === undefined)
    return { name: 'libtorch', status: 'failed', found: 'its state is unknown', advice };
  if (!status.works)
    return { name: 'libtorch', status: 'failed', found: status.problem ?? 'does not work', advice };
  const { version, where, source, passedOver = [] } = status;
  const { numThreads, devices } = await import('@ragwright/torch');
  const skipped = passedOver.length > 0 ? `; passed over: ${passedOver.join('; ')}` : '';
  const found = `libtorch ${version} from ${source} (${where}), ${numThreads()} threads, ${devices().join(', ')}${skipped}`;
  return { name: 'libtorch', status: 'ok', found };
}

interface Status {
  readonly works: boolean;
  readonly problem?: string;
  readonly version?: string;
  readonly where?: string;
  readonly source?: string;
  readonly passedOver?: readonly string[];
}

function parseStatus(output: string): Status | undefined {
  try {
    return JSON.parse(output);
  } catch {
    return undefined;
  }
}

function checkMemory(): Check {
  const [free, total] = [freemem(), totalmem()];
  const found = `${bytes(free)} free of ${bytes(total)}`;
  if (free > 2 * GIB) return { name: 'memory', status: 'ok', found };
  return { name: 'memory', status: 'warning', found, advice: 'Training a small model takes about 2 GB.' };
}

async function checkDisk(name: string, folder: string): Promise<Check> {
  try {
    const { bavail, bsize } = await statfs(folder);
    const free = bavail * bsize;
    const found = `${bytes(free)} free at ${folder}`;
    if (free > 2 * GIB) return { name, status: 'ok', found };
    return { name, status: 'warning', found, advice: 'Models and checkpoints need a few hundred MB each.' };
  } catch (error) {
    return { name, status: 'warning', found: (error as Error).message };
  }
}

async function checkPip(): Promise<Check> {
  for (const python of ['python3', 'python']) {
    const { code, output } = await run(python, ['-m', 'pip', '--version'], 20_000);
    if (code === 0) return { name: 'pip', status: 'ok', found: output.trim().split(' from ')[0] as string };
  }
  const advice = 'Models out of Python packages (pip:…) need it: sudo apt-get install python3-pip';
  return { name: 'pip', status: 'warning', found: 'none', advice };
}

/** Whether the Hugging Face Hub, or the mirror that HF_ENDPOINT names, answers. */
async function checkHub(env: Env): Promise<Check> {
  const endpoint = (env['HF_ENDPOINT'] || 'https://huggingface.co').replace(/\/+$/, '');
  const cache = env['HF_HOME'] || join(homedir(), '.cache', 'huggingface');
  const token = env['HF_TOKEN'] ? 'a token is set' : 'no token';
  try {
    const answer = await fetch(`${endpoint}/api/models?limit=1`, { signal: AbortSignal.timeout(8000) });
    await answer.body?.cancel();
    const found = `${endpoint} answers (${answer.status}), ${token}, cache ${cache}`;
    return { name: 'hub', status: answer.ok ? 'ok' : 'warning', found };
  } catch (error) {
    const cause = (error as Error).cause;
    const reason = cause instanceof Error ? cause.message : (error as Error).message;
    return {
      name: 'hub',
      status: 'warning',
      found: `${endpoint} does not answer (${reason}), cache ${cache}`,
      advice:
        'Models from the cache, from folders and from pip packages work without it; HF_ENDPOINT names a mirror.',
    };
  }
}

async function checkLance(): Promise<Check> {
  try {
    createRequire(import.meta.resolve('@ragwright/core/base'))('@lancedb/lancedb'); // a dependency of core's
    return { name: 'store lancedb', status: 'ok', found: 'there' };
  } catch (error) {
    return {
      name: 'store lancedb',
      status: 'warning',
      found: (error as Error).message.split('\n')[0] as string,
      advice: "It has no build for this platform? Use store: { kind: 'memory' } or { kind: 'pgvector' }.",
    };
  }
}

function checkPgvector(env: Env): Check {
  const found = env['PGVECTOR_URL']
    ? 'PGVECTOR_URL is set'
    : 'PGVECTOR_URL is not set (needed for pgvector only)';
  return { name: 'store pgvector', status: 'ok', found };
}

/** Runs a program without a shell; never throws. */
function run(
  command: string,
  args: readonly string[],
  timeout: number,
): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((resolve) => {
    const child = spawn(command, [...args], { stdio: ['ignore', 'pipe', 'ignore'], timeout });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.on('error', (error) => resolve({ code: -1, output: error.message }));
    child.on('close', (code) => resolve({ code: code ?? -1, output }));
  });
}
