#!/usr/bin/env node
import { existsSync } from 'node:fs';

const main = new URL('../dist/main.js', import.meta.url);
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`ragwright: Node ${process.versions.node} is too old; 20.19 or newer is needed`);
  process.exitCode = 1;
} else if (!existsSync(main)) {
  console.error('ragwright: not built yet; in a clone of the repository run: npm run bootstrap');
  process.exitCode = 1;
} else {
  const { start } = await import(main.href);
  await start();
}
