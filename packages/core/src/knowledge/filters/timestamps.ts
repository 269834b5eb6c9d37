const hasTime = /T\d/;
const hasZone = /(?:Z|[+-]\d{2}:?\d{2})$/i;

/** Milliseconds since 1970 of an ISO 8601 date or time; one without a zone is UTC. Undefined if it is no such thing. */
export function timestampMs(text: string): number | undefined {
  const ms = Date.parse(hasTime.test(text) && !hasZone.test(text) ? `${text}Z` : text);
  return Number.isNaN(ms) ? undefined : ms;
}
