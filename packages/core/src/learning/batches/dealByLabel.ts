/** Rows dealt to batches like cards. */
export interface Dealt {
  readonly batches: number[][];
  /** Rows that no batch had room for. */
  readonly left: number;
}

/** The most batches that can have rows of two labels each, two rows of each. */
export function mostBatches(groups: readonly (readonly number[])[]): number {
  const pairs = groups.map((group) => Math.floor(group.length / 2));
  const all = pairs.reduce((sum, count) => sum + count, 0);
  const largest = pairs.reduce((most, count) => Math.max(most, count), 0);
  return Math.min(Math.floor(all / 2), all - largest);
}

/**
 * Deals the rows of each label (two or more) to `count` batches of at most `batchSize`: two at a time, one label after
 * the other, going around the batches. So a label's pairs come to as many batches as there can be, and with at most
 * {@link mostBatches} every batch gets two labels. The odd row of a label joins it in the batch with the most room.
 * A batch that became too large gives back what it has most of, and keeps two rows of two labels.
 *
 * Labels of three rows come first: their odd row has one batch to go to only, and so they are spread evenly. The
 * largest label comes last: the others have gone around without a gap then, and stand beside it everywhere.
 */
export function dealByLabel(groups: readonly (readonly number[])[], count: number, batchSize: number): Dealt {
  const batches = Array.from({ length: count }, (): number[][] => []); // lists of rows of one label
  const sizes = new Uint32Array(count);
  let at = 0;
  for (const group of inOrder(groups)) {
    const places = new Map<number, number[]>();
    for (let row = 0; row + 1 < group.length; row += 2) {
      const place = at++ % count;
      const own = places.get(place) ?? [];
      if (own.length === 0) batches[place]?.push(own);
      own.push(group[row] as number, group[row + 1] as number);
      places.set(place, own);
      sizes[place] = (sizes[place] as number) + 2;
    }
    if (group.length % 2 === 0) continue;
    let best = -1;
    for (const place of places.keys()) {
      if (best < 0 || (sizes[place] as number) < (sizes[best] as number)) best = place;
    }
    places.get(best)?.push(group.at(-1) as number);
    sizes[best] = (sizes[best] as number) + 1;
  }
  const left = batches.reduce((sum, batch) => sum + shrink(batch, batchSize), 0);
  return { batches: batches.map((batch) => batch.flat()), left };
}

function inOrder(groups: readonly (readonly number[])[]): (readonly number[])[] {
  const largest = groups.reduce((most, group) => (group.length > most.length ? group : most));
  const rank = (group: readonly number[]): number => (group === largest ? 2 : group.length === 3 ? 0 : 1);
  return [...groups].sort((a, b) => rank(a) - rank(b));
}

/** Takes rows out of a batch of some labels until it fits. Returns how many. */
function shrink(batch: number[][], batchSize: number): number {
  let size = batch.reduce((sum, { length }) => sum + length, 0);
  const before = size;
  while (size > batchSize) {
    const largest = batch.reduce((most, rows) => (rows.length > most.length ? rows : most));
    if (largest.length > 2) {
      largest.pop();
      size--;
    } else {
      batch.pop();
      size -= 2;
    }
  }
  return before - size;
}
