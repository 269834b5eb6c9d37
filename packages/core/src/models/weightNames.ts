/** Heads of task models, and buffers of older checkpoints, that may stand beside names without a prefix. */
const notInEncoder =
  /^(cls|classifier|qa_outputs|lm_head|head|decoder)\.|(^|\.)(position_ids|token_type_ids)$/;

/**
 * Maps the names of a checkpoint to an encoder's own: drops the prefix of task models (`bert.`, `roberta.`, `model.` …)
 * and everything that lies beside it, which is the task's head; translates TensorFlow's names of norms. The mapping
 * gives undefined for what is no part of the encoder.
 *
 * @param names all names in the checkpoint
 */
export function encoderNames(names: readonly string[], prefix: string): (name: string) => string | undefined {
  const prefixed = names.some((name) => name.startsWith(prefix));
  return (name) => {
    if (prefixed && !name.startsWith(prefix)) return undefined;
    const bare = prefixed ? name.slice(prefix.length) : name;
    if (notInEncoder.test(bare)) return undefined;
    return bare.replace(/\.gamma$/, '.weight').replace(/\.beta$/, '.bias');
  };
}
