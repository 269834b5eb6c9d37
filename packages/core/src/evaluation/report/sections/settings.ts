import { withoutSecrets } from '../../../base/secrets.ts';
import { excerpt, type Html, html } from '../html.ts';
import type { ReportData } from '../types.ts';
import { facts, section } from './section.ts';

/** The config that was used, one group per section of it. */
export function settings({ config }: ReportData): Html {
  const groups = Object.entries(withoutSecrets(config) as object).filter(([, value]) => value !== undefined);
  const plain = groups.filter(([, value]) => !isObject(value));
  const nested = groups.filter(([, value]) => isObject(value));
  return section(
    'config',
    'Config',
    html`As resolved, with every default. The same record lies beside this report as <code>config.resolved.json</code>.`,
    plain.length > 0 && rows(Object.fromEntries(plain)),
    html`<div class="groups">${nested.map(
      ([name, value]) =>
        html`<div class="group"><h3>${name}</h3>${rows(value as Record<string, unknown>)}</div>`,
    )}</div>`,
  );
}

const rows = (values: Readonly<Record<string, unknown>>): Html =>
  facts(flat(values).map(([key, value]) => [key, html`<code dir="auto">${excerpt(value, 300)}</code>`]));

/** Nested keys joined by dots; lists on one line. */
function flat(values: Readonly<Record<string, unknown>>, prefix = ''): (readonly [string, string])[] {
  return Object.entries(values).flatMap(([key, value]) => {
    const path = prefix + key;
    if (value === undefined) return [];
    if (isObject(value)) {
      const inner = flat(value, `${path}.`);
      return inner.length > 0 ? inner : [[path, '{}'] as const];
    }
    return [[path, typeof value === 'string' ? value : JSON.stringify(value)] as const];
  });
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
