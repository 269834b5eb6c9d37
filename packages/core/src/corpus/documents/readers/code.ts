import { basename } from 'node:path';
import { decodeText } from '../decode.ts';
import { languageOf } from '../formats.ts';
import type { RawDocument, ResolvedReadOptions, SourceFile } from '../types.ts';
import { wholeFile } from './wholeFile.ts';

/** Source code: one document, titled with the file's name. */
export async function* codeReader(
  file: SourceFile,
  options: ResolvedReadOptions,
): AsyncGenerator<RawDocument> {
  const text = decodeText(await wholeFile(file, options), options.fallbackEncoding);
  yield { format: 'code', text, title: basename(file.path), language: languageOf(file.path) };
}
