import { describe, expect, test } from 'vitest';
import { findCommand } from './command/find.ts';
import { parseCommand } from './command/parse.ts';
import type { Command, CommandTree } from './command/types.ts';
import { commands } from './commands/index.ts';
import { main } from './main.ts';

async function run(...args: string[]) {
  let out = '';
  let err = '';
  const code = await main(args, {
    out: { write: (text) => (out += text) },
    err: { write: (text) => (err += text) },
    env: { HF_TOKEN: 'hf_secretsecretsecret' },
    signal: new AbortController().signal,
  });
  return { code, out, err };
}

async function all(tree: CommandTree, path: string[] = []): Promise<[string, Command][]> {
  const found: [string, Command][] = [];
  for (const [name, entry] of Object.entries(tree)) {
    if ('commands' in entry) found.push(...(await all(entry.commands, [...path, name])));
    else found.push([[...path, name].join(' '), await entry.load()]);
  }
  return found;
}

/** Splits a command line as a shell does, quotes included. */
const shell = (line: string): string[] =>
  [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, plain]) => single ?? double ?? plain ?? '',
  );

const everything = await all(commands);

describe.each(everything)('%s', (path, command) => {
  test.each(command.examples)('example: %s', async (line) => {
    const [program, ...args] = shell(line);
    expect(program).toBe('ragwright');
    const found = await findCommand(commands, args);
    expect(found.path.join(' ')).toBe(path);
    expect(() => parseCommand(command, found.rest)).not.toThrow();
  });

  test('--help shows an example and every option, and ends well', async () => {
    const { code, out, err } = await run(...path.split(' '), '--help');
    expect(code).toBe(0);
    expect(err).toBe('');
    expect(out).toContain(command.examples[0]);
    for (const name of Object.keys(command.options)) expect(out).toContain(`--${name}`);
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(120);
  });

  test('an unknown option is bad usage', async () => {
    const { code, out, err } = await run(...path.split(' '), '--jsonn');
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toContain('Unknown option --jsonn\nDid you mean --json?');
  });

  test('its one-line summary is that of the list', async () => {
    const [group = '', name] = path.split(' ');
    const entry = commands[group];
    const listed = name !== undefined && entry && 'commands' in entry ? entry.commands[name] : entry;
    expect(command.summary).toBe(listed?.summary);
  });
});

test('no command, an unknown one, a group alone', async () => {
  expect(await run()).toMatchObject({ code: 2, out: '' });
  expect(await run('ebmed')).toMatchObject({
    code: 2,
    err: 'ragwright: Unknown command ebmed\nDid you mean ragwright embed?\n',
  });
  expect(await run('pairs')).toMatchObject({ code: 2 });
  expect((await run('pairs', 'mien')).err).toContain('Did you mean ragwright pairs mine?');
  expect((await run('constructor')).code).toBe(2);
});

test('help of everything and of a group', async () => {
  for (const args of [['--help'], ['help'], ['-h']]) {
    const { code, out } = await run(...args);
    expect(code).toBe(0);
    for (const name of Object.keys(commands)) expect(out).toContain(`  ${name}`);
  }
  expect((await run('help', 'pairs', 'mine')).out).toBe((await run('pairs', 'mine', '--help')).out);
  const { code, out } = await run('pairs', '--help');
  expect(code).toBe(0);
  expect(out).toContain('mine');
});

test('--version', async () => {
  expect((await run('--version')).out).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test('with --json an error is one JSON document on standard output', async () => {
  const { code, out, err } = await run('eval', '--data', 'nowhere', '--model', 'x', '--json');
  expect(code).toBe(2);
  expect(JSON.parse(out).error).toMatchObject({
    name: 'UsageError',
    message: '--data nowhere: no such folder',
  });
  expect(err).toContain('--data nowhere: no such folder');
});

test('secrets never reach the terminal', async () => {
  const { out, err } = await run('eval', '--data', 'hf_secretsecretsecret', '--model', 'x', '--json');
  expect(out + err).not.toContain('secretsecret');
});
