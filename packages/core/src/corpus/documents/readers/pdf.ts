import { getDocumentProxy } from 'unpdf';
import { flattenMetadata, isoDate } from '../metadata.ts';
import type { RawDocument, ResolvedReadOptions, SourceFile } from '../types.ts';
import { UnreadableError } from '../unreadable.ts';
import { wholeFile } from './wholeFile.ts';

type Pdf = Awaited<ReturnType<typeof getDocumentProxy>>;

/** Between the pages, so that a splitter breaks there first. */
const PAGE_BREAK = '\n\n';

/**
 * PDF: the text of all pages, an empty line between them. Metadata: `pages` (how many) and `pageStarts` (the offset in
 * the text at which each page begins; splitters turn it into the `page` of a chunk); author, subject and keywords.
 */
export async function* pdfReader(
  file: SourceFile,
  options: ResolvedReadOptions,
): AsyncGenerator<RawDocument> {
  const bytes = new Uint8Array(await wholeFile(file, options));
  const pdf = await getDocumentProxy(bytes, { verbosity: 0, isEvalSupported: false });
  try {
    yield await readPages(pdf);
  } finally {
    await pdf.loadingTask.destroy();
  }
}

async function readPages(pdf: Pdf): Promise<RawDocument> {
  const starts: number[] = [];
  let text = '';
  for (let number = 1; number <= pdf.numPages; number++) {
    const page = await pdf.getPage(number);
    const { items } = await page.getTextContent();
    if (number > 1) text += PAGE_BREAK;
    starts.push(text.length);
    text += items
      .map((item) => ('str' in item ? clean(item.str) + (item.hasEOL ? '\n' : '') : ''))
      .join('')
      .trim();
    page.cleanup();
  }
  if (text.trim() === '')
    throw new UnreadableError(`no text on ${pdf.numPages} pages; scanned pages need OCR first`);
  const about = await readAbout(pdf);
  return {
    format: 'text',
    text,
    title: about['Title'],
    timestamp: isoDate(pdfDate(about['ModDate'] ?? about['CreationDate'])),
    metadata: {
      ...flattenMetadata({
        author: about['Author'] || undefined,
        subject: about['Subject'] || undefined,
        keywords: about['Keywords'] || undefined,
      }),
      pages: pdf.numPages,
      pageStarts: starts.map(String),
    },
  };
}

/** What makeDocument would take out later, which would shift the offsets. */
const clean = (text: string): string => text.replace(/[\0\r\f]/g, '');

async function readAbout(pdf: Pdf): Promise<Readonly<Record<string, string | undefined>>> {
  const { info } = await pdf.getMetadata().catch(() => ({ info: {} }));
  const entries = Object.entries(info).filter(([, value]) => typeof value === 'string');
  return Object.fromEntries(entries.map(([key, value]) => [key, (value as string).trim()]));
}

/** `D:20240131120000+01'00'` → ISO 8601. */
function pdfDate(date: string | undefined): string | undefined {
  const parts = /^(?:D:)?(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(?:([+-])(\d\d)'?(\d\d)?|Z)?/.exec(
    date ?? '',
  );
  if (parts === null) return undefined;
  const [, year, month = '01', day = '01', hour = '00', minute = '00', second = '00', sign, h, m = '00'] =
    parts;
  return `${year}-${month}-${day}T${hour}:${minute}:${second}${sign === undefined ? 'Z' : `${sign}${h}:${m}`}`;
}
