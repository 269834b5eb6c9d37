import { decodeText } from '../decode.ts';
import { flattenMetadata, isoDate, toScalar, toTags } from '../metadata.ts';
import type { RawDocument, ResolvedReadOptions, SourceFile } from '../types.ts';
import { splitFrontMatter } from './frontMatter.ts';
import { wholeFile } from './wholeFile.ts';

/**
 * Markdown: one document. Front matter gives title, `date` or `timestamp`, `domain` and `boostTags`; its other keys
 * become metadata, and it is not part of the text. Without a title there the first heading of level 1 is taken.
 */
export async function* markdownReader(
  file: SourceFile,
  options: ResolvedReadOptions,
): AsyncGenerator<RawDocument> {
  const whole = decodeText(await wholeFile(file, options), options.fallbackEncoding).replaceAll('\r\n', '\n');
  const { frontMatter, text } = splitFrontMatter(whole);
  const { title, date, timestamp, domain, boostTags, ...others } = frontMatter;
  yield {
    format: 'markdown',
    text,
    title: toText(title) ?? firstHeading(text),
    timestamp: isoDate(timestamp) ?? isoDate(date),
    domain: toText(domain),
    boostTags: toTags(boostTags),
    metadata: flattenMetadata(others),
  };
}

const toText = (value: unknown): string | undefined => {
  const scalar = toScalar(value);
  return scalar === undefined || scalar === '' ? undefined : String(scalar);
};

/** The first `# Heading` among the first lines, passing over fenced code. */
function firstHeading(text: string): string | undefined {
  let fenced = false;
  for (const line of text.slice(0, 20_000).split('\n')) {
    if (/^ {0,3}(```|~~~)/.test(line)) fenced = !fenced;
    const heading = fenced ? null : /^ {0,3}#[ \t]+(.*)$/.exec(line.trimEnd());
    if (heading) return withoutClosing((heading[1] as string).trim()) || undefined;
  }
  return undefined;
}

/** `Title ##` → `Title` */
function withoutClosing(title: string): string {
  let end = title.length;
  while (end > 0 && title[end - 1] === '#') end--;
  return end === 0 || title[end - 1] === ' ' ? title.slice(0, end).trim() : title;
}
