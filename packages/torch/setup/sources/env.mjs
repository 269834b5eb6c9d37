import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describeFolder, SetupError } from '../libtorch.mjs';

/**
 * `LIBTORCH`: a folder with `lib/` and `include/`, as in PyTorch's C++ distribution.
 * @returns {AsyncGenerator<import('../libtorch.mjs').Candidate>}
 */
export async function* candidates() {
  const folder = process.env['LIBTORCH'];
  if (!folder) return;
  yield {
    source: 'env',
    title: `LIBTORCH=${folder}`,
    obtain: async () => {
      const root = resolve(folder);
      if (!existsSync(join(root, 'lib')) || !existsSync(join(root, 'include'))) {
        throw new SetupError('expected a folder that has lib/ and include/');
      }
      return describeFolder('env', root, `LIBTORCH=${folder}`);
    },
  };
}
