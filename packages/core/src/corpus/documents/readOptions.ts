import { z } from 'zod';
import { parseSettings } from '../../base/settings.ts';
import type { ReadOptions, ResolvedReadOptions } from './types.ts';

const name = z.string().min(1);
const MiB = 1024 * 1024;

const columnsSchema = z.strictObject({
  text: z.union([name, z.array(name).min(1)]).optional(),
  title: name.optional(),
  id: name.optional(),
  timestamp: name.optional(),
  domain: name.optional(),
  boostTags: name.optional(),
  metadata: z.array(name).optional(),
});

const readOptionsSchema = z.strictObject({
  include: z.array(name).default([]),
  exclude: z.array(name).default([]),
  columns: columnsSchema.default({}),
  delimiter: name.optional(),
  domain: name.optional(),
  domainFromFolder: z.boolean().default(false),
  boostTags: z.array(name).default([]),
  fallbackEncoding: z.string().refine(isEncoding, 'a name that TextDecoder knows').optional(),
  maxFileBytes: z
    .int()
    .positive()
    .max(512 * MiB)
    .default(64 * MiB),
  maxRowBytes: z
    .int()
    .positive()
    .max(512 * MiB)
    .default(16 * MiB),
  timeout: z.int().positive().default(30_000),
  followLinks: z.boolean().default(false),
  reportSkipped: z.boolean().default(false),
  signal: z.instanceof(AbortSignal).optional(),
});

/** @throws ConfigError that lists everything wrong with the options */
export const resolveReadOptions = (options: ReadOptions): ResolvedReadOptions =>
  parseSettings(readOptionsSchema, options, 'reading options') as ResolvedReadOptions;

function isEncoding(label: string): boolean {
  try {
    new TextDecoder(label);
    return true;
  } catch {
    return false;
  }
}
