/**
 * How much of each text of a pair stays if both together may have `room` tokens: HF's `longest_first`, which cuts the
 * longer one down to the shorter before it cuts both.
 */
export function longestFirst(lengths: readonly [number, number], room: number): [number, number] {
  if (lengths[0] + lengths[1] <= room) return [...lengths];
  const swap = lengths[0] > lengths[1];
  let shorter = Math.min(...lengths);
  let longer = shorter > room ? shorter : Math.max(shorter, room - shorter);
  if (shorter + longer > room) {
    shorter = Math.floor(room / 2);
    longer = shorter + (room % 2);
  }
  return swap ? [longer, shorter] : [shorter, longer];
}
