import { type Html, html } from '../html.ts';

export interface FigureOptions {
  /** Unique in the page. */
  readonly id: string;
  readonly title: string;
  /** What is seen, for those who can't see it. */
  readonly description: string;
  /** Under the title, for all. */
  readonly note?: Html | string;
  readonly legend?: readonly LegendEntry[];
  /** Width on a wide screen, in px; default {@link WIDE}. */
  readonly width?: number;
  /** Draws the inside of the svg; called for a wide screen and for a phone. */
  readonly draw: (width: number) => Drawing;
  readonly table: DataTable;
}

export interface Drawing {
  readonly height: number;
  readonly marks: Html;
}

export interface LegendEntry {
  /** Class of the key: `base`, `tuned`, `positive` … */
  readonly key: string;
  readonly shape: 'line' | 'dot' | 'area' | 'dash' | 'tick';
  readonly text: string;
}

/** The same figures as numbers. */
export interface DataTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export const WIDE = 908;
export const HALF = 438;
export const NARROW = 350;

/**
 * A chart with its title, legend and the table of its figures. It is drawn twice, for a wide screen and for a
 * phone, so that its letters have the size of the text on both; style sheets show one.
 */
export function figure(options: FigureOptions): Html {
  const { id, title, note, legend = [], width = WIDE } = options;
  return html`<figure id="${id}" class="${width < WIDE ? 'half' : 'full'}">
<figcaption><h3>${title}</h3>${note ? html`<p class="note">${note}</p>` : undefined}${
    legend.length > 0
      ? html`<ul class="legend">${legend.map((entry) => html`<li><i class="key ${entry.shape} ${entry.key}"></i>${entry.text}</li>`)}</ul>`
      : undefined
  }</figcaption>
${drawing(options, 'wide', width)}${drawing(options, 'narrow', NARROW)}
${dataTable(options.table)}
</figure>`;
}

function drawing(options: FigureOptions, size: string, width: number): Html {
  const { height, marks } = options.draw(width);
  const id = `${options.id}-${size}`;
  return html`<svg class="chart ${size}" role="img" aria-labelledby="${id}-t ${id}-d" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"><title id="${id}-t">${options.title}</title><desc id="${id}-d">${options.description}</desc>${marks}</svg>`;
}

function dataTable({ head, rows }: DataTable): Html {
  return html`<details class="data"><summary>Figures as a table</summary><table class="plain"><thead><tr>${head.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead><tbody>${rows.map(
    ([first, ...rest]) =>
      html`<tr><th scope="row">${first}</th>${rest.map((cell) => html`<td>${cell}</td>`)}</tr>`,
  )}</tbody></table></details>`;
}
