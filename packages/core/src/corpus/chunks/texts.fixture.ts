import type { SeededRandom } from '../../base/rng.ts';
import type { Document, DocumentFormat } from '../documents/types.ts';

const words =
  'the a model of retrieval Größe naïve слово λόγος 東京 天気は良い 한국어 ไทยไม่เว้นวรรค x = foo(bar); e\u0301te\u0301 🔥 👩‍👩‍👧 👍🏽 http://example.org/a/very/long/path?with=many&parts=1'.split(
    ' ',
  );
const ends = ['. ', '! ', '? ', '… ', '.” ', '。', '！', '; ', ', '];
const blocks = [
  '# Heading\n\n',
  '## Deeper ##\n',
  'Underlined\n=====\n\n',
  '### \n',
  '```js\nfoo();\n\nbar();\n```\n',
  '~~~\nunclosed\n',
  '| a | b |\n| --- | --- |\n| 1 | 2 |\n| 3 | 4 |\n\n',
  '- item\n- item\n',
  'function foo() {\n  return 1;\n}\n\n',
  '// about it\nclass A {\n  method() {}\n}\n',
  'def f(x):\n    return x\n\n',
  '\n\n\n',
  '\f',
  '\t\t',
  '\u00a0\u3000 ',
  ' '.repeat(40),
  '\r\n',
];

/** Text of everything that splitters look at, and of what nobody expects. */
export function randomText(random: SeededRandom, pieces: number): string {
  const pick = <T>(from: readonly T[]): T => from[random.below(from.length)] as T;
  let text = '';
  for (let i = 0; i < pieces; i++) {
    const dice = random.below(100);
    if (dice < 70) text += `${pick(words)} `;
    else if (dice < 82) text += pick(ends);
    else if (dice < 87) text += '\n';
    else if (dice < 91) text += '\n\n';
    else if (dice < 97) text += pick(blocks);
    else if (dice < 98) text += pick(['🔥', 'x', '東', 'ab🙂', '\u0301']).repeat(random.below(120));
    else if (dice < 99) text += String.fromCharCode(random.below(0xd800));
    else text += String.fromCodePoint(0x10000 + random.below(0x10000));
  }
  return text;
}

export const documentOf = (text: string, format: DocumentFormat = 'text', language?: string): Document => ({
  id: 'd1',
  text,
  source: 'd1.txt',
  format,
  ...(language !== undefined && { language }),
  contentHash: '',
  metadata: {},
});
