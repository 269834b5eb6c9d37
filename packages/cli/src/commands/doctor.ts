import { defineCommand } from '../command/define.ts';
import { exitCodes } from '../command/exitCodes.ts';
import { checkAll } from '../doctor/checks.ts';
import { version } from '../version.ts';

export const command = defineCommand({
  summary: 'Check what this machine has and lacks',
  description:
    'Says which libtorch is used and why, and checks memory, disk, pip, the Hub and the stores. Fails only if something is missing that nothing works without.',
  options: {},
  examples: ['ragwright doctor', 'ragwright doctor --json'],
  async run(_, { terminal, env }) {
    const checks = await checkAll(env);
    const { style } = terminal;
    const marks = { ok: style.green('✓'), warning: style.yellow('!'), failed: style.red('✗') };
    const width = Math.max(...checks.map(({ name }) => name.length));
    const lines = checks.flatMap(({ name, status, found, advice }) => [
      `${marks[status]} ${name.padEnd(width)}  ${found}`,
      ...(advice === undefined ? [] : [`  ${' '.repeat(width)}  ${style.dim(advice)}`]),
    ]);
    const ok = checks.every(({ status }) => status !== 'failed');
    terminal.result({ version, ok, checks }, lines.join('\n'));
    return ok ? exitCodes.done : exitCodes.failed;
  },
});
