import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it, vi } from 'vitest';
import { abortOnInterrupt } from './interrupt.ts';

it('aborts on SIGINT and SIGTERM, and puts the old handling back', async () => {
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    const before = process.listenerCount(name);
    {
      using interrupt = abortOnInterrupt();
      expect(interrupt.signal.aborted).toBe(false);
      process.kill(process.pid, name);
      await vi.waitUntil(() => interrupt.signal.aborted);
      expect(interrupt.signal.reason).toMatchObject({
        name: 'AbortError',
        message: `interrupted by ${name}`,
      });
    }
    expect(process.listenerCount(name)).toBe(before);
  }
});

it('the second Ctrl-C ends the process with 130', async () => {
  const built = fileURLToPath(new URL('../../dist/base/interrupt.js', import.meta.url));
  const code = `import { abortOnInterrupt } from ${JSON.stringify(built)};
    abortOnInterrupt().signal.addEventListener('abort', () => process.stdout.write('saving '));
    setInterval(() => {}, 1000);
    process.stdout.write('ready ');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said: string[] = [];
  child.stdout.on('data', (data: Buffer) => {
    said.push(String(data));
    child.kill('SIGINT');
  });
  const [status] = (await once(child, 'close')) as [number];
  expect(said.join('')).toBe('ready saving ');
  expect(status).toBe(130);
});
