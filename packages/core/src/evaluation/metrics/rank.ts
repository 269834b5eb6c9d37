/**
 * Orders what was found for a query as trec_eval does: score descending, ties by document id descending.
 * trec_eval keeps scores as 32-bit floats, so two that differ by less than those can tell are a tie too.
 * A score that is no number comes last.
 *
 * @returns document ids, best first
 */
export function rankDocuments(scores: ReadonlyMap<string, number>): string[] {
  const ids = [...scores.keys()];
  const values = Float32Array.from(scores.values(), (score) => (Number.isNaN(score) ? -Infinity : score));
  const order = Uint32Array.from(ids, (_, i) => i);
  order.sort((a, b) => {
    const left = values[a] as number;
    const right = values[b] as number;
    return left === right ? compareIds(ids[b] as string, ids[a] as string) : left < right ? 1 : -1;
  });
  return Array.from(order, (i) => ids[i] as string);
}

/** By UTF-8 bytes, as C's strcmp sees them; JavaScript's own order differs beyond the basic plane. */
function compareIds(a: string, b: string): number {
  if (a === b) return 0;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
