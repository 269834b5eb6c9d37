import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { SafetensorsError, systemError } from './errors.ts';
import { MAX_HEADER_BYTES } from './header.ts';
import { type Json, JsonProblem, parseJson, show } from './json.ts';

/** Names that Hugging Face libraries give to the weights of a model. */
export const SINGLE_FILE = 'model.safetensors';
export const INDEX_FILE = 'model.safetensors.index.json';

const OP = 'safetensors.open';

/** Which shard holds which tensor: tensor name → file name, as `weight_map` lists them. */
export type WeightMap = ReadonlyMap<string, string>;

/**
 * Reads `model.safetensors.index.json` and checks that every shard is a file beside it.
 *
 * @throws FileError if it cannot be read. @throws SafetensorsError if it is malformed or a shard is missing.
 */
export function readShardIndex(folder: string): WeightMap {
  const file = join(folder, INDEX_FILE);
  const map = parseShardIndex(readText(file), file);
  for (const [shard, tensor] of firstTensors(map)) {
    if (isFile(join(folder, shard))) continue;
    const message = `the shard ${show(shard)} is missing; download or copy it into the folder`;
    throw new SafetensorsError(OP, { file, tensor, message, expected: `a file ${show(shard)}`, got: 'none' });
  }
  return map;
}

/** Validates the text of an index. Throws SafetensorsError. */
export function parseShardIndex(text: string, file: string): WeightMap {
  const fail = (message: string, expected: string, got: string, tensor?: string, cause?: unknown): never => {
    throw new SafetensorsError(OP, { file, tensor, message, expected, got, cause });
  };
  let root: Json = null;
  try {
    root = parseJson(text);
  } catch (cause) {
    if (!(cause instanceof JsonProblem)) throw cause;
    fail(
      `not JSON: ${cause.message}`,
      'a JSON object without duplicate keys',
      show(text.slice(0, 40)),
      undefined,
      cause,
    );
  }
  const map = root instanceof Map ? root.get('weight_map') : undefined;
  if (!(map instanceof Map))
    return fail('no weight_map', 'an object with a weight_map object', show(map ?? root));
  const weights = new Map<string, string>();
  for (const [tensor, shard] of map) {
    if (typeof shard !== 'string' || !isPlainName(shard)) {
      return fail('bad shard name', 'the name of a file in the same folder', show(shard), tensor);
    }
    weights.set(tensor, shard);
  }
  return weights;
}

/** Only a name in the folder itself: an index must not reach other files of the machine. */
const isPlainName = (name: string): boolean =>
  name !== '' &&
  name !== '.' &&
  name !== '..' &&
  ![...'/\\:\0'].some((character) => name.includes(character));

function firstTensors(map: WeightMap): Map<string, string> {
  const first = new Map<string, string>();
  for (const [tensor, shard] of map) if (!first.has(shard)) first.set(shard, tensor);
  return first;
}

export function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function readText(file: string): string {
  let bytes: Uint8Array;
  try {
    const { size } = statSync(file);
    if (size > MAX_HEADER_BYTES) {
      const expected = `at most ${MAX_HEADER_BYTES} bytes`;
      throw new SafetensorsError(OP, {
        file,
        message: 'the index is too large',
        expected,
        got: `${size} bytes`,
      });
    }
    bytes = readFileSync(file);
  } catch (cause) {
    if (cause instanceof SafetensorsError) throw cause;
    throw systemError(OP, file, cause);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new SafetensorsError(OP, {
      file,
      message: 'the index is not UTF-8',
      expected: 'UTF-8',
      got: 'other bytes',
      cause,
    });
  }
}
