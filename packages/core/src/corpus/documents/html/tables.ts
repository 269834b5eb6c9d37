import type TurndownService from 'turndown';
import type { DomElement } from './dom.ts';

interface TableShape {
  /** Rows of cells; if not, the table only lays out the page. */
  readonly isData: boolean;
  readonly firstRow: DomElement | undefined;
}

/** Turndown knows no tables: data tables become rows of `| a | b |`, the cells of layout tables blocks of their own. */
export function addTableRules(service: TurndownService): void {
  const shapes = new WeakMap<DomElement, TableShape>();
  const shapeOf = (node: DomElement): TableShape | undefined => {
    const table = node.closest('table');
    if (table === null) return undefined;
    const shape = shapes.get(table) ?? readShape(table);
    shapes.set(table, shape);
    return shape;
  };
  service.addRule('cell', {
    filter: ['td', 'th'],
    replacement: (content, node) =>
      shapeOf(node as DomElement)?.isData
        ? ` ${content.trim().replace(/\s+/g, ' ').replaceAll('|', '\\|')} |`
        : `\n\n${content.trim()}\n\n`,
  });
  service.addRule('row', {
    filter: 'tr',
    replacement: (content, node) => {
      const shape = shapeOf(node as DomElement);
      if (!shape?.isData) return content;
      const row = `\n|${content}`;
      return node === shape.firstRow ? `${row}\n|${' --- |'.repeat(cellsOf(node as DomElement))}` : row;
    },
  });
  service.addRule('section', { filter: ['thead', 'tbody', 'tfoot'], replacement: (content) => content });
  service.addRule('table', { filter: 'table', replacement: (content) => `\n\n${content.trim()}\n\n` });
}

function readShape(table: DomElement): TableShape {
  const rows = [...table.querySelectorAll('tr')];
  const isData =
    rows.length >= 2 &&
    rows.some((row) => cellsOf(row) >= 2) &&
    table.querySelector('table, h1, h2, h3, h4, h5, h6, ul, ol, pre') === null;
  return { isData, firstRow: rows[0] };
}

const cellsOf = (row: DomElement): number =>
  [...row.children].filter(({ tagName }) => /^t[dh]$/i.test(tagName)).length;
