import { flattenMetadata, toScalar } from '../metadata.ts';
import type { RawDocument, ResolvedReadOptions, RowProblem, SourceFile } from '../types.ts';
import { readObjects } from './jsonLines.ts';
import type { Row } from './rows.ts';

/**
 * `corpus.jsonl` of a BEIR folder: `_id`, `title`, `text`, and the rest (a nested `metadata` flattened) as metadata.
 * A row without text but with a title is its title.
 */
export async function* beirReader(
  file: SourceFile,
  options: ResolvedReadOptions,
): AsyncGenerator<RawDocument | RowProblem> {
  for await (const parsed of readObjects(file, options)) {
    yield 'reason' in parsed ? parsed : toDocument(parsed.value, parsed.row);
  }
}

function toDocument(value: Row, row: number): RawDocument | RowProblem {
  const { _id, title, text, metadata, ...others } = value;
  const id = toScalar(_id);
  if (id === undefined || id === '') return { row, reason: 'no "_id", which every row of a BEIR corpus has' };
  if (typeof text !== 'string') return { row, reason: 'no "text", which every row of a BEIR corpus has' };
  const heading = typeof title === 'string' ? title : '';
  const nested = typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata);
  return {
    format: 'text',
    row,
    id: String(id),
    text: text.trim() === '' ? heading : text,
    title: heading,
    metadata: flattenMetadata({ ...others, ...(nested ? metadata : { metadata }) }),
  };
}
