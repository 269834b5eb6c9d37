// What transformers 5 takes as a number with a decimal point only: JSON.stringify writes 2.0 as 2, and the config would
// be refused there.
const decimals =
  /"(initializer_range|initializer_cutoff_factor|layer_norm_eps|norm_eps|rope_theta)": (-?\d+)(?=[,\n])/g;

/** The text of a config.json, as transformers reads it. */
export const configText = (json: Readonly<Record<string, unknown>>): string =>
  `${JSON.stringify(json, null, 2)}\n`.replace(decimals, '"$1": $2.0');
