export {
  deviceMemory,
  devices,
  emptyCache,
  libraryInfo,
  numThreads,
  setNumThreads,
  synchronize,
} from './device.ts';
