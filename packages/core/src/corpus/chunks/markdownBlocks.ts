import { isSpace, skipSpace, trimEnd } from './characters.ts';

export interface Heading {
  /** Where its line begins. */
  readonly start: number;
  /** Where the text below it begins. */
  readonly end: number;
  /** 1 to 6. */
  readonly level: number;
  readonly title: string;
}

/** What of a Markdown text matters to a splitter, in order. */
export interface MarkdownBlocks {
  readonly headings: readonly Heading[];
  /** Fenced code and tables, without white space at their ends. */
  readonly whole: readonly { readonly start: number; readonly end: number }[];
}

interface Line {
  readonly start: number;
  /** After the line's last character, without its end. */
  readonly end: number;
  /** First character that is not white space; `end` if there is none. */
  readonly text: number;
}

/**
 * Finds headings (`#` and underlined), fences and tables, in one pass over the lines. A full parser gives no offsets into
 * the text, and has inputs on which it is quadratic.
 */
export function findBlocks(text: string): MarkdownBlocks {
  const headings: Heading[] = [];
  const whole: { start: number; end: number }[] = [];
  let paragraph: Line | undefined; // the line before, if it belongs to a paragraph
  for (let at = 0; at < text.length; ) {
    const line = lineAt(text, at);
    const next = line.end + 1;
    const fence = openingFence(text, line);
    if (fence !== undefined) {
      const end = fenceEnd(text, next, fence);
      whole.push({ start: line.text, end: trimEnd(text, line.text, end) });
      paragraph = undefined;
      at = end;
      continue;
    }
    const underline = paragraph && isIndentedLess(line) ? underlineLevel(text, line) : undefined;
    if (paragraph && isDelimiterRow(text, line) && hasPipe(text, paragraph)) {
      const end = tableEnd(text, next);
      whole.push({ start: paragraph.text, end: trimEnd(text, paragraph.text, end) });
      paragraph = undefined;
      at = end;
      continue;
    }
    const level = headingLevel(text, line);
    if (paragraph && underline !== undefined) {
      const title = text.slice(paragraph.text, paragraph.end).trim();
      headings.push({ start: paragraph.start, end: Math.min(next, text.length), level: underline, title });
    } else if (level > 0) {
      const title = headingTitle(text, line.text + level, line.end);
      headings.push({ start: line.start, end: Math.min(next, text.length), level, title });
    }
    const isText = line.text < line.end && level === 0 && underline === undefined;
    paragraph = isText ? line : undefined;
    at = next;
  }
  return { headings, whole };
}

function lineAt(text: string, start: number): Line {
  const newline = text.indexOf('\n', start);
  const end = newline === -1 ? text.length : newline;
  return { start, end, text: skipSpace(text, start, end) };
}

/** Four spaces make code of a line. */
const isIndentedLess = (line: Line): boolean => line.text - line.start < 4;

function run(text: string, from: number, to: number, char: string): number {
  let i = from;
  while (i < to && text[i] === char) i++;
  return i - from;
}

interface Fence {
  readonly char: string;
  readonly length: number;
}

/** Three or more backticks or tildes; at any depth, since lists indent them. */
function openingFence(text: string, line: Line): Fence | undefined {
  const char = text[line.text];
  if (char !== '`' && char !== '~') return undefined;
  const length = run(text, line.text, line.end, char);
  const isInline = char === '`' && text.slice(line.text + length, line.end).includes('`');
  return length >= 3 && !isInline ? { char, length } : undefined;
}

/** Where the text after a fence begins; the end of the text if it isn't closed. */
function fenceEnd(text: string, from: number, fence: Fence): number {
  for (let at = from; at < text.length; ) {
    const line = lineAt(text, at);
    const length = run(text, line.text, line.end, fence.char);
    if (length >= fence.length && skipSpace(text, line.text + length, line.end) === line.end)
      return Math.min(line.end + 1, text.length);
    at = line.end + 1;
  }
  return text.length;
}

function headingLevel(text: string, line: Line): number {
  if (!isIndentedLess(line)) return 0;
  const level = run(text, line.text, line.end, '#');
  const after = line.text + level;
  return level <= 6 && (after === line.end || isSpace(text.charCodeAt(after))) ? level : 0;
}

/** Without the closing `#`s. */
function headingTitle(text: string, from: number, to: number): string {
  const end = trimEnd(text, from, to);
  let marks = end;
  while (marks > from && text[marks - 1] === '#') marks--;
  const isClosed = marks === from || isSpace(text.charCodeAt(marks - 1));
  return text.slice(from, isClosed ? marks : end).trim();
}

function underlineLevel(text: string, line: Line): 1 | 2 | undefined {
  const char = text[line.text];
  if (char !== '=' && char !== '-') return undefined;
  const end = line.text + run(text, line.text, line.end, char);
  return skipSpace(text, end, line.end) === line.end ? (char === '=' ? 1 : 2) : undefined;
}

/** `| --- | :-: |` */
function isDelimiterRow(text: string, line: Line): boolean {
  let dashes = 0;
  let pipes = 0;
  for (let i = line.text; i < line.end; i++) {
    const char = text[i];
    if (char === '-') dashes++;
    else if (char === '|') pipes++;
    else if (char !== ':' && !isSpace(text.charCodeAt(i))) return false;
  }
  return dashes > 0 && pipes > 0;
}

const hasPipe = (text: string, line: Line): boolean => text.slice(line.text, line.end).includes('|');

/** A table goes on until an empty line, a heading or a fence. */
function tableEnd(text: string, from: number): number {
  for (let at = from; at < text.length; ) {
    const line = lineAt(text, at);
    if (line.text === line.end || headingLevel(text, line) > 0 || openingFence(text, line)) return at;
    at = line.end + 1;
  }
  return text.length;
}
