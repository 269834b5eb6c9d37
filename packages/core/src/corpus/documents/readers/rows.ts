import { flattenMetadata, isoDate, toScalar, toTags } from '../metadata.ts';
import type { ColumnNames, RawDocument, RowProblem } from '../types.ts';
import { UnreadableError } from '../unreadable.ts';

/** A row of any table, by names. */
export type Row = Readonly<Record<string, unknown>>;

/** Which names of a table hold what, settled from its names and the options. */
export interface RowPlan {
  readonly text: readonly string[];
  readonly title?: string | undefined;
  readonly id?: string | undefined;
  /** The id was not named by the user: it may be taken in another file, so it only counts within this one. */
  readonly isIdScoped: boolean;
  readonly timestamp?: string | undefined;
  readonly domain?: string | undefined;
  readonly boostTags?: string | undefined;
  /** Undefined: all that is not used otherwise. */
  readonly metadata?: readonly string[] | undefined;
}

/** The names as given, and for those not given the usual ones. */
export function planRows(columns: ColumnNames, names: readonly string[]): RowPlan {
  const firstOf = (...usual: string[]): string | undefined => usual.find((name) => names.includes(name));
  const text = columns.text ?? firstOf('text', 'content') ?? 'text';
  return {
    text: typeof text === 'string' ? [text] : text,
    title: columns.title ?? firstOf('title'),
    id: columns.id ?? firstOf('_id', 'id'),
    isIdScoped: columns.id === undefined && !names.includes('_id'),
    timestamp: columns.timestamp,
    domain: columns.domain,
    boostTags: columns.boostTags,
    metadata: columns.metadata,
  };
}

/** All names that a plan needs. */
export const plannedNames = (plan: RowPlan): string[] =>
  [
    ...plan.text,
    plan.title,
    plan.id,
    plan.timestamp,
    plan.domain,
    plan.boostTags,
    ...(plan.metadata ?? []),
  ].filter((name) => name !== undefined);

/**
 * For tables whose columns are known beforehand.
 *
 * @throws UnreadableError that lists what is missing and what there is
 */
export function checkColumns(plan: RowPlan, names: readonly string[]): void {
  const missing = plannedNames(plan).filter((name) => !names.includes(name));
  if (missing.length > 0) throw new UnreadableError(missingReason('column', missing, names));
}

export function missingReason(noun: string, missing: readonly string[], names: readonly string[]): string {
  const quoted = (list: readonly string[]): string => list.map((name) => JSON.stringify(name)).join(', ');
  const shown = names.length > 30 ? `${quoted(names.slice(0, 30))} …` : quoted(names);
  return `no ${noun} ${quoted(missing)}; there is ${shown || 'none'} (name them with the option columns)`;
}

/** One row as a document. */
export function rowToDocument(row: Row, plan: RowPlan, number: number): RawDocument | RowProblem {
  const problem = (reason: string): RowProblem => ({ row: number, reason });
  const texts = plan.text.map((name) => asText(valueAt(row, name)));
  const absent = plan.text.filter((_, i) => texts[i] === undefined);
  if (absent.length === texts.length) return problem(missingReason('text in', absent, Object.keys(row)));
  const id = plan.id === undefined ? undefined : asText(valueAt(row, plan.id));
  if (plan.id !== undefined && (id === undefined || id === '')) return problem(`no id in "${plan.id}"`);
  const field = (name: string | undefined): unknown => (name === undefined ? undefined : valueAt(row, name));
  const timestamp = field(plan.timestamp);
  const isoTimestamp = isoDate(timestamp);
  if (isoTimestamp === undefined && timestamp !== undefined && timestamp !== null && timestamp !== '')
    return problem(`no date in "${plan.timestamp}": ${String(asText(timestamp)).slice(0, 60)}`);
  return {
    format: 'text',
    row: number,
    text: texts.filter((text) => text !== undefined && text !== '').join('\n\n'),
    id,
    isIdScoped: plan.isIdScoped,
    title: asText(field(plan.title)),
    timestamp: isoTimestamp,
    domain: asText(field(plan.domain)) || undefined,
    boostTags: toTags(field(plan.boostTags)),
    metadata: flattenMetadata(metadataOf(row, plan)),
  };
}

function metadataOf(row: Row, plan: RowPlan): Row {
  if (plan.metadata !== undefined)
    return Object.fromEntries(plan.metadata.map((name) => [name, valueAt(row, name)]));
  const used = new Set(plannedNames(plan));
  if (plan.isIdScoped && plan.id !== undefined) used.delete(plan.id);
  return Object.fromEntries(Object.entries(row).filter(([name]) => !used.has(name)));
}

/** The value of a name as it stands, else along its dots. */
export function valueAt(row: Row, name: string): unknown {
  if (Object.hasOwn(row, name)) return row[name];
  let at: unknown = row;
  for (const key of name.split('.')) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Row)[key];
  }
  return at;
}

const asText = (value: unknown): string | undefined => {
  const scalar = toScalar(value);
  return scalar === undefined ? undefined : String(scalar);
};
