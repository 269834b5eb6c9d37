import { parseHTML } from 'linkedom';
import type { DomDocument, DomElement } from './dom.ts';

/** Deeper than people nest; the libraries that follow recurse, or are quadratic in the depth. */
const MAX_DEPTH = 150;

const NOT_TEXT =
  'script, style, noscript, template, iframe, frame, object, embed, svg, canvas, audio, video, input, select, textarea, button, link';

/**
 * A page as a tree, without what is no text. linkedom runs no script and loads nothing. What is nested deeper than 150
 * elements becomes plain text.
 */
export function parsePage(html: string): DomDocument {
  // linkedom takes the first element for the root, but `<html>` and `<body>` may be left out.
  const whole = /<body[\s>]/i.test(html) ? html : `<html><head></head><body>${html}</body></html>`;
  const { document } = parseHTML(/<html[\s>]/i.test(whole) ? whole : `<html>${whole}</html>`);
  for (const element of document.querySelectorAll(NOT_TEXT)) element.remove();
  limitDepth(document.body);
  return document;
}

function limitDepth(root: DomElement): void {
  let depth = 0;
  let at: DomElement | null = root.firstElementChild;
  while (at !== null) {
    if (depth >= MAX_DEPTH && at.firstElementChild !== null) at.textContent = ` ${at.textContent} `;
    if (at.firstElementChild !== null) {
      at = at.firstElementChild;
      depth++;
      continue;
    }
    while (at !== null && at.nextElementSibling === null) {
      at = at.parentElement === root ? null : at.parentElement;
      depth--;
    }
    at = at?.nextElementSibling ?? null;
  }
}
