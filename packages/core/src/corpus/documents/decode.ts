import { createReadStream } from 'node:fs';
import { UnreadableError } from './unreadable.ts';

/**
 * Bytes of a text file as a string without byte order mark: UTF-8, UTF-16 if it is marked as such, else the
 * fallback.
 *
 * @throws UnreadableError if the bytes are none of these
 */
export function decodeText(bytes: Uint8Array, fallbackEncoding?: string): string {
  const utf16 = markedUtf16(bytes);
  if (utf16 !== undefined) return new TextDecoder(utf16).decode(bytes);
  if (bytes.subarray(0, 8192).includes(0)) throw new UnreadableError('binary, not text');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    if (fallbackEncoding !== undefined) return new TextDecoder(fallbackEncoding).decode(bytes);
    throw notUtf8();
  }
}

/**
 * The same for a file too large to hold: pieces of its text, in order. With a fallback the file is read twice,
 * first to see whether it is UTF-8.
 */
export async function* decodeFile(path: string, fallbackEncoding?: string): AsyncGenerator<string> {
  let encoding: string | undefined;
  for await (const bytes of createReadStream(path, { end: 8191 })) {
    encoding = markedUtf16(bytes as Uint8Array);
    if (encoding === undefined && (bytes as Uint8Array).includes(0))
      throw new UnreadableError('binary, not text');
    break;
  }
  if (encoding === undefined && fallbackEncoding !== undefined && !(await isUtf8(path)))
    encoding = fallbackEncoding;
  yield* decodeAs(path, encoding ?? 'utf-8', encoding === undefined);
}

async function* decodeAs(path: string, encoding: string, fatal: boolean): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { fatal });
  try {
    for await (const bytes of createReadStream(path, { highWaterMark: 1 << 18 })) {
      yield decoder.decode(bytes as Uint8Array, { stream: true });
    }
    yield decoder.decode();
  } catch (error) {
    throw error instanceof TypeError ? notUtf8() : error;
  }
}

async function isUtf8(path: string): Promise<boolean> {
  try {
    for await (const _ of decodeAs(path, 'utf-8', true));
    return true;
  } catch (error) {
    if (error instanceof UnreadableError) return false;
    throw error;
  }
}

function markedUtf16(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  return undefined;
}

export const notUtf8 = (): UnreadableError =>
  new UnreadableError(
    'not UTF-8; name its encoding with the option fallbackEncoding (windows-1252, shift_jis …)',
  );
