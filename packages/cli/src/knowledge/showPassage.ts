import type { Passage as Highlight } from '@ragwright/core/knowledge';
import { printable, type Style } from '../terminal/style.ts';

export interface ShownPassage {
  readonly rank: number;
  readonly score: number;
  readonly source: string;
  readonly title: string | undefined;
  readonly headingPath: readonly string[];
  readonly text: string;
  readonly highlights: readonly Highlight[];
}

const LONGEST = 480;

/** A found passage for a terminal: where it stands, and its best sentences, matching words marked. */
export function showPassage(
  { rank, score, source, title, headingPath, text, highlights }: ShownPassage,
  style: Style,
): string {
  const place = [...new Set([title ?? '', ...headingPath])].filter((part) => part !== '').join(' › ');
  const head = `${style.bold(`${rank}.`)} ${style.bold(oneLine(place) || oneLine(source))}  ${style.dim(score.toFixed(4))}`;
  const sentences =
    highlights.length > 0
      ? [...highlights]
          .sort((a, b) => a.start - b.start)
          .map((sentence) => marked(text, sentence, style))
          .join(' … ')
      : oneLine(text.length > LONGEST ? `${text.slice(0, LONGEST)} …` : text);
  return [head, `   ${style.dim(oneLine(source))}`, `   ${sentences}`].join('\n');
}

function marked(text: string, { start, end, matches }: Highlight, style: Style): string {
  let shown = '';
  let at = start;
  for (const match of matches) {
    if (match.start < at || match.end > end) continue;
    shown += oneLine(text.slice(at, match.start), false);
    shown += style.yellow(style.bold(printable(text.slice(match.start, match.end))));
    at = match.end;
  }
  return (shown + oneLine(text.slice(at, end), false)).trim();
}

const oneLine = (text: string, trim = true): string => {
  const flat = printable(text.replace(/\s+/gu, ' '));
  return trim ? flat.trim() : flat;
};
