/**
 * Cycles of a directed graph: one for each group of nodes that reach each other (Tarjan 1972).
 *
 * @param {ReadonlyMap<string, Iterable<string>>} graph node → nodes it imports
 * @returns {string[][]} each as a path along the edges, the first node repeated at the end
 */
export function cyclesOf(graph) {
  /** @type {Map<string, { index: number, low: number, onStack: boolean }>} */
  const seen = new Map();
  /** @type {string[]} */
  const stack = [];
  /** @type {string[][]} */
  const cycles = [];

  /** @param {string} node */
  const visit = (node) => {
    const state = { index: seen.size, low: seen.size, onStack: true };
    seen.set(node, state);
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      const other = seen.get(next);
      if (!other) state.low = Math.min(state.low, visit(next).low);
      else if (other.onStack) state.low = Math.min(state.low, other.index);
    }
    if (state.low === state.index) {
      const group = stack.splice(stack.lastIndexOf(node));
      for (const member of group) /** @type {any} */ (seen.get(member)).onStack = false;
      const loops = group.length > 1 || [...(graph.get(node) ?? [])].includes(node);
      if (loops) cycles.push(pathThrough(graph, node, new Set(group)));
    }
    return state;
  };

  for (const node of graph.keys()) if (!seen.has(node)) visit(node);
  return cycles;
}

/**
 * The shortest way from `start` back to itself within its group.
 * @param {ReadonlyMap<string, Iterable<string>>} graph
 * @param {string} start
 * @param {ReadonlySet<string>} group
 */
function pathThrough(graph, start, group) {
  const paths = [[start]];
  const reached = new Set([start]);
  for (let path = paths.shift(); path; path = paths.shift()) {
    for (const next of graph.get(/** @type {string} */ (path.at(-1))) ?? []) {
      if (next === start) return [...path, start];
      if (!group.has(next) || reached.has(next)) continue;
      reached.add(next);
      paths.push([...path, next]);
    }
  }
  return [start, start];
}
