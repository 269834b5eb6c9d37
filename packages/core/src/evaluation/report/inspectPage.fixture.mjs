/*
 * What runs inside the browser to judge a page: plain JavaScript, for a browser's types would be everybody's. Each
 * function is serialised, so it uses nothing from outside.
 */

/**
 * Texts whose contrast with what lies behind them is below WCAG AA: 4.5, or 3 for large letters.
 * @returns {string[]}
 */
export function lowContrast() {
  const rgba = (color) => {
    const [r = 0, g = 0, b = 0, a = 1] = (color.match(/[\d.]+/g) ?? []).map(Number);
    return [r, g, b, a];
  };
  const luminance = ([r, g, b]) => {
    const linear = [r, g, b].map((value) => {
      const c = (value ?? 0) / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * (linear[0] ?? 0) + 0.7152 * (linear[1] ?? 0) + 0.0722 * (linear[2] ?? 0);
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = rgba(getComputedStyle(at).backgroundColor);
      if (color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  const bad = [];
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent?.trim());
    if (!own || !element.checkVisibility() || ['title', 'desc'].includes(element.tagName)) continue;
    const style = getComputedStyle(element);
    const color = rgba(element instanceof SVGElement ? style.fill : style.color);
    const [light = 0, dark = 0] = [luminance(color), luminance(behind(element))].sort((a, b) => b - a);
    const ratio = (light + 0.05) / (dark + 0.05);
    const size = Number.parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) {
      bad.push(`${element.tagName} "${element.textContent?.slice(0, 40)}" ${ratio.toFixed(2)}`);
    }
  }
  return bad;
}

/**
 * What reaches over an edge of the page, or of the drawing it is in.
 * @returns {string[]}
 */
export function overflowing() {
  const width = document.documentElement.clientWidth;
  const bad = [];
  if (document.documentElement.scrollWidth > width) bad.push(`page ${document.documentElement.scrollWidth}`);
  for (const element of document.querySelectorAll('main *')) {
    if (!element.checkVisibility() || ['title', 'desc'].includes(element.tagName)) continue;
    const box = element.getBoundingClientRect();
    const edge = element.closest('svg')?.getBoundingClientRect();
    const right = edge ? edge.right : width;
    const left = edge ? edge.left : 0;
    if (box.width > 1 && (box.right > right + 1 || box.left < left - 1)) {
      bad.push(`${element.tagName}.${element.getAttribute('class')} "${element.textContent?.slice(0, 40)}"`);
    }
  }
  return bad;
}

/**
 * The drawings that are seen.
 * @returns {{ figure: string, width: number, height: number, marks: number, title: string }[]}
 */
export function charts() {
  return [...document.querySelectorAll('figure')].flatMap((figure) =>
    [...figure.querySelectorAll('svg')]
      .filter((drawing) => drawing.checkVisibility())
      .map((drawing) => {
        const { width, height } = drawing.getBoundingClientRect();
        const marks = drawing.querySelectorAll('path, rect, circle, line').length;
        const title = drawing.querySelector('title')?.textContent ?? '';
        return { figure: figure.id, width, height, marks, title };
      }),
  );
}

/**
 * Texts within a drawing that lie over each other by more than a sliver.
 * @returns {string[]}
 */
export function collidingLabels() {
  const bad = [];
  for (const drawing of document.querySelectorAll('svg')) {
    if (!drawing.checkVisibility()) continue;
    const texts = [...drawing.querySelectorAll('text')].filter((each) => each.textContent?.trim());
    const boxes = texts.map((text) => text.getBoundingClientRect());
    boxes.forEach((a, i) => {
      boxes.slice(i + 1).forEach((b, j) => {
        const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (wide > 2 && high > 5) bad.push(`${texts[i]?.textContent} / ${texts[i + 1 + j]?.textContent}`);
      });
    });
  }
  return bad;
}

export function unfoldAll() {
  for (const each of document.querySelectorAll('details')) each.open = true;
}

/** @returns {string} */
export function background() {
  return getComputedStyle(document.body).backgroundColor;
}
