import type { Connection, Table } from '@lancedb/lancedb';
import { Table as ArrowTable, Utf8, vectorFromArray } from 'apache-arrow';
import { updateFacts, withPrefix } from '../facts.ts';
import { backendError, withRetries } from './failures.ts';

/** Names and values in a table of their own, beside that of the chunks; made with the first fact. */
export class FactsTable {
  readonly #database: Connection;
  readonly #name: string;
  #table: Table | undefined;

  constructor(database: Connection, name: string) {
    this.#database = database;
    this.#name = name;
  }

  async read(prefix = ''): Promise<Readonly<Record<string, string>>> {
    const table = await this.#open();
    if (table === undefined) return {};
    const rows = await table
      .query()
      .toArray()
      .catch((cause: unknown) => {
        throw backendError('readFacts', cause);
      });
    const facts = rows.map((row): [string, string] => [JSON.parse(row.name), JSON.parse(row.value)]);
    return withPrefix(updateFacts({}, Object.fromEntries(facts)), prefix);
  }

  /** Taken-away facts stay as rows with an empty value until `optimize`, so that one call is one commit. */
  async write(facts: Readonly<Record<string, string>>): Promise<void> {
    const entries = Object.entries(facts);
    if (entries.length === 0) return;
    const rows = new ArrowTable({
      // As JSON: any text, also such as UTF-8 does not have.
      name: vectorFromArray(
        entries.map(([name]) => JSON.stringify(name)),
        new Utf8(),
      ),
      value: vectorFromArray(
        entries.map(([, value]) => JSON.stringify(value)),
        new Utf8(),
      ),
    });
    await withRetries('writeFacts', async () => {
      const table = await this.#open();
      if (table === undefined) {
        this.#table = await this.#database.createTable(this.#name, rows);
        return;
      }
      await table.mergeInsert('name').whenMatchedUpdateAll().whenNotMatchedInsertAll().execute(rows);
    });
  }

  async optimize(cleanupOlderThan: Date): Promise<void> {
    await withRetries('optimize', async () => {
      const table = await this.#open();
      await table?.delete(`value = '""'`);
      await table?.optimize({ cleanupOlderThan });
    });
  }

  close(): void {
    this.#table?.close();
  }

  async #open(): Promise<Table | undefined> {
    if (this.#table === undefined && (await this.#database.tableNames()).includes(this.#name)) {
      this.#table = await this.#database.openTable(this.#name);
    }
    return this.#table;
  }
}
