import { expect, it } from 'vitest';
import {
  ArgumentError,
  DeviceError,
  deviceMemory,
  devices,
  emptyCache,
  libraryInfo,
  numThreads,
  ones,
  setNumThreads,
  synchronize,
} from '../index.ts';

it('tells the library', () => {
  const info = libraryInfo();
  expect(info.version).toMatch(/^\d+\.\d+/);
  expect(info.build.length).toBeGreaterThan(0);
  expect(info.cudaDevices).toBeGreaterThanOrEqual(0);
});

it('lists devices that take tensors', () => {
  expect(devices()[0]).toBe('cpu');
  for (const device of devices()) {
    expect(ones([2]).to(device).device).toBe(device);
    synchronize(device);
    deviceMemory(device);
  }
});

it('refuses devices that are not there', () => {
  for (const name of ['', 'cuda:99', 'cpu:-1', 'nowhere', 'cpu\0', 'meta!']) {
    expect(() => ones([2]).to(name as 'cpu'), name).toThrow(DeviceError);
  }
  expect(() => synchronize('cuda:99')).toThrow(DeviceError);
  expect(() => deviceMemory('nowhere')).toThrow(DeviceError);
  expect(deviceMemory('cpu')).toBeNull();
  emptyCache();
});

it('sets the number of threads', () => {
  const before = numThreads();
  setNumThreads(1);
  expect(numThreads()).toBe(1);
  setNumThreads(before);
  for (const threads of [0, -1, 1.5, 'two', 2 ** 40]) {
    expect(() => setNumThreads(threads as never), String(threads)).toThrow(ArgumentError);
  }
  expect(numThreads()).toBe(before);
});
