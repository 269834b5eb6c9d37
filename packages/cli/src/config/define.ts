import type { TuneSettings } from '@ragwright/core/learning/recipes';

/** What `ragwright.config.ts` holds; the same keys in JSON and YAML. */
export type Config = TuneSettings;

/**
 * For `ragwright.config.ts`: checks the types as you write. Values are checked when a command reads the file.
 *
 * @example
 * export default defineConfig({ documents: './handbook', training: { epochs: 2 } });
 */
export const defineConfig = (config: Config): Config => config;
