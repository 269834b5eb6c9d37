import TurndownService from 'turndown';
import type { DomElement } from './dom.ts';
import { addTableRules } from './tables.ts';

/**
 * An element as Markdown: headings with `#`, fenced code, tables with `|`. Of links and images the words are kept, not
 * the addresses: those say nothing about the subject and cost tokens.
 */
export function toMarkdown(element: DomElement): string {
  const service = new TurndownService({
    headingStyle: 'atx',
    codeBlockStyle: 'fenced',
    bulletListMarker: '-',
    hr: '---',
  });
  service.escape = escapeLineStart;
  service.addRule('link', { filter: 'a', replacement: (content) => content });
  service.addRule('image', {
    filter: 'img',
    replacement: (_, node) => (node as DomElement).getAttribute('alt')?.trim() ?? '',
  });
  addTableRules(service);
  return service.turndown(element as never).trim();
}

/** Only what would make a heading or a fence of a line of text: everywhere else a backslash is noise. */
const escapeLineStart = (text: string): string => text.replace(/^(#{1,6}\s|```|~~~)/gm, '\\$1');
