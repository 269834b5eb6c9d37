import { readFile } from 'node:fs/promises';

export type Precision = 'float32' | 'bfloat16';

/**
 * The faster precision of a device: bfloat16 where matrix products have instructions for it (x86 processors with
 * AVX512-BF16 or AMX, ARM with BF16, CUDA devices), else float32. Parameters and optimizer state stay float32 in
 * both; see docs/decisions/0014.
 */
export async function fastPrecision(device = 'cpu'): Promise<Precision> {
  if (device !== 'cpu') return device.startsWith('cuda') ? 'bfloat16' : 'float32';
  return (await hasBfloat16Instructions()) ? 'bfloat16' : 'float32';
}

/** By the processor's flags as Linux lists them; elsewhere nobody says, and float32 is always right. */
async function hasBfloat16Instructions(file = '/proc/cpuinfo'): Promise<boolean> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return /^(flags|Features)\s*:.*\b(avx512_bf16|amx_bf16|bf16)\b/m.test(text);
}
