import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { get, HttpFailure, retrying } from './http.ts';

/** What a file's content must hash to: SHA-256 for large files, git's blob hash (SHA-1) for small ones. */
export type Digest = { readonly sha256: string } | { readonly gitSha1: string };

export interface Download {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes. */
  readonly size: number;
  readonly digest: Digest;
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
  readonly onBytes?: (received: number) => void;
}

// A server that sends nothing for so long has gone.
const SILENCE = 30_000;
const ATTEMPTS = 4;

/**
 * Downloads a file to `target`: to a temporary name beside it, going on where an earlier attempt stopped, checked by
 * its hash, flushed, renamed. What was loaded stays there when it is interrupted.
 *
 * @throws HttpFailure; the signal's reason when it is aborted
 */
export async function download(target: string, file: Download): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const partial = await claimPartial(target);
  try {
    await retrying(ATTEMPTS, file.signal, () => appendRest(partial, file));
    if (!(await matches(partial, file))) {
      await rm(partial);
      throw new HttpFailure(`${basename(new URL(file.url).pathname)} arrived damaged: its hash is wrong`, 0);
    }
    await rename(partial, target);
  } catch (error) {
    await rename(partial, freePartial(target)).catch(() => {}); // for the next attempt
    throw error;
  }
}

const freePartial = (target: string): string => `${target}.0.incomplete`;

/** A name of our own for the unfinished file; takes over what an ended process left. */
async function claimPartial(target: string): Promise<string> {
  const own = `${target}.${process.pid}-${randomBytes(3).toString('hex')}.incomplete`;
  const pattern = /\.(\d+)(?:-[0-9a-f]+)?\.incomplete$/;
  for (const name of await readdir(dirname(target))) {
    const owner = name.startsWith(`${basename(target)}.`) ? pattern.exec(name)?.[1] : undefined;
    if (owner === undefined || isAlive(Number(owner))) continue;
    const taken = await rename(join(dirname(target), name), own).then(
      () => true,
      () => false, // another process was faster
    );
    if (taken) return own;
  }
  return own;
}

function isAlive(pid: number): boolean {
  if (pid === 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Loads what is missing of the file. */
async function appendRest(partial: string, file: Download): Promise<void> {
  let have = await stat(partial).then(
    ({ size }) => size,
    () => 0,
  );
  if (have > file.size) {
    await rm(partial);
    have = 0;
  }
  const handle = await open(partial, 'a');
  try {
    if (have < file.size) {
      const range = have > 0 ? { Range: `bytes=${have}-` } : {};
      const headers = { ...file.headers, ...range, 'Accept-Encoding': 'identity' };
      const response = await get(file.url, [200, 206], { ...file, headers });
      if (response.status === 200 && have > 0) {
        await handle.truncate(0); // the server sends everything again
        have = 0;
      }
      await writeBody(response, file, have, (bytes) => handle.writeFile(bytes));
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function writeBody(
  response: Response,
  { size, signal, onBytes }: Download,
  have: number,
  write: (bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  const reader = response.body?.getReader();
  if (!reader) throw new HttpFailure('the answer is empty');
  let received = have;
  try {
    for (;;) {
      const { done, value } = await nextPart(reader, signal);
      if (done || !value) break;
      received += value.length;
      if (received > size) throw new HttpFailure(`more than the ${size} bytes that were announced`, 0);
      await write(value);
      onBytes?.(received);
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
  if (received < size) throw new HttpFailure(`the connection ended after ${received} of ${size} bytes`);
}

type Part = { readonly done: boolean; readonly value?: Uint8Array | undefined };

async function nextPart(reader: { read(): Promise<Part> }, signal: AbortSignal | undefined): Promise<Part> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    const message = `the server sent nothing for ${SILENCE / 1000} s`;
    timer = setTimeout(() => reject(new HttpFailure(message)), SILENCE);
  });
  try {
    return await Promise.race([reader.read(), silence]);
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof HttpFailure) throw cause;
    throw new HttpFailure('the connection broke off', undefined, { cause });
  } finally {
    clearTimeout(timer);
  }
}

async function matches(path: string, { size, digest }: Download): Promise<boolean> {
  const hash = createHash('sha256' in digest ? 'sha256' : 'sha1');
  if ('gitSha1' in digest) hash.update(`blob ${size}\0`);
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex') === ('sha256' in digest ? digest.sha256 : digest.gitSha1);
}
