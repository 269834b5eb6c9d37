/** Markup that is safe to write into a page. Only {@link html} and {@link svg} make it. */
export class Html {
  readonly markup: string;
  constructor(markup: string) {
    this.markup = markup;
  }
  toString(): string {
    return this.markup;
  }
}

/** What may stand in a template: text is escaped, markup is not, nothing is nothing. */
export type HtmlPart = Html | string | number | false | undefined | readonly HtmlPart[];

/**
 * A template whose values are escaped, so that no text of a document becomes markup.
 *
 * @example html`<p title="${title}">${text}</p>`
 */
export function html(strings: TemplateStringsArray, ...parts: readonly HtmlPart[]): Html {
  let markup = strings[0] as string;
  for (let i = 0; i < parts.length; i++) markup += write(parts[i]) + (strings[i + 1] as string);
  return new Html(markup);
}

/** The same; says that the markup is SVG. */
export const svg = html;

export const join = (parts: readonly HtmlPart[], between = ''): Html =>
  new Html(parts.map(write).join(between));

/** An attribute with a number in it, at most two decimals. */
export const px = (value: number): string =>
  Number.isFinite(value) ? String(Math.round(value * 100) / 100) : '0';

function write(part: HtmlPart): string {
  if (part === undefined || part === false) return '';
  if (part instanceof Html) return part.markup;
  if (typeof part === 'object') return part.map(write).join('');
  return escapeHtml(String(part));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text for elements and quoted attributes. Control characters, overrides of the direction and halves of characters become U+FFFD. */
export const escapeHtml = (text: string): string =>
  text
    .replace(/\p{Surrogate}/gu, '\ufffd')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202d\u202e]/g, '\ufffd')
    .replace(/[&<>"']/g, (character) => ENTITIES[character] as string);

/** Cut after so many characters, between words if one ends nearby. */
export function excerpt(text: string, length: number): string {
  const flat = text
    .slice(0, length * 4 + 4096)
    .replace(/\s+/gu, ' ')
    .trim();
  if (flat.length <= length) return flat;
  const cut = flat.slice(0, length).replace(/\p{Surrogate}/gu, '');
  const space = cut.lastIndexOf(' ');
  return `${flat[length] !== ' ' && space > length * 0.7 ? cut.slice(0, space) : cut} …`;
}
