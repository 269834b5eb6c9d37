import { decodeText } from '../decode.ts';
import type { RawDocument, ResolvedReadOptions, SourceFile } from '../types.ts';
import { wholeFile } from './wholeFile.ts';

/** Plain text: one document without title. */
export async function* textReader(
  file: SourceFile,
  options: ResolvedReadOptions,
): AsyncGenerator<RawDocument> {
  yield { format: 'text', text: decodeText(await wholeFile(file, options), options.fallbackEncoding) };
}
