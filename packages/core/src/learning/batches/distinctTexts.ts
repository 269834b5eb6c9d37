import { MinHeap } from './heap.ts';

/**
 * Cuts rows into batches in which no text occurs twice: each batch takes, in order, every waiting row that shares no text
 * with what it already has, until it is full.
 *
 * Going through the waiting rows again for each batch would take quadratic time where one text is in many rows. So a row
 * that cannot enter waits behind the text that kept it out: while that text is in the batch nobody behind it can
 * enter, and only the first in each such queue is ever looked at.
 *
 * @param order rows in the order in which they should come
 * @param texts texts of each row, by row
 */
export function* distinctTextBatches(
  order: readonly number[],
  texts: readonly Int32Array[],
  batchSize: number,
): Generator<number[], void, undefined> {
  /** Positions in `order` that wait behind a text. */
  const queues = new Map<number, MinHeap>();
  /** The text behind which a position waits. */
  const waitsFor = new Map<number, number>();
  /** First positions of queues; one that no longer is the first of its queue is passed over. */
  const heads = new MinHeap();
  let fresh = 0;
  let left = order.length;

  const next = (): number | undefined => {
    for (;;) {
      const head = heads.first;
      if (head === undefined || (fresh < order.length && fresh < head)) {
        return fresh < order.length ? fresh++ : undefined;
      }
      heads.pop();
      const text = waitsFor.get(head);
      if (text !== undefined && queues.get(text)?.first === head) return head;
    }
  };
  const leave = (position: number): void => {
    const text = waitsFor.get(position);
    if (text === undefined) return;
    waitsFor.delete(position);
    const queue = queues.get(text) as MinHeap;
    queue.pop(); // only the first of a queue is ever looked at
    if (queue.first === undefined) queues.delete(text);
    else heads.push(queue.first);
  };
  const wait = (position: number, text: number): void => {
    const queue = queues.get(text) ?? new MinHeap();
    queues.set(text, queue);
    queue.push(position);
    waitsFor.set(position, text);
  };

  while (left > 0) {
    const batch: number[] = [];
    const taken = new Set<number>();
    while (batch.length < batchSize) {
      const position = next();
      if (position === undefined) break;
      const row = order[position] as number;
      const own = texts[row] as Int32Array;
      const waitedFor = waitsFor.get(position);
      if (waitedFor !== undefined && taken.has(waitedFor)) continue; // the whole queue stays where it is
      const inTheWay = own.find((text) => taken.has(text));
      leave(position);
      if (inTheWay !== undefined) {
        wait(position, inTheWay);
        continue;
      }
      batch.push(row);
      left--;
      for (const text of own) taken.add(text);
    }
    for (const text of taken) {
      const first = queues.get(text)?.first;
      if (first !== undefined) heads.push(first);
    }
    yield batch;
  }
}
