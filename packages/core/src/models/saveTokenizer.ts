import { copyFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Tokenizer, tokenizerFiles, tokenizerJson } from '../text/index.ts';

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/**
 * The tokenizer files of a model that is saved: those of the folder it was loaded from, and what is missing written
 * anew.
 *
 * @param maxLength longest text in tokens, for `model_max_length` of a file that is written anew
 * @throws RagwrightError if files are missing and the tokenizer is of a kind that can't be written
 */
export async function saveTokenizer(
  { folder, tokenizer }: { readonly folder: string | undefined; readonly tokenizer: Tokenizer },
  maxLength: number,
  target: string,
): Promise<void> {
  for (const name of folder === undefined ? [] : tokenizerFiles) {
    const file = join(folder as string, name);
    if (await exists(file)) await copyFile(file, join(target, name));
  }
  const own = tokenizerJson(tokenizer, maxLength);
  for (const [name, content] of Object.entries(own)) {
    const file = join(target, name);
    if (!(await exists(file))) await writeFile(file, `${JSON.stringify(content, null, 2)}\n`);
  }
}
