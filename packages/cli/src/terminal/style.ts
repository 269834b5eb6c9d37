/** Colours for a terminal; none where nobody sees them, or where NO_COLOR asks for none. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  red(text: string): string;
  cyan(text: string): string;
}

const code =
  (on: boolean, start: number, end: number) =>
  (text: string): string =>
    on && text !== '' ? `\u001b[${start}m${text}\u001b[${end}m` : text;

export const style = (on: boolean): Style => ({
  bold: code(on, 1, 22),
  dim: code(on, 2, 22),
  green: code(on, 32, 39),
  yellow: code(on, 33, 39),
  red: code(on, 31, 39),
  cyan: code(on, 36, 39),
});

/** Whether a stream should get colours: https://no-color.org and FORCE_COLOR are honoured. */
export function wantsColour(
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  if (env['NO_COLOR']) return false;
  if (env['FORCE_COLOR'] && env['FORCE_COLOR'] !== '0') return true;
  return stream.isTTY === true && env['TERM'] !== 'dumb';
}

/** Texts of documents may hold control sequences that move the cursor or worse: they are shown as marks. */
export const printable = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');

/** Lines of columns, each as wide as its widest cell; numbers to the right. */
export function columns(rows: readonly (readonly string[])[], rightFrom = 1): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, cell.length);
    });
  }
  return rows
    .map((row) =>
      row
        .map((cell, i) => {
          const width = widths[i] as number;
          return i >= rightFrom ? cell.padStart(width) : cell.padEnd(width);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
