import postgres, { type Sql } from 'postgres';
import { RagwrightError } from '../../../base/errors.ts';
import { maskSecrets } from '../../../base/secrets.ts';
import { StoreError } from '../../errors.ts';

/** Values of `$1`, `$2` …; lists go as arrays. */
export type Parameter = string | number | boolean | readonly string[] | readonly number[];

/** One transaction: all its statements see the same state. */
export type Run = <Row>(statement: string, parameters?: readonly Parameter[]) => Promise<Row[]>;

/** A connection pool in which every use is a transaction, and every failure a typed error without secrets. */
export class Database {
  readonly #sql: Sql;
  readonly #mask: (text: string) => string;
  readonly #connectSeconds: number;

  constructor(url: string, options: { readonly connections: number; readonly connectSeconds: number }) {
    this.#mask = masker(url);
    this.#connectSeconds = options.connectSeconds;
    try {
      this.#sql = postgres(url, {
        max: options.connections,
        connect_timeout: options.connectSeconds,
        // Poolers and PGlite share sessions between connections: nothing is kept in one, nothing asked outside of a
        // transaction.
        prepare: false,
        fetch_types: false,
        onnotice: () => undefined,
      });
    } catch (cause) {
      throw this.#failure('open', cause);
    }
  }

  /**
   * As {@link write}, but gives up when the time for a connection is over: the driver goes on for ever if a server takes
   * connections and closes them.
   */
  async first<T>(op: string, use: (run: Run) => Promise<T>): Promise<T> {
    const seconds = this.#connectSeconds;
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_, reject) => {
      const error = new Error(`no connection within ${seconds} seconds`);
      timer = setTimeout(() => reject(this.#failure(op, error)), seconds * 1000);
    });
    const begun = this.write(op, (run) => {
      clearTimeout(timer);
      return use(run);
    });
    return Promise.race([begun, tooLate]).finally(() => clearTimeout(timer));
  }

  /** Reads from one snapshot. */
  read<T>(op: string, use: (run: Run) => Promise<T>): Promise<T> {
    return this.#transaction(op, 'isolation level repeatable read read only', use);
  }

  write<T>(op: string, use: (run: Run) => Promise<T>): Promise<T> {
    return this.#transaction(op, '', use);
  }

  /** Lets go of deleted rows and brings the planner's statistics up to date; not possible in a transaction. */
  async vacuum(op: string, tables: readonly string[]): Promise<void> {
    try {
      await this.#sql.unsafe(`VACUUM (ANALYZE) ${tables.join(', ')}`).simple();
    } catch (cause) {
      throw this.#failure(op, cause);
    }
  }

  /** @param seconds how long running work may go on */
  async close(seconds = 5): Promise<void> {
    await this.#sql.end({ timeout: seconds });
  }

  async #transaction<T>(op: string, mode: string, use: (run: Run) => Promise<T>): Promise<T> {
    try {
      const result = await this.#sql.begin(mode, async (transaction) => {
        const run: Run = async (statement, parameters = []) =>
          Array.from(await transaction.unsafe(statement, parameters.map(asParameter))) as never[];
        return { value: await use(run) };
      });
      return (result as { value: T }).value;
    } catch (cause) {
      throw this.#failure(op, cause);
    }
  }

  /** Says what happened, but drops the error itself: it knows the URL, the statement and its values. */
  #failure(op: string, cause: unknown): RagwrightError {
    if (RagwrightError.isInstance(cause)) return cause;
    const { message, code } = cause as { readonly message?: string; readonly code?: string };
    const got = this.#mask(`${message ?? 'an unknown failure'}${code === undefined ? '' : ` [${code}]`}`);
    return new StoreError({
      store: 'pgvector',
      op,
      reason: 'backend',
      expected: 'PostgreSQL to do it',
      got: got.trim(),
      ...hintFor(code),
    });
  }
}

/** Lists as PostgreSQL writes arrays; the driver would have to ask for their types. */
function asParameter(value: Parameter): string | number | boolean {
  if (typeof value !== 'object') return value;
  const quoted = (value as readonly (string | number)[]).map(
    (one) => `"${String(one).replace(/["\\]/g, '\\$&')}"`,
  );
  return `{${quoted.join(',')}}`;
}

function masker(url: string): (text: string) => string {
  const encoded = /^[^/]*\/\/[^/@]*?:([^/]*)@/.exec(url)?.[1] ?? '';
  const secrets = [url, encoded, decoded(encoded)].filter((secret) => secret !== '');
  return (text) => secrets.reduce((masked, secret) => masked.replaceAll(secret, '***'), maskSecrets(text));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

function hintFor(code: string | undefined): { readonly hint?: string } {
  if (code === '0A000' || code === '58P01') return { hint: 'install the pgvector extension on the server' };
  if (code === '42501')
    return { hint: 'let an administrator run CREATE EXTENSION vector, and CREATE on the schema' };
  return {};
}
