/**
 * Who may import whom. See docs/dataflow.md for the reasons.
 *
 * Type-only imports count for these rules: a type from a forbidden place ties the two together as a value does.
 * They do not count for cycles: they are gone at run time.
 */

/** @typedef {{ may: readonly string[], typesOnly?: readonly string[] }} PackageRule */
/** @typedef {{ may: readonly string[], torch: boolean }} RoomRule */

/** Packages of the workspace by name. `may`: other packages of ours; `typesOnly`: those by `import type` only. */
export const packages = /** @type {Readonly<Record<string, PackageRule>>} */ ({
  '@ragwright/torch': { may: [] },
  '@ragwright/core': { may: ['@ragwright/torch'] },
  '@ragwright/server': { may: ['@ragwright/core'] },
  '@ragwright/studio': { may: [], typesOnly: ['@ragwright/server'] },
  ragwright: { may: ['@ragwright/torch', '@ragwright/core', '@ragwright/server', '@ragwright/studio'] },
});

const upToKnowledge = ['base', 'text', 'corpus', 'knowledge'];
const learningWithoutRecipes = [
  'learning/pairs',
  'learning/batches',
  'learning/objectives',
  'learning/training',
];

/**
 * Rooms of core, by their folder under src/. `may`: other rooms; `torch`: the engine.
 * A room that only needs to call something from a room it may not import declares the interface it needs.
 */
export const rooms = /** @type {Readonly<Record<string, RoomRule>>} */ ({
  base: { may: [], torch: false },
  text: { may: ['base'], torch: false },
  corpus: { may: ['base', 'text'], torch: false },
  // An encoder or a generator is an interface here, so neither torch nor models.
  knowledge: { may: ['base', 'text', 'corpus'], torch: false },
  models: { may: ['base', 'text'], torch: true },
  'learning/pairs': { may: [...upToKnowledge, 'models'], torch: true },
  // From here on, `knowledge` is behind a Retriever interface.
  'learning/batches': { may: ['base', 'text', 'corpus', 'models', 'learning/pairs'], torch: true },
  'learning/objectives': { may: ['base', 'text', 'models', 'learning/batches'], torch: true },
  'learning/training': {
    may: ['base', 'text', 'models', 'learning/batches', 'learning/objectives'],
    torch: true,
  },
  evaluation: { may: [...upToKnowledge, 'models'], torch: true },
  federation: { may: ['base', 'text', 'corpus', 'models', ...learningWithoutRecipes], torch: true },
  export: { may: ['base', 'text', 'models'], torch: true },
  // The index of the folder.
  learning: { may: [...learningWithoutRecipes, 'learning/recipes'], torch: false },
  'learning/recipes': {
    may: [...upToKnowledge, 'models', ...learningWithoutRecipes, 'evaluation', 'federation', 'export'],
    torch: true,
  },
});

/** Only these may load recipes: the command, examples, and benchmarks of whole runs. */
export const recipeUsers = ['ragwright', 'examples', 'bench'];

/** Folders of a package that run before anything is installed: Node's built-ins only. */
export const builtinsOnly = ['setup'];
