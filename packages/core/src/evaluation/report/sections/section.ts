import { type Html, type HtmlPart, html } from '../html.ts';

/** One part of the page: name and introduction on the side, content beside it. */
export function section(
  id: string,
  title: string,
  introduction: HtmlPart,
  ...content: readonly HtmlPart[]
): Html {
  return html`<section id="${id}" aria-labelledby="${id}-title">
<header><h2 id="${id}-title">${title}</h2><p>${introduction}</p></header>
<div class="content">${content}</div>
</section>
`;
}

/** Terms and what they are; entries without a value are left out. */
export function facts(entries: readonly (readonly [string, HtmlPart])[]): Html {
  const known = entries.filter(([, value]) => value !== undefined && value !== '' && value !== false);
  return html`<dl class="facts">${known.map(([term, value]) => html`<div><dt>${term}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** Text that people or documents wrote: its direction is its own. */
export const theirs = (text: string): Html => html`<bdi>${text}</bdi>`;
