import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ArgumentError } from '../errors.ts';
import { type Prepared, prepareFile, writeAll } from './atomic.ts';
import { systemError } from './errors.ts';
import { INDEX_FILE, SINGLE_FILE } from './index-file.ts';
import {
  finish,
  type NamedTensors,
  type Part,
  partsOf,
  prepareSafetensors,
  type WriteOptions,
} from './write.ts';

export interface WriteShardedOptions extends WriteOptions {
  /** Data bytes per shard; a larger tensor gets a shard of its own. Default: 5 × 10⁹, as huggingface_hub. */
  readonly maxShardBytes?: number;
}

const OP = 'safetensors.write';
const SHARD = /^model-\d{5}-of-\d{5}\.safetensors$/;

/**
 * Writes tensors into a model folder: one `model.safetensors` if they fit, else `model-00001-of-0000N.safetensors` …
 * with `model.safetensors.index.json`, split as huggingface_hub does. The folder is made if it is absent.
 *
 * All files are complete and flushed before the first one gets its name; weights that were there before under
 * other names are removed last. On an error before that the folder is as it was.
 *
 * @throws the same as {@link writeSafetensors}, and ArgumentError for a bad `maxShardBytes`.
 */
export function writeShardedSafetensors(
  folder: string,
  tensors: NamedTensors,
  options: WriteShardedOptions = {},
): void {
  const { maxShardBytes = 5e9, metadata } = options;
  if (!(maxShardBytes > 0)) {
    throw new ArgumentError(OP, 'bad maxShardBytes', {
      expected: 'a number of bytes above 0',
      got: String(maxShardBytes),
    });
  }
  const shards = split(partsOf(tensors, join(folder, SINGLE_FILE)), maxShardBytes);
  makeFolder(folder);
  const names = shards.map((_, i) => shardName(i, shards.length));
  const prepared: Prepared[] = [];
  try {
    shards.forEach((shard, i) => {
      prepared.push(prepareSafetensors(join(folder, names[i] as string), shard, metadata));
    });
    if (shards.length > 1) prepared.push(prepareIndex(folder, shards, names));
    for (const file of prepared) file.commit();
  } catch (error) {
    for (const file of prepared) file.discard();
    throw error;
  }
  removeStale(folder, new Set(shards.length > 1 ? [...names, INDEX_FILE] : names));
  finish(folder);
}

/** Greedy and in the given order, as `split_state_dict_into_shards_factory` of huggingface_hub. */
export function split(parts: readonly Part[], maxBytes: number): Part[][] {
  const shards: Part[][] = [];
  let current: Part[] = [];
  let bytes = 0;
  for (const part of parts) {
    if (part.bytes > maxBytes) {
      shards.push([part]);
      continue;
    }
    if (bytes + part.bytes > maxBytes) {
      shards.push(current);
      current = [];
      bytes = 0;
    }
    current.push(part);
    bytes += part.bytes;
  }
  if (current.length > 0 || shards.length === 0) shards.push(current);
  return shards;
}

function shardName(index: number, count: number): string {
  if (count === 1) return SINGLE_FILE;
  const digits = (n: number) => String(n).padStart(5, '0');
  return `model-${digits(index + 1)}-of-${digits(count)}.safetensors`;
}

function prepareIndex(folder: string, shards: readonly Part[][], names: readonly string[]): Prepared {
  const places = shards.flatMap((shard, i) => shard.map((part) => [part.name, names[i] as string] as const));
  const total = shards.flat().reduce((sum, part) => sum + part.bytes, 0);
  const index = { metadata: { total_size: total }, weight_map: Object.fromEntries(places) };
  return prepareFile(join(folder, INDEX_FILE), (fd) => {
    writeAll(fd, new TextEncoder().encode(JSON.stringify(index, null, 2)));
  });
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw systemError(OP, folder, cause);
  }
}

/** Weights under other names would be loaded instead of, or beside, those just written. */
function removeStale(folder: string, written: ReadonlySet<string>): void {
  try {
    for (const name of readdirSync(folder)) {
      const weights = name === SINGLE_FILE || name === INDEX_FILE || SHARD.test(name);
      if (weights && !written.has(name)) rmSync(join(folder, name));
    }
  } catch (cause) {
    throw systemError(
      OP,
      folder,
      cause,
      'the new weights are written, but old ones beside them could not be removed',
    );
  }
}
