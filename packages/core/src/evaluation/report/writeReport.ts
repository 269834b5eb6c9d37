import { join } from 'node:path';
import { writeFileAtomic, writeJsonAtomic } from '../../base/atomicFile.ts';
import { withoutSecrets } from '../../base/secrets.ts';
import { renderReport } from './renderReport.ts';
import type { ReportData } from './types.ts';

/**
 * Writes `report.html` and its data, `report.json`, into a folder; secrets of the config are left out.
 *
 * @returns the path of the page
 */
export async function writeReport(folder: string, data: ReportData): Promise<string> {
  const shown = { ...data, config: withoutSecrets(data.config) as ReportData['config'] };
  const page = join(folder, 'report.html');
  await writeJsonAtomic(join(folder, 'report.json'), shown);
  await writeFileAtomic(page, renderReport(shown));
  return page;
}
