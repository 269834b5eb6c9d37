import { readFileSync } from 'node:fs';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { documentsOf, fixture, folderOf, readAll, reasonsOf } from '../testFolder.fixture.ts';
import { checkZip } from './zip.ts';

describe('PDF and DOCX', () => {
  test('a PDF is the text of its pages, and says where each begins', async () => {
    const [pdf] = await documentsOf(fixture('report.pdf'));
    expect(pdf).toMatchObject({
      text: 'The first page tells of tides.\n\nThe second page) tells of bees.',
      title: 'Sea and Hive',
      timestamp: '2024-03-01T08:00:00.000Z',
      metadata: { author: 'Ada Baker', pages: 2, pageStarts: ['0', '32'] },
    });
  });

  test('a PDF without text, a damaged one and one that is cut off have reasons', async () => {
    const whole = readFileSync(fixture('report.pdf'));
    const folder = folderOf({
      'a.pdf': readFileSync(fixture('empty.pdf')),
      'b.pdf': whole.subarray(0, 90),
      'c.pdf': 'not a PDF',
    });
    expect(reasonsOf(await readAll(folder))).toEqual([
      'a.pdf: no text on 2 pages; scanned pages need OCR first',
      expect.stringMatching(/^b.pdf: Invalid PDF/),
      expect.stringMatching(/^c.pdf: Invalid PDF/),
    ]);
  });

  test('a DOCX becomes Markdown', async () => {
    const [letter] = await documentsOf(fixture('letter.docx'));
    expect(letter).toMatchObject({
      format: 'markdown',
      title: 'The harbour',
      text: '# The harbour\n\nShips wait for the tide before they enter.\n\n## Depths\n\n| Basin | Metres |\n| --- | --- |\n| North | 9 |\n| South | 12 |',
    });
  });

  test('an archive that unpacks to too much is refused before it is unpacked, whatever it says of itself', () => {
    const packed = deflateRawSync(Buffer.alloc(2_000_000));
    const header = Buffer.alloc(26);
    header.writeUInt16LE(8, 4);
    header.writeUInt32LE(packed.length, 14);
    header.writeUInt32LE(5, 18); // it says 5 bytes
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), header, packed]);
    const entry = Buffer.concat([Buffer.from('PK\x01\x02\0\0', 'latin1'), header, Buffer.alloc(14)]);
    const end = Buffer.alloc(22);
    end.write('PK\x05\x06', 'latin1');
    end.writeUInt16LE(1, 10);
    end.writeUInt32LE(local.length, 16);
    const bomb = Buffer.concat([local, entry, end]);
    expect(() => checkZip(bomb, 1_000_000)).toThrow('unpacks to more');
    expect(() => checkZip(bomb, 3_000_000)).not.toThrow();
    expect(() => checkZip(bomb.subarray(1), 3_000_000)).toThrow('damaged');
  });
});
