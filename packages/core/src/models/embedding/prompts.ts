import { ConfigError } from '../../base/errors.ts';
import type { EmbeddingSettings, PromptChoice } from './types.ts';

// sentence-transformers' encode_query and encode_document.
const namesOfRole = { query: ['query'], document: ['document', 'passage', 'corpus'] } as const;

/**
 * The prompt that a choice means; '' is none.
 *
 * @throws ConfigError for a name that the model doesn't have
 */
export function promptOf(
  { prompts, defaultPromptName }: Pick<EmbeddingSettings, 'prompts' | 'defaultPromptName'>,
  choice: PromptChoice,
): string {
  if (choice.prompt !== undefined) return choice.prompt;
  const names: readonly string[] = choice.role ? namesOfRole[choice.role] : [];
  const ofRole = names.find((name) => Object.hasOwn(prompts, name));
  const name = choice.promptName ?? ofRole ?? defaultPromptName;
  if (name === null) return '';
  const prompt = Object.hasOwn(prompts, name) ? prompts[name] : undefined;
  if (prompt !== undefined) return prompt;
  const expected = `one of the model's prompts (${Object.keys(prompts).join(', ') || 'it has none'})`;
  throw new ConfigError('options', [{ field: 'promptName', expected, got: name }]);
}
