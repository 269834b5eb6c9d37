import mammoth from 'mammoth';
import { parsePage } from '../html/parse.ts';
import { toMarkdown } from '../html/toMarkdown.ts';
import type { RawDocument, ResolvedReadOptions, SourceFile } from '../types.ts';
import { UnreadableError } from '../unreadable.ts';
import { wholeFile } from './wholeFile.ts';
import { checkZip } from './zip.ts';

/** A novel is 2 MB of XML. */
const MAX_UNPACKED_BYTES = 256 * 1024 * 1024;

/** DOCX: headings, lists, tables and emphasis as Markdown, pictures left out; the first heading is the title. */
export async function* docxReader(
  file: SourceFile,
  options: ResolvedReadOptions,
): AsyncGenerator<RawDocument> {
  const buffer = Buffer.from(await wholeFile(file, options));
  checkZip(buffer, MAX_UNPACKED_BYTES);
  const { value: html } = await convert(buffer);
  if (html === '') throw new UnreadableError('no text');
  const { body } = parsePage(`<html><body>${html}</body></html>`);
  yield {
    format: 'markdown',
    text: toMarkdown(body),
    title: body.querySelector('h1')?.textContent?.trim(),
  };
}

const convert = (buffer: Buffer): Promise<{ value: string }> =>
  mammoth.convertToHtml(
    { buffer },
    {
      styleMap: ["p[style-name='Title'] => h1:fresh"],
      convertImage: mammoth.images.imgElement(async () => ({ src: '' })),
      externalFileAccess: false,
    },
  );
