import type { core, ZodType } from 'zod';
import { ConfigError, type ConfigProblem } from './errors.ts';

/**
 * Checks an options object or a part of a config against a zod schema and fills in its defaults.
 *
 * @param where file or object, as the error names it: `ragwright.config.ts`, `embedder settings`
 * @throws ConfigError that lists everything that is wrong, each with its path
 */
export function parseSettings<S extends ZodType>(schema: S, value: unknown, where: string): core.output<S> {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  throw new ConfigError(where, settingsProblems(schema, value, result.error.issues));
}

/** zod's issues in our form; for those who parse themselves. */
export function settingsProblems(
  schema: ZodType,
  value: unknown,
  issues: readonly core.$ZodIssue[],
): ConfigProblem[] {
  return issues.flatMap((issue): ConfigProblem[] => {
    if (issue.code === 'unrecognized_keys') {
      const known = keysAt(schema, issue.path);
      const expected = known.length > 0 ? `one of ${known.join(', ')}` : 'no such key';
      return issue.keys.map((key) => ({
        field: [...issue.path, key].join('.'),
        expected,
        got: 'an unknown key',
      }));
    }
    if (issue.code === 'invalid_union') return unionProblems(schema, value, issue);
    return [
      { field: issue.path.join('.'), expected: expectation(issue), got: show(valueAt(value, issue.path)) },
    ];
  });
}

/** Of the alternatives, the one that the value comes closest to; what all want, if it comes close to none. */
function unionProblems(schema: ZodType, value: unknown, issue: core.$ZodIssueInvalidUnion): ConfigProblem[] {
  const inside = issue.errors.find(
    (issues) => issues.length > 0 && issues.every(({ path }) => path.length > 0),
  );
  if (inside) {
    const placed = inside.map((each) => ({ ...each, path: [...issue.path, ...each.path] }));
    return settingsProblems(schema, value, placed);
  }
  return [
    { field: issue.path.join('.'), expected: expectation(issue), got: show(valueAt(value, issue.path)) },
  ];
}

/** "Too small: expected number to be >0" → "number to be >0" */
function expectation(issue: core.$ZodIssue): string {
  if (issue.code === 'invalid_union' && issue.errors.length === 0) {
    const { options } = issue as { readonly options?: readonly unknown[] };
    return options ? `one of ${options.join(', ')}` : 'another kind';
  }
  if (issue.code === 'invalid_union') return [...new Set(issue.errors.flat().map(expectation))].join(', or ');
  if (issue.code === 'invalid_value') return `one of ${issue.values.join(', ')}`;
  return issue.message.replace(/^.*?expected (?:one of )?/, '').replace(/, received .*$/, '');
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value;
  for (const key of path) at = (at as Record<PropertyKey, unknown> | undefined)?.[key];
  return at;
}

/** Keys of the object schema at a path, through defaults and optionals; none if that is no object. */
function keysAt(schema: ZodType, path: readonly PropertyKey[]): string[] {
  let at: unknown = schema;
  for (const key of [undefined, ...path]) {
    if (key !== undefined) at = (at as { shape?: Record<PropertyKey, unknown> }).shape?.[key];
    while (at && typeof at === 'object' && 'unwrap' in at) at = (at.unwrap as () => unknown)();
  }
  return Object.keys((at as { shape?: object } | undefined)?.shape ?? {});
}

const show = (value: unknown): string =>
  value === undefined ? 'nothing' : (JSON.stringify(value)?.slice(0, 80) ?? typeof value);

/** A key that is there without a value is one that is not there. */
export const withoutUndefined = <T extends object>(
  options: T,
): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
