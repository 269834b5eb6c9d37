import { html } from './html.ts';
import { data } from './sections/data.ts';
import { method } from './sections/method.ts';
import { queries } from './sections/queries.ts';
import { results } from './sections/results.ts';
import { models, run } from './sections/run.ts';
import { scores } from './sections/scores.ts';
import { settings } from './sections/settings.ts';
import { stages } from './sections/stages.ts';
import { summary } from './sections/summary.ts';
import { training } from './sections/training.ts';
import { STYLE } from './style.ts';
import type { ReportData } from './types.ts';

/**
 * The report of a run as one HTML page that needs nothing else: styles and charts (SVG) are in it, it has no
 * script, and a content security policy forbids every request. All texts are escaped.
 */
export function renderReport(report: ReportData): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="Ragwright ${report.version}">
<title>${report.title} – tuning report</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${summary(report)}${stages(report)}${results(report)}${scores(report)}${queries(report)}${training(report)}${data(report)}${models(report)}${run(report)}${settings(report)}${method(report)}
<footer><p>Made by Ragwright ${report.version}. This page is one file, without scripts or requests.</p></footer>
</main>
</body>
</html>
`.markup;
}
