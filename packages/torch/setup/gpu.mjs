import { existsSync } from 'node:fs';
import { which } from './command.mjs';
import { UsageError } from './libtorch.mjs';

/**
 * Which libtorch suits this machine: `RAGWRIGHT_TORCH_VARIANT` (cpu or cuda, for building an image on another
 * machine than the one it will run on), else cuda where an NVIDIA driver is to be seen.
 * @returns {'cpu' | 'cuda'}
 */
export function variant() {
  const wanted = process.env['RAGWRIGHT_TORCH_VARIANT'];
  if (wanted === 'cpu' || wanted === 'cuda') return wanted;
  if (wanted) throw new UsageError(`RAGWRIGHT_TORCH_VARIANT is "${wanted}"; expected "cpu" or "cuda"`);
  return process.platform === 'linux' && hasNvidiaDriver() ? 'cuda' : 'cpu';
}

function hasNvidiaDriver() {
  return existsSync('/dev/nvidia0') || which('nvidia-smi') !== undefined;
}
