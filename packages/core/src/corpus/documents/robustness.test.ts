import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { SeededRandom } from '../../base/rng.ts';
import { fixture, folderOf, readAll } from './testFolder.fixture.ts';

const ROUNDS = 150;

/** A copy with bytes changed, a stretch taken out, or the end cut off. */
function damaged(bytes: Buffer, random: SeededRandom): Buffer {
  const copy = Buffer.from(bytes);
  const at = random.below(copy.length);
  if (random.below(5) === 0) return copy.subarray(0, at);
  if (random.below(5) === 0)
    return Buffer.concat([copy.subarray(0, at), copy.subarray(at + random.below(40))]);
  for (let i = random.below(8); i >= 0; i--) copy[random.below(copy.length)] = random.below(256);
  return copy;
}

for (const name of [
  'report.pdf',
  'letter.docx',
  'table.parquet',
  'plain.parquet',
  'article.html',
  'table.csv',
  'beir/corpus.jsonl',
]) {
  test(`${ROUNDS} damaged copies of ${name} are documents or reasons, never a crash`, async () => {
    const random = new SeededRandom(7);
    const bytes = readFileSync(fixture(name));
    const extension = name.slice(name.lastIndexOf('.'));
    const files = Array.from(
      { length: ROUNDS },
      (_, i) => [`${i}${extension}`, damaged(bytes, random)] as const,
    );
    const results = await readAll(folderOf(Object.fromEntries(files)), {
      timeout: 2000,
      columns: { id: 'missing' },
    });
    const again = await readAll(folderOf(Object.fromEntries(files)), { timeout: 2000 });
    for (const result of [...results, ...again]) {
      if (result.type === 'document') expect(result.document.text.trim()).not.toBe('');
      else expect(result.reason).not.toBe('');
    }
    const sources = again.map(
      (result) => ('document' in result ? result.document.source : result.source).split('#')[0],
    );
    // A table may have lost all its rows.
    expect(new Set(sources).size).toBeGreaterThanOrEqual(ROUNDS - 10);
  });
}
