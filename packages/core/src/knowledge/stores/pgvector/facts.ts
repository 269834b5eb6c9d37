import type { Run } from './database.ts';
import type { Names } from './tables.ts';

/** Names and values are kept as JSON: any text, also such as PostgreSQL refuses. */
export async function readFacts(run: Run, names: Names, prefix: string): Promise<Record<string, string>> {
  const rows = await run<{ name: string; value: string }>(`SELECT name, value FROM ${names.facts}`);
  const facts = rows.map(({ name, value }): [string, string] => [JSON.parse(name), JSON.parse(value)]);
  return Object.fromEntries(facts.filter(([name]) => name.startsWith(prefix)));
}

/** An empty value takes a fact away. */
export async function writeFacts(
  run: Run,
  names: Names,
  facts: Readonly<Record<string, string>>,
): Promise<void> {
  const entries = Object.entries(facts);
  const gone = entries.filter(([, value]) => value === '').map(([name]) => JSON.stringify(name));
  if (gone.length > 0) await run(`DELETE FROM ${names.facts} WHERE name = ANY($1::text[])`, [gone]);
  const kept = entries.filter(([, value]) => value !== '');
  if (kept.length === 0) return;
  await run(
    `INSERT INTO ${names.facts} (name, value) SELECT * FROM unnest($1::text[], $2::text[])
     ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
    [kept.map(([name]) => JSON.stringify(name)), kept.map(([, value]) => JSON.stringify(value))],
  );
}
