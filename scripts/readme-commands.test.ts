import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

/*
 * The commands of the README's blocks marked `sh run` are run as they stand, one after the other, in a folder that has
 * what the text around them says: documents in `handbook`, questions in `questions.jsonl`.
 */

const root = fileURLToPath(new URL('..', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const commands = [...readme.matchAll(/^```sh run\n([\s\S]*?)^```$/gm)].flatMap(([, block = '']) =>
  block.split('\n').filter((line) => line.trim() !== ''),
);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ragwright-readme-'));
  mkdirSync(join(folder, 'handbook'));
  const pages = [
    'packages/torch/README.md',
    'packages/core/README.md',
    'CONTRIBUTING.md',
    'docs/dataflow.md',
  ];
  const sections = pages.flatMap((page) =>
    readFileSync(join(root, page), 'utf8')
      .split(/^#{2,3} /m)
      .slice(1),
  );
  for (const [i, section] of sections.entries()) {
    writeFileSync(join(folder, 'handbook', `${String(i).padStart(2, '0')}.md`), `# ${section}`);
  }
  const questions = ['How do I free tensors?', 'Which libtorch is used?'];
  writeFileSync(
    join(folder, 'questions.jsonl'),
    questions.map((text) => `${JSON.stringify({ text })}\n`).join(''),
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the README has commands to run', () => {
  expect(commands.length).toBeGreaterThan(3);
});

test('they run as they stand', { timeout: 600_000 }, () => {
  const path = `${join(root, 'node_modules', '.bin')}${delimiter}${process.env['PATH']}`;
  for (const command of commands) {
    const env = { ...process.env, PATH: path };
    expect(
      () => execFileSync('sh', ['-c', command], { cwd: folder, env, stdio: 'pipe' }),
      command,
    ).not.toThrow();
  }
  expect(existsSync(join(folder, 'runs', 'first', 'report.html'))).toBe(true);
  const header = readFileSync(join(folder, 'vectors.npy')).subarray(0, 128).toString('latin1');
  expect(header).toContain("'shape': (2, 384)");
});
