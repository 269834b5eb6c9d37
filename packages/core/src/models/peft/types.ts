/** Which linear layers get an adapter. */
export type LoraTargets =
  /** Every linear layer of the encoder's blocks; not the pooler, which hidden states do not depend on. */
  | 'all-linear'
  /** Full names, or their ends from a dot on, as in PEFT: `query`, `attention.self.query`. */
  | readonly string[]
  /** Names in which the pattern is found. */
  | RegExp;

/** Options of LoRA. Defaults are PEFT's LoraConfig where not said otherwise. */
export interface LoraOptions {
  /** Width of the bottleneck (`r`); default 8. */
  readonly rank?: number;
  /** Numerator of the scaling (`lora_alpha`); default 2 · rank (PEFT: 8). */
  readonly alpha?: number;
  /** Dropout on the adapter's input (`lora_dropout`); default 0. */
  readonly dropout?: number;
  /** Default `all-linear`, as QLoRA found best (arXiv 2305.14314, § 4; PEFT: by architecture). */
  readonly targets?: LoraTargets;
  /** Scale by alpha / √rank instead of alpha / rank (`use_rslora`, arXiv 2312.03732); default false. */
  readonly rslora?: boolean;
}

/** LoRA's numbers, resolved. */
export interface LoraSettings {
  readonly rank: number;
  readonly alpha: number;
  readonly dropout: number;
  readonly rslora: boolean;
}
