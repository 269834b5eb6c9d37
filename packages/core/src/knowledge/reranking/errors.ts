import { RagwrightError } from '../../base/errors.ts';

/** A reranker that did not give one finite score for each passage. */
export class RerankerError extends RagwrightError {
  readonly query: string;
  readonly expected: string;
  readonly got: string;

  constructor(details: { readonly query: string; readonly expected: string; readonly got: string }) {
    const { query, expected, got } = details;
    super(`reranker, for the query ${JSON.stringify(query.slice(0, 80))}: expected ${expected}, got ${got}`);
    this.query = query;
    this.expected = expected;
    this.got = got;
  }
}
