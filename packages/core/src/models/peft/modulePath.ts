import type { Module } from '@ragwright/torch/nn';

type Fields = Record<string, unknown>;

/** What lies at a dotted path of a model, or undefined. */
export function modulePath(model: Module, name: string): unknown {
  let at: unknown = model;
  for (const key of name.split('.')) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Fields)[key];
  }
  return at;
}

/** Puts another module at a dotted path that exists. */
export function replaceModule(model: Module, name: string, module: Module): void {
  const keys = name.split('.');
  const last = keys.pop() as string;
  const owner = keys.length === 0 ? model : modulePath(model, keys.join('.'));
  (owner as Fields)[last] = module;
}
