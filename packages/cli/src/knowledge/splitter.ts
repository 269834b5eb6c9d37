import type { Splitter } from '@ragwright/core/corpus';
import type { ResolvedTuneSettings } from '@ragwright/core/learning/recipes';
import type { EmbeddingModel } from '@ragwright/core/models';

/** The splitter of a config, counting in the model's own tokens. */
export async function splitterFor(
  { kind, size, overlap }: ResolvedTuneSettings['chunks'],
  model: EmbeddingModel,
): Promise<Splitter> {
  const { createSplitter } = await import('@ragwright/core/corpus');
  const { tokenizer, settings } = model;
  const most = settings.maxSeqLength - tokenizer.encode('').ids.length;
  const sizes = { size: size === 'model' ? most : Math.min(size, most), overlap };
  return createSplitter(
    { kind, ...sizes },
    {
      tokenizer,
      counter: tokenizer,
      ...(kind === 'semantic'
        ? { embed: (texts: readonly string[]) => model.encode(texts), embedFingerprint: model.fingerprint() }
        : {}),
    },
  );
}
