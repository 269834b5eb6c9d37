import { parentPort } from 'node:worker_threads';
import type { RawDocument, Reader, RowProblem } from '../types.ts';
import { reasonOf } from '../unreadable.ts';
import type { IsolatedReader, ReaderAnswer, ReaderRequest } from './messages.ts';

/* A thread that reads files one at a time, a batch of documents for each request. Started by readerThread.ts. */

const MAX_ITEMS = 256;
const MAX_CHARACTERS = 1 << 20;

const readers: Readonly<Record<IsolatedReader, () => Promise<Reader>>> = {
  html: async () => (await import('../readers/html.ts')).htmlReader,
  pdf: async () => (await import('../readers/pdf.ts')).pdfReader,
  docx: async () => (await import('../readers/docx.ts')).docxReader,
  parquet: async () => (await import('../readers/parquet.ts')).parquetReader,
};

let found: AsyncIterator<RawDocument | RowProblem> | undefined;

parentPort?.on('message', async (request: ReaderRequest) => {
  if (request.type === 'next') return parentPort?.postMessage(await nextBatch());
  const reader = await readers[request.reader]();
  found = reader(request.file, request.options)[Symbol.asyncIterator]();
  parentPort?.postMessage({ type: 'opened' } satisfies ReaderAnswer);
});

async function nextBatch(): Promise<ReaderAnswer> {
  const items: (RawDocument | RowProblem)[] = [];
  let characters = 0;
  try {
    while (items.length < MAX_ITEMS && characters < MAX_CHARACTERS) {
      const next = await found?.next();
      if (next === undefined || next.done) return { type: 'batch', items, isLast: true };
      items.push(next.value);
      if ('text' in next.value) characters += next.value.text.length;
    }
    return { type: 'batch', items, isLast: false };
  } catch (error) {
    return { type: 'batch', items, isLast: true, reason: reasonOf(error) };
  }
}
