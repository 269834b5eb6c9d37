import type { LibraryInfo } from '../native/addon.ts';
import { native } from '../native/attach.ts';
import type { Device } from '../tensor/convert.ts';

/** libtorch's version and build, and what it can see. */
export const libraryInfo = (): LibraryInfo => native.libraryInfo();

/** The devices that tensors can be on: "cpu", then "cuda:0" …, "mps:0". */
export function devices(): Device[] {
  const { cudaDevices, mps } = native.libraryInfo();
  const cuda = Array.from({ length: cudaDevices }, (_, i) => `cuda:${i}` as const);
  return ['cpu', ...cuda, ...(mps ? (['mps:0'] as const) : [])];
}

/** Threads that one operation may use on the CPU. */
export const numThreads = (): number => native.getNumThreads();

/** Sets {@link numThreads} for the whole process. */
export function setNumThreads(threads: number): void {
  native.setNumThreads(threads);
}

/** Waits until a GPU has done all work given to it. Nothing to do on "cpu". */
export function synchronize(device = 'cuda'): void {
  native.synchronize(device);
}

/** Returns cached GPU memory that no tensor uses. */
export function emptyCache(): void {
  native.emptyCache();
}

/** Bytes in use and reserved on a GPU; null where libtorch cannot tell. */
export const deviceMemory = (device = 'cuda'): { allocated: number; reserved: number } | null =>
  native.deviceMemory(device);
