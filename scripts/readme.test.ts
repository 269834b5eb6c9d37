import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { afterAll, beforeAll, expect, test } from 'vitest';

/*
 * The TypeScript of the READMEs compiles against the built packages and runs. A line `console.log(…); // text`
 * must print that text. A block marked `ts no-run` is compiled only.
 */

const root = fileURLToPath(new URL('..', import.meta.url));
const READMES = ['README.md', 'packages/torch/README.md', 'packages/core/README.md'];

interface Snippet {
  readonly title: string;
  readonly code: string;
  readonly runs: boolean;
}

function snippetsOf(readme: string): Snippet[] {
  const lines = readFileSync(join(root, readme), 'utf8').split('\n');
  const snippets: Snippet[] = [];
  for (let i = 0; i < lines.length; i++) {
    const [, flags] = /^```ts\b(.*)$/.exec(lines[i] as string) ?? [];
    if (flags === undefined) continue;
    const end = lines.indexOf('```', i);
    const code = lines.slice(i + 1, end).join('\n');
    snippets.push({
      title: `${readme}:${i + 1}`,
      code: `${code}\nexport {};\n`,
      runs: !flags.includes('no-run'),
    });
    i = end;
  }
  return snippets;
}

const snippets = READMES.flatMap(snippetsOf);
// Below node_modules, so that packages are found by name, as a user's program finds them.
const folder = join(root, 'node_modules', '.cache', 'ragwright', `readme-${process.pid}`);
const fileOf = (snippet: Snippet, extension: string) =>
  join(folder, `${snippets.indexOf(snippet)}.${extension}`);
const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: ['node'],
  typeRoots: [join(root, 'node_modules', '@types')],
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: true,
};

beforeAll(() => {
  mkdirSync(folder, { recursive: true });
  for (const snippet of snippets) writeFileSync(fileOf(snippet, 'mts'), snippet.code);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('every snippet compiles', () => {
  const program = ts.createProgram(
    snippets.map((snippet) => fileOf(snippet, 'mts')),
    options,
  );
  program.emit();
  const problems = ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const place =
      snippets.find((snippet) => fileOf(snippet, 'mts') === file?.fileName)?.title ?? file?.fileName;
    const line = file?.getLineAndCharacterOfPosition(start ?? 0).line ?? 0;
    return `${place} + ${line + 1}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
  expect(problems).toEqual([]);
  expect(snippets.length).toBeGreaterThan(8);
});

test.each(snippets.filter((snippet) => snippet.runs))('$title prints what it says', (snippet) => {
  const workFolder = mkdtempSync(join(tmpdir(), 'readme-'));
  try {
    // Tiny tensors: threads that wait for each other would only compete with other tests.
    const env = { ...process.env, OMP_NUM_THREADS: '1' };
    const output = execFileSync(process.execPath, [fileOf(snippet, 'mjs')], {
      cwd: workFolder,
      env,
      encoding: 'utf8',
    });
    const promised = [...snippet.code.matchAll(/^.*console\.log\(.*\);\s*\/\/ (.*)$/gm)].map(
      ([, text]) => text,
    );
    expect(output.trimEnd().split('\n')).toEqual(promised);
  } finally {
    rmSync(workFolder, { recursive: true, force: true });
  }
});
