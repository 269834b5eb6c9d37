import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of @ragwright/torch, in the workspace as in node_modules. */
export const PACKAGE = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');

/** The addon's C++ sources. */
export const NATIVE = join(PACKAGE, 'native');

/** What setup builds; `active.json` in it says which addon is loaded. */
export const BUILD = join(PACKAGE, 'build');
