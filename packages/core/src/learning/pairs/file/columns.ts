import { DataError } from '../../../base/errors.ts';

/** Which column of a pairs file holds what. Columns are found by name, never by their place. */
export interface PairColumns {
  /** Default `query` or `anchor`. */
  readonly query?: string;
  /** Default `positive`, or `document` in rows with a label or score. */
  readonly positive?: string;
  /** Default `negative`, `negative_1`, `negative_2` …, or the list `negatives`. */
  readonly negatives?: string | readonly string[];
  /** A number or a list of numbers; default `label`, `labels`, `score` or `scores`. */
  readonly scores?: string;
  /** A text or a number; default `group`, since what is called `label` is a score. */
  readonly label?: string;
  /** Defaults `query_id`, `positive_id`, `negative_ids`. */
  readonly queryId?: string;
  readonly positiveId?: string;
  readonly negativeIds?: string;
  /** Columns to leave out. Any other column is an error, so that none is left out by mistake. */
  readonly ignore?: readonly string[];
}

/** The columns of one file, found by its first row. */
export interface ResolvedColumns {
  readonly query: string;
  readonly positive: string;
  /** In their order; `list` if one column holds all of a row's. */
  readonly negatives: readonly string[];
  readonly negativesAreList: boolean;
  /** `documents`: positive and negatives of a row in one list, the positive first. */
  readonly documentsAreList: boolean;
  readonly scores?: string;
  readonly label?: string;
  readonly queryId?: string;
  readonly positiveId?: string;
  readonly negativeIds?: string;
}

const knownColumns =
  'query or anchor, positive, negative or negative_1 … or negatives, label, labels, score or scores, group, query_id, positive_id, negative_ids';

/**
 * Finds the columns in a row.
 *
 * @throws DataError that names a column that is missing, stands twice, or is not known
 */
export function resolveColumns(
  file: string,
  line: number,
  names: readonly string[],
  mapping: PairColumns = {},
): ResolvedColumns {
  const wrong = (field: string, expected: string, got: string, hint?: string) =>
    new DataError({ file, line, field, expected, got, ...(hint === undefined ? {} : { hint }) });
  const among = names.filter((name) => !mapping.ignore?.includes(name));
  const found = (
    role: string,
    wanted: string | undefined,
    defaults: readonly string[],
  ): string | undefined => {
    if (wanted !== undefined && !among.includes(wanted))
      throw wrong(role, `the column ${JSON.stringify(wanted)}`, among.join(', '));
    const present = wanted === undefined ? defaults.filter((name) => among.includes(name)) : [wanted];
    if (present.length > 1)
      throw wrong(role, 'one column', present.join(' and '), 'say which in the mapping');
    return present[0];
  };
  const required = (role: string, column: string | undefined, expected: string): string => {
    if (column === undefined) throw wrong(role, expected, among.join(', '), 'or name it in the mapping');
    return column;
  };
  const query = required(
    'query',
    found('query', mapping.query, ['query', 'anchor']),
    'a column query or anchor',
  );
  const scores = found(
    'scores',
    mapping.scores,
    ['label', 'labels', 'score', 'scores'].filter((name) => name !== mapping.label),
  );
  const positive = required(
    'positive',
    found('positive', mapping.positive, ['positive', ...(scores ? ['document', 'documents'] : [])]),
    'a column positive',
  );
  const optional = {
    scores,
    label: found('label', mapping.label, ['group']),
    queryId: found('queryId', mapping.queryId, ['query_id']),
    positiveId: found('positiveId', mapping.positiveId, ['positive_id']),
    negativeIds: found('negativeIds', mapping.negativeIds, ['negative_ids']),
  };
  const negatives = negativeColumns(among, mapping, found);
  const used = new Set([query, positive, ...negatives.columns, ...Object.values(optional)]);
  const unknown = among.filter((name) => !used.has(name));
  if (unknown.length > 0) {
    const hint = `map it, or ignore it: ignore: ${JSON.stringify(unknown)}`;
    throw wrong(unknown[0] as string, knownColumns, `the column ${JSON.stringify(unknown[0])}`, hint);
  }
  const given = Object.fromEntries(Object.entries(optional).filter(([, column]) => column !== undefined));
  return {
    query,
    positive,
    negatives: negatives.columns,
    negativesAreList: negatives.areList,
    documentsAreList: positive === 'documents' && mapping.positive === undefined,
    ...given,
  };
}

function negativeColumns(
  names: readonly string[],
  { negatives }: PairColumns,
  found: (role: string, wanted: string | undefined, defaults: readonly string[]) => string | undefined,
): { readonly columns: readonly string[]; readonly areList: boolean } {
  if (typeof negatives === 'object') {
    return { columns: negatives.map((name) => found('negatives', name, []) as string), areList: false };
  }
  const numbered = names
    .filter((name) => /^negative_\d+$/.test(name))
    .sort((a, b) => Number(a.slice(9)) - Number(b.slice(9)));
  const defaults = ['negative', 'negatives', ...numbered.slice(0, 1)];
  const column = found('negatives', negatives, defaults);
  if (column === undefined) return { columns: [], areList: false };
  if (column === numbered[0]) return { columns: numbered, areList: false };
  // A column that the mapping names may hold a text or a list: what it holds decides, row by row.
  return { columns: [column], areList: column !== 'negative' };
}
