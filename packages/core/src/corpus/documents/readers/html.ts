import { Readability } from '@mozilla/readability';
import { decodeText } from '../decode.ts';
import type { DomDocument, DomElement } from '../html/dom.ts';
import { parsePage } from '../html/parse.ts';
import { toMarkdown } from '../html/toMarkdown.ts';
import { flattenMetadata, isoDate } from '../metadata.ts';
import type { RawDocument, ResolvedReadOptions, SourceFile } from '../types.ts';
import { wholeFile } from './wholeFile.ts';

/** Readability takes seconds beyond this. */
const MAX_ELEMENTS = 30_000;
/** Characters below which what Readability picked is rather a teaser than the page. */
const SHORT = 140;

/**
 * HTML: the main text as Readability finds it (or the whole body if it finds none), as Markdown, with the page's title,
 * author, site, language and date. Nothing in the page is executed or loaded.
 */
export async function* htmlReader(
  file: SourceFile,
  options: ResolvedReadOptions,
): AsyncGenerator<RawDocument> {
  const bytes = await wholeFile(file, options);
  const html = decodeText(bytes, declaredEncoding(bytes) ?? options.fallbackEncoding ?? 'windows-1252');
  yield readPage(html);
}

/** One page, synchronously. */
export function readPage(html: string): RawDocument {
  const document = parsePage(html);
  const title = document.querySelector('title')?.textContent?.trim();
  for (const element of document.querySelectorAll('body title, body head')) element.remove();
  const wholeBody = document.body.cloneNode(true) as DomElement;
  const article = mainText(document, wholeBody);
  return {
    format: 'markdown',
    text: toMarkdown(article?.content ?? wholeBody),
    title: title || article?.title || wholeBody.querySelector('h1')?.textContent?.trim(),
    timestamp: isoDate(article?.publishedTime),
    metadata: flattenMetadata({
      author: article?.byline || undefined,
      site: article?.siteName || undefined,
      language: article?.lang || document.documentElement.getAttribute('lang') || undefined,
    }),
  };
}

interface Article {
  readonly content?: DomElement | null | undefined;
  readonly title?: string | null | undefined;
  readonly byline?: string | null | undefined;
  readonly siteName?: string | null | undefined;
  readonly lang?: string | null | undefined;
  readonly publishedTime?: string | null | undefined;
}

/** Changes the document. */
function mainText(document: DomDocument, wholeBody: DomElement): Article | undefined {
  try {
    const reader = new Readability<DomElement>(document, {
      maxElemsToParse: MAX_ELEMENTS,
      keepClasses: true, // `language-js` on code
      serializer: (node) => node as DomElement,
    });
    const article = reader.parse();
    const length = article?.textContent?.trim().length ?? 0;
    const isMain = length >= SHORT || 2 * length >= (wholeBody.textContent?.trim().length ?? 0);
    return article && length > 0 && isMain ? article : undefined;
  } catch {
    return undefined;
  }
}

/** From `<meta charset>`, or its older form, among the first bytes. */
function declaredEncoding(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.subarray(0, 2048)).toString('latin1');
  const label = /<meta[^>]{0,200}charset\s*=\s*["']?([\w-]{2,40})/i.exec(head)?.[1];
  try {
    return label && new TextDecoder(label).encoding !== 'utf-8' ? label : undefined;
  } catch {
    return undefined;
  }
}
