// MB/s of splitting one text of 32 MB, on one core: places only, and whole chunks with their ids.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSplitter, splitDocument } from '@ragwright/core/corpus';
import { median, report } from '../shared/measure.mjs';

const [, , scratch] = process.argv;
const REPEATS = 5;
const bytes = readFileSync(join(scratch, 'text.txt'));
const document = {
  id: 'text',
  text: bytes.toString(),
  source: 'text.txt',
  format: 'text',
  contentHash: '',
  metadata: {},
};

async function speed(run) {
  const seconds = [];
  for (let i = 0; i < REPEATS; i++) {
    const start = performance.now();
    await run();
    seconds.push((performance.now() - start) / 1e3);
  }
  return bytes.length / 1e6 / median(seconds);
}

const places = (config) => {
  const splitter = createSplitter(config);
  return speed(() => splitter.split(document));
};
const characters = { kind: 'recursive', unit: 'characters', size: 1000 };
const tokens = { kind: 'recursive', size: 256 };

report({
  characters: await places(characters),
  overlap: await places({ ...characters, overlap: 100 }),
  estimate: await places(tokens),
  estimateOverlap: await places({ ...tokens, overlap: 32 }),
  chunks: await speed(() => splitDocument(document, createSplitter(tokens))),
  markdown: await places({ ...tokens, kind: 'markdown' }),
  code: await places({ ...tokens, kind: 'code' }),
  sentence: await places({ ...tokens, kind: 'sentence' }),
});
