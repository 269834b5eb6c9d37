import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  background,
  charts,
  collidingLabels,
  lowContrast,
  overflowing,
  unfoldAll,
} from './inspectPage.fixture.mjs';
import { renderReport } from './renderReport.ts';
import { close, edge, golden, staged } from './report.fixture.ts';
import type { ReportData } from './types.ts';

/* The page in a real browser: Chromium, as scripts/ensure-chromium.mjs finds or installs it. */

const ensure = fileURLToPath(new URL('../../../../../scripts/ensure-chromium.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'ragwright-report-'));
let browser: Browser;

beforeAll(async () => {
  const found = spawnSync(process.execPath, [ensure], { encoding: 'utf8' });
  if (found.status !== 0) throw new Error(found.stderr);
  browser = await chromium.launch({ executablePath: found.stdout.trim(), args: ['--no-sandbox'] });
}, 300_000);

afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Opened {
  readonly page: Page;
  readonly complaints: readonly string[];
  readonly requests: readonly string[];
}

const PAGES: Readonly<Record<string, ReportData>> = { golden, staged, edge, close };

async function open(name: string, width: number, colorScheme: 'light' | 'dark'): Promise<Opened> {
  const file = join(folder, `${name}.html`);
  writeFileSync(file, renderReport(PAGES[name] as ReportData));
  const page = await browser.newPage({ viewport: { width, height: 844 }, colorScheme });
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('dialog', (dialog) => complaints.push(`dialog: ${dialog.message()}`));
  const url = pathToFileURL(file).href;
  page.on('request', (request) => {
    if (request.url() !== url) requests.push(request.url());
  });
  await page.goto(url);
  return { page, complaints, requests };
}

const views = [390, 768, 1280].flatMap((width) =>
  (['light', 'dark'] as const).map((scheme) => ({ width, scheme })),
);

describe.each(['golden', 'staged', 'edge'])('%s', (name) => {
  test.each(views)('reads well at $width px, $scheme', async ({ width, scheme }) => {
    const { page, complaints, requests } = await open(name, width, scheme);
    expect(await page.evaluate(overflowing)).toEqual([]);
    expect(await page.evaluate(lowContrast)).toEqual([]);
    const seen = await page.evaluate(charts);
    expect(new Set(seen.map(({ figure }) => figure)).size).toBe(seen.length); // one drawing a figure
    for (const chart of seen) {
      expect(chart.width, chart.figure).toBeGreaterThan(250);
      expect(chart.height, chart.figure).toBeGreaterThan(20);
      expect(chart.marks, chart.figure).toBeGreaterThan(0);
      expect(chart.title).not.toBe('');
    }
    // with everything unfolded too
    await page.evaluate(unfoldAll);
    expect(await page.evaluate(overflowing)).toEqual([]);
    expect(complaints).toEqual([]);
    expect(requests).toEqual([]);
    const picture = await page.screenshot({ fullPage: true });
    expect(picture.length).toBeGreaterThan(50_000);
    await page.close();
  });
});

test('the golden page has every section and chart', async () => {
  const { page } = await open('golden', 1280, 'light');
  const sections = await page.locator('section').evaluateAll((all) => all.map(({ id }) => id));
  expect(sections).toEqual([
    'results',
    'scores',
    'queries',
    'training',
    'data',
    'models',
    'cost',
    'config',
    'method',
  ]);
  expect((await page.evaluate(charts)).map(({ figure }) => figure)).toEqual([
    'comparison',
    'scores-before',
    'scores-after',
    'loss',
    'dev',
    'gradient',
    'rate',
    'stages',
  ]);
  await page.close();
});

test('stages come first, as a waterfall', async () => {
  const { page } = await open('staged', 390, 'light');
  expect(await page.locator('section').first().getAttribute('id')).toBe('pipeline');
  expect((await page.evaluate(charts))[0]?.figure).toBe('waterfall');
  await page.close();
});

test.each([
  ['golden', 390],
  ['golden', 1280],
  ['staged', 390],
  ['staged', 1280],
  ['close', 390],
  ['close', 1280],
])('no letters of a chart lie over each other: %s at %i px', async (name, width) => {
  const { page } = await open(name, width, 'light');
  expect(await page.evaluate(collidingLabels)).toEqual([]);
  await page.close();
});

test('hostile texts stay texts', async () => {
  const { page } = await open('edge', 390, 'light');
  expect(await page.title()).toContain('<script>');
  expect(await page.locator('script, img, iframe, object, link').count()).toBe(0);
  expect(await page.locator('[onerror]').count()).toBe(0);
  await page.close();
});

test('light and dark differ, paper is white', async () => {
  const { page } = await open('golden', 1280, 'dark');
  const dark = await page.evaluate(background);
  await page.emulateMedia({ colorScheme: 'light' });
  expect(await page.evaluate(background)).not.toBe(dark);
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  expect(await page.evaluate(background)).toBe('rgb(255, 255, 255)');
  expect(await page.evaluate(lowContrast)).toEqual([]);
  await page.close();
});
