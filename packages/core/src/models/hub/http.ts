import { setTimeout as pause } from 'node:timers/promises';

/** A server that did not answer, or not as it should. `status` is absent if there was no answer. */
export class HttpFailure extends Error {
  readonly status: number | undefined;

  constructor(message: string, status?: number, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }

  /** Whether the same request may succeed a little later. */
  get isPassing(): boolean {
    return this.status === undefined || this.status === 429 || this.status >= 500;
  }
}

export interface RequestOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds until the answer begins. */
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
}

/** fetch's own words are "fetch failed"; the reason is below. */
function reasonOf(error: unknown): string {
  const { cause, message } = error as Error & { cause?: { code?: string; message?: string } };
  return cause?.code ?? cause?.message ?? message;
}

/** What a status means to a person who wants a file of the Hub. */
const meanings: Readonly<Record<number, string>> = {
  401: 'the server wants a token (set HF_TOKEN), or there is no such model',
  403: 'the token may not read this model; its terms may have to be accepted on its page',
  404: 'there is no such model, revision or file',
};

/**
 * GET; proxies are Node's (`NODE_USE_ENV_PROXY` from Node 24 on). The authorisation is not passed on to other hosts.
 *
 * @throws HttpFailure if there is no answer within the timeout, or its status is none of `accepted`; the signal's
 *   reason when it is aborted
 */
export async function get(
  url: string,
  accepted: readonly number[],
  options: RequestOptions,
): Promise<Response> {
  const { host } = new URL(url);
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), options.timeout);
  const signal = options.signal ? AbortSignal.any([options.signal, late.signal]) : late.signal;
  let response: Response;
  try {
    response = await fetch(url, { headers: options.headers ?? {}, signal });
  } catch (cause) {
    options.signal?.throwIfAborted();
    const reason = late.signal.aborted ? `no answer within ${options.timeout / 1000} s` : reasonOf(cause);
    throw new HttpFailure(`${host} cannot be reached (${reason})`, undefined, { cause });
  } finally {
    clearTimeout(timer);
  }
  if (accepted.includes(response.status)) return response;
  await response.body?.cancel();
  const meaning = meanings[response.status] ?? response.statusText;
  throw new HttpFailure(`${host} answered ${response.status}: ${meaning}`, response.status);
}

/** Runs `fn` again after a passing failure, up to `times` in all, with growing pauses. */
export async function retrying<T>(
  times: number,
  signal: AbortSignal | undefined,
  fn: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await fn();
    } catch (error) {
      if (!(error instanceof HttpFailure) || !error.isPassing || attempt >= times) throw error;
      await pause(250 * 2 ** attempt, undefined, signal ? { signal } : {});
    }
  }
}
