import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { storeContract } from '../contract.fixture.ts';
import { lanceStore } from './index.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ragwright-lance-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

storeContract('lancedb', {
  open: (place, options) => lanceStore(join(folder, place), options),
  persistent: true,
});
