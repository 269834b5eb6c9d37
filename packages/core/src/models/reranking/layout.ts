import { join } from 'node:path';
import { z } from 'zod';
import { ConfigError } from '../../base/errors.ts';
import { modulesSchema, readLayoutFile } from '../embedding/layoutFiles.ts';
import type { ScoreActivation } from './types.ts';

/* What sentence-transformers writes beside a cross-encoder's weights, old layout and new. Other keys are passed over. */

/** sentence_bert_config.json; before version 6 there is none. */
const transformerSchema = z.object({
  transformer_task: z.string().optional(),
  max_seq_length: z.number().int().positive().nullish(),
  do_lower_case: z.boolean().nullish(),
});

/** config_sentence_transformers.json; before version 6 there is none. */
const modelSchema = z.object({
  model_type: z.string().optional(),
  activation_fn: z.string().nullish(),
  prompts: z.record(z.string(), z.string().nullable()).default({}),
  default_prompt_name: z.string().nullish(),
});

/** The part of config.json that concerns the head. */
const configSchema = z.object({
  architectures: z.array(z.string()).nullish(),
  id2label: z.record(z.string(), z.unknown()).nullish(),
  num_labels: z.number().int().positive().nullish(),
  /** sentence-transformers 4 and 5 */
  sentence_transformers: z.object({ activation_fn: z.string().nullish() }).nullish(),
  /** before version 4 */
  sbert_ce_default_activation_function: z.string().nullish(),
});

/** What a folder says: a cross-encoder's, or that of an encoder or embedding model which has no head yet. */
export interface CrossEncoderLayout {
  readonly encoderFolder: string;
  /** Whether the weights are those of …ForSequenceClassification; undefined: nothing says so. */
  readonly classifier: boolean | undefined;
  /** Labels that config.json names. */
  readonly labels: number;
  readonly activation: ScoreActivation | undefined;
  readonly maxSeqLength: number | undefined;
  readonly lowercase: boolean;
  readonly notices: readonly string[];
}

/**
 * Reads the layout of a cross-encoder's folder, or of one that a cross-encoder is to be made from.
 *
 * @throws ConfigError for files that can't be read, and for what we don't have: modules after the transformer,
 *   activations other than sigmoid and identity, prompts
 */
export async function readCrossEncoderLayout(folder: string): Promise<CrossEncoderLayout> {
  const modelFile = join(folder, 'config_sentence_transformers.json');
  const model = (await readLayoutFile(modelFile, modelSchema)) ?? modelSchema.parse({});
  const { encoderFolder, isEmbedder } = await readModules(folder, model.model_type);
  const transformerFile = join(encoderFolder, 'sentence_bert_config.json');
  const transformer = (await readLayoutFile(transformerFile, transformerSchema)) ?? {};
  checkTask(transformerFile, transformer.transformer_task);
  const configFile = join(encoderFolder, 'config.json');
  const config = (await readLayoutFile(configFile, configSchema)) ?? {};
  if (!isEmbedder && model.default_prompt_name && model.prompts[model.default_prompt_name]) {
    const expected = 'none: prompts of cross-encoders are not supported';
    throw new ConfigError(modelFile, [
      { field: 'default_prompt_name', expected, got: model.default_prompt_name },
    ]);
  }
  const named = isEmbedder
    ? undefined
    : (model.activation_fn ??
      config.sentence_transformers?.activation_fn ??
      config.sbert_ce_default_activation_function);
  const { activation, notices } = readActivation(folder, named ?? undefined);
  return {
    encoderFolder,
    classifier: isEmbedder
      ? false
      : config.architectures?.some((name) => name.endsWith('ForSequenceClassification')),
    labels: config.id2label ? Object.keys(config.id2label).length : (config.num_labels ?? 2), // transformers' default
    activation,
    maxSeqLength: transformer.max_seq_length ?? undefined,
    lowercase: transformer.do_lower_case ?? false,
    notices,
  };
}

async function readModules(
  folder: string,
  modelType: string | undefined,
): Promise<{ readonly encoderFolder: string; readonly isEmbedder: boolean }> {
  const file = join(folder, 'modules.json');
  const modules = (await readLayoutFile(file, modulesSchema))?.sort((a, b) => a.idx - b.idx);
  if (!modules) return { encoderFolder: folder, isEmbedder: false };
  const kinds = modules.map(({ type }) => type.split('.').at(-1));
  const isEmbedder = modelType !== 'CrossEncoder' && kinds.includes('Pooling');
  if (kinds[0] !== 'Transformer' || (kinds.length > 1 && !isEmbedder)) {
    const expected = 'a Transformer alone, or an embedding model';
    throw new ConfigError(file, [{ field: '', expected, got: modules.map(({ type }) => type).join(', ') }]);
  }
  return { encoderFolder: join(folder, modules[0]?.path ?? ''), isEmbedder };
}

function checkTask(file: string, task: string | undefined): void {
  if (task === undefined || task === 'sequence-classification' || task === 'feature-extraction') return;
  const expected = 'sequence-classification: generative rerankers are not supported';
  throw new ConfigError(file, [{ field: 'transformer_task', expected, got: task }]);
}

const activations: Readonly<Record<string, ScoreActivation>> = { Sigmoid: 'sigmoid', Identity: 'identity' };

/** By PyTorch's class; the default, with a notice, for one that is not PyTorch's: sentence-transformers runs no other. */
function readActivation(
  folder: string,
  name: string | undefined,
): { readonly activation: ScoreActivation | undefined; readonly notices: string[] } {
  if (name === undefined) return { activation: undefined, notices: [] };
  if (!name.startsWith('torch.')) {
    const notice = `${folder}: the activation ${name} is not PyTorch's: the default one is used instead`;
    return { activation: undefined, notices: [notice] };
  }
  const activation = activations[name.split('.').at(-1) ?? ''];
  if (activation) return { activation, notices: [] };
  const expected = `one of PyTorch's ${Object.keys(activations).join(' and ')}`;
  throw new ConfigError(folder, [{ field: 'activation_fn', expected, got: name }]);
}

/** sentence-transformers' default: a score between 0 and 1 for one label, logits for several. */
export const defaultActivation = (labels: number): ScoreActivation => (labels === 1 ? 'sigmoid' : 'identity');

/** PyTorch's class of an activation, as the layout names it. */
export const activationPath = (activation: ScoreActivation): string =>
  activation === 'sigmoid' ? 'torch.nn.modules.activation.Sigmoid' : 'torch.nn.modules.linear.Identity';
