// `npm start`: makes a clean clone ready, and runs the main job on the medical questions in examples/medquad.
// Arguments are passed on to `ragwright tune`. Node's built-ins only.
import { spawn, spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

const bootstrap = spawnSync(process.execPath, [join(ROOT, 'scripts', 'bootstrap.mjs')], { stdio: 'inherit' });
if (bootstrap.status !== 0) process.exit(bootstrap.status ?? 1);

const command = join(ROOT, 'packages', 'cli', 'bin', 'ragwright.mjs');
const config = join(ROOT, 'examples', 'medquad', 'ragwright.config.ts');
const child = spawn(process.execPath, [command, 'tune', '--config', config, ...process.argv.slice(2)], {
  stdio: 'inherit',
});
// The terminal sends Ctrl-C to both; the command saves its work, this one waits for it.
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
  process.on(signal, () => {
    if (signal === 'SIGTERM') child.kill(signal);
  });
}
child.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1);
});
