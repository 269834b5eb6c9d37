import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { readDocuments } from './readDocuments.ts';
import type { Document, ReadOptions, ReadResult } from './types.ts';

/** A folder with these files, which goes with the test. */
export function folderOf(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'ragwright-documents-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

export const fixture = (name: string): string => new URL(`fixtures/${name}`, import.meta.url).pathname;

export async function readAll(
  paths: string | readonly string[],
  options?: ReadOptions,
): Promise<ReadResult[]> {
  const results: ReadResult[] = [];
  for await (const result of readDocuments(paths, options)) results.push(result);
  return results;
}

/** The documents of all files; nothing may be unreadable. */
export async function documentsOf(
  paths: string | readonly string[],
  options?: ReadOptions,
): Promise<Document[]> {
  return (await readAll(paths, options)).map((result) => {
    if (result.type !== 'document') throw new Error(`${result.source}: ${result.reason}`);
    return result.document;
  });
}

/** `source: reason` of what could not be read or was passed over. */
export const reasonsOf = (results: readonly ReadResult[]): string[] =>
  results.flatMap((result) => (result.type === 'document' ? [] : [`${result.source}: ${result.reason}`]));

export const sourcesOf = (results: readonly ReadResult[]): string[] =>
  results.flatMap((result) => (result.type === 'document' ? [result.document.source] : []));
