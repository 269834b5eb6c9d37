import { join } from 'node:path';
import { scope } from '../memory/index.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { quote, SafetensorsError, systemError } from './errors.ts';
import { nearest, openSafetensors, type SafetensorsFile } from './file.ts';
import { INDEX_FILE, isFile, readShardIndex, SINGLE_FILE, type WeightMap } from './index-file.ts';
import type { ReadOptions, TensorInfo, TensorSource } from './types.ts';

/**
 * Opens the weights of a model folder: `model.safetensors` if there is one, else the shards that
 * `model.safetensors.index.json` lists. Each shard is opened when a tensor of it is first asked for.
 *
 * @throws FileError if the folder has neither. @throws SafetensorsError if the index is malformed or a shard is missing.
 */
export function openShardedSafetensors(folder: string): TensorSource {
  const single = join(folder, SINGLE_FILE);
  if (isFile(single)) return openSafetensors(single);
  const index = join(folder, INDEX_FILE);
  if (isFile(index)) return new ShardedSafetensors(folder, readShardIndex(folder));
  throw systemError(
    'safetensors.open',
    folder,
    `there is neither ${SINGLE_FILE} nor ${INDEX_FILE} in this folder`,
  );
}

/** Shards behind one interface; made by {@link openShardedSafetensors}. */
export class ShardedSafetensors implements TensorSource {
  readonly folder: string;
  readonly names: readonly string[];
  readonly #weights: WeightMap;
  readonly #open = new Map<string, SafetensorsFile>();
  #closed = false;

  /** @internal */
  constructor(folder: string, weights: WeightMap) {
    this.folder = folder;
    this.#weights = weights;
    this.names = Object.freeze([...weights.keys()]);
  }

  /** Of all shards together; where they differ, the first shard's. Opens every shard. */
  get metadata(): Readonly<Record<string, string>> {
    const shards = [...new Set(this.#weights.values())].map((shard) => this.#shard(shard));
    const entries = shards.reverse().flatMap((shard) => Object.entries(shard.metadata));
    return Object.freeze(Object.fromEntries(entries));
  }

  has(name: string): boolean {
    return this.#weights.has(name);
  }

  info(name: string): TensorInfo {
    return this.#of(name).info(name);
  }

  tensor(name: string, options: ReadOptions = {}): Tensor {
    return this.#of(name).tensor(name, options);
  }

  tensors(names: Iterable<string> = this.names, options: ReadOptions = {}): Map<string, Tensor> {
    return scope(() => {
      const read = new Map<string, Tensor>();
      for (const name of names) read.set(name, this.tensor(name, options));
      return read;
    });
  }

  bytes(name: string): Tensor {
    return this.#of(name).bytes(name);
  }

  rows(name: string, start: number, end: number, options: ReadOptions = {}): Tensor {
    return this.#of(name).rows(name, start, end, options);
  }

  close(): void {
    this.#closed = true;
    for (const shard of this.#open.values()) shard.close();
    this.#open.clear();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #of(name: string): SafetensorsFile {
    const shard = this.#weights.get(name);
    if (shard !== undefined) return this.#shard(shard);
    throw new SafetensorsError('safetensors.read', {
      file: join(this.folder, INDEX_FILE),
      tensor: String(name),
      message: 'no tensor of this name in the shard index',
      expected: nearest(this.names),
      got: quote(String(name)),
    });
  }

  #shard(shard: string): SafetensorsFile {
    const open = this.#open.get(shard);
    if (open) return open;
    const path = join(this.folder, shard);
    if (this.#closed) {
      const message = 'the shards were closed; read before close()';
      throw new SafetensorsError('safetensors.read', {
        file: path,
        message,
        expected: 'open shards',
        got: 'closed ones',
      });
    }
    const file = openSafetensors(path);
    try {
      this.#check(file, shard);
    } catch (error) {
      file.close();
      throw error;
    }
    this.#open.set(shard, file);
    return file;
  }

  /** Every tensor that the index places in this shard must be there. */
  #check(file: SafetensorsFile, shard: string): void {
    for (const [tensor, place] of this.#weights) {
      if (place !== shard || file.has(tensor)) continue;
      throw new SafetensorsError('safetensors.open', {
        file: file.path,
        tensor,
        message:
          'the shard index places this tensor here, but the shard lacks it; the files do not belong together',
        expected: nearest([tensor]),
        got: nearest(file.names),
      });
    }
  }
}
