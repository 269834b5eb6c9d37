import { maskSecrets, type RunEvent } from '@ragwright/core/base';
import { type Progress, progress } from './progress.ts';
import { type Style, style, wantsColour } from './style.ts';

/** A stream as far as it matters here: process.stdout and process.stderr are ones. */
export interface Stream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface TerminalOptions {
  readonly out: Stream;
  readonly err: Stream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly json: boolean;
  readonly quiet: boolean;
}

/** Where commands write. Results go to standard output, everything else to standard error. */
export interface Terminal {
  readonly json: boolean;
  readonly style: Style;
  /** The result: one JSON document with --json, else the text. */
  result(value: unknown, text: string): void;
  /** A line of the result, as it comes: a JSON line with --json, else the text. */
  line(value: unknown, text: string): void;
  /** What happens: progress for people; with --json, if `asLines`, also a JSON line on standard output. */
  event(event: RunEvent, asLines?: boolean): void;
  /** A remark for people. */
  say(text: string): void;
  /** Takes the live line away. */
  close(): void;
}

export function terminal({ out, err, env, json, quiet }: TerminalOptions): Terminal {
  const safe = (text: string) => maskSecrets(text, env);
  const colours = style(wantsColour(json ? err : out, env));
  const shown: Progress | undefined = quiet
    ? undefined
    : progress((text) => err.write(safe(text)), {
        live: err.isTTY === true && env['TERM'] !== 'dumb',
        style: style(wantsColour(err, env)),
        columns: () => err.columns ?? 80,
      });
  const print = (text: string) => {
    shown?.clear();
    out.write(safe(text.endsWith('\n') ? text : `${text}\n`));
  };
  const asJson = (value: unknown, indent?: number) => JSON.stringify(value, undefined, indent);
  return {
    json,
    style: colours,
    result: (value, text) => print(json ? asJson(value, 2) : text),
    line: (value, text) => print(json ? asJson(value) : text),
    event(event, asLines = false) {
      if (json && asLines) print(asJson(event));
      else shown?.show(event);
    },
    say(text) {
      shown?.clear();
      if (!quiet) err.write(safe(`${text}\n`));
    },
    close: () => shown?.clear(),
  };
}
