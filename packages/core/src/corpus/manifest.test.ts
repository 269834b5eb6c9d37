import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DataError } from '../base/errors.ts';
import { readDocuments } from './documents/index.ts';
import { folderOf } from './documents/testFolder.fixture.ts';
import { diffDocuments, type Manifest, readManifest, writeManifest } from './manifest.ts';

/** Changes since the manifest, and the manifest that follows. */
async function ingest(folder: string, previous?: Manifest, fingerprint = 'f', options = {}) {
  const changes: string[] = [];
  const entries = new Map();
  for await (const change of diffDocuments(readDocuments(folder, options), previous, fingerprint)) {
    changes.push(`${change.type} ${'entry' in change ? change.entry.source : change.source}`);
    if ('entry' in change && change.type !== 'removed') entries.set(change.entry.id, change.entry);
  }
  return { changes, manifest: { fingerprint, entries } };
}

describe('what changed since the last ingest', () => {
  test('added, changed, unchanged, removed', async () => {
    const folder = folderOf({
      'a.md': 'a',
      'b.md': 'b',
      'c.md': 'c',
      't.jsonl': '{"text":"1"}\n{"text":"2"}',
    });
    const first = await ingest(folder);
    expect(first.changes).toEqual([
      'added a.md',
      'added b.md',
      'added c.md',
      'added t.jsonl#1',
      'added t.jsonl#2',
    ]);
    const second = await ingest(
      folderOf({ 'a.md': 'a', 'b.md': 'B', 'd.md': 'd', 't.jsonl': '{"text":"1"}' }),
      first.manifest,
    );
    expect(second.changes).toEqual([
      'unchanged a.md',
      'changed b.md',
      'added d.md',
      'unchanged t.jsonl#1',
      'removed c.md',
      'removed t.jsonl#2',
    ]);
  });

  test('another splitter changes all; another domain changes what has it', async () => {
    const folder = folderOf({ 'a.md': 'a', 'b.md': '---\ndomain: own\n---\nb' });
    const { manifest } = await ingest(folder);
    expect((await ingest(folder, manifest, 'g')).changes).toEqual(['changed a.md', 'changed b.md']);
    expect((await ingest(folder, manifest, 'f', { domain: 'sea' })).changes).toEqual([
      'changed a.md',
      'unchanged b.md',
    ]);
  });

  test('what cannot be read this time is kept', async () => {
    const { manifest } = await ingest(
      folderOf({ 'a.md': 'a', 's/b.csv': 'text\n1\n2\n', 's/b.csv2.md': 'x' }),
    );
    const { changes } = await ingest(folderOf({ 'a.md': '', 's/b.csv': 'text\n1\n"2\n' }), manifest);
    expect(changes).toEqual([
      'unreadable a.md',
      'unchanged s/b.csv#2',
      'unreadable s/b.csv',
      'kept a.md',
      'kept s/b.csv#3',
      'removed s/b.csv2.md',
    ]);
    const gone = await ingest('no/such/folder', manifest);
    expect(gone.changes[0]).toBe('unreadable .');
    expect(gone.changes.slice(1).every((change) => change.startsWith('kept'))).toBe(true);
    expect(gone.manifest.entries.size).toBe(manifest.entries.size);
  });

  test('a manifest is written and read', async () => {
    const folder = folderOf({ 'a.md': 'a', 'b.md': 'b' });
    const { manifest } = await ingest(folder);
    const file = join(folder, 'out/manifest.jsonl');
    await writeManifest(file, { fingerprint: 'f', entries: manifest.entries.values() });
    expect(await readManifest(file)).toEqual(manifest);
  });

  test('a damaged manifest is told', async () => {
    const file = join(folderOf({}), 'm.jsonl');
    for (const content of [
      '',
      '{}\n',
      '{"version":2,"fingerprint":"f"}\n',
      '{"version":1,"fingerprint":"f"}\n{"id":1}\n',
    ]) {
      writeFileSync(file, content);
      await expect(readManifest(file)).rejects.toThrow(DataError);
    }
  });
});
