import { brand, FileError, TorchError } from '../errors.ts';

export interface SafetensorsProblem {
  /** Path of the file, or of the shard index, as given. */
  readonly file: string;
  /** Name of the tensor that is wrong, where it is about one. */
  readonly tensor?: string | undefined;
  /** What is wrong and, where there is a remedy, what to do. */
  readonly message: string;
  readonly expected?: string | undefined;
  readonly got?: string | undefined;
  readonly cause?: unknown;
}

/** A safetensors file, shard index or request that breaks a rule of the format. */
export class SafetensorsError extends TorchError {
  /** Path of the file, or of the shard index. */
  readonly file: string;
  /** The tensor concerned, if it is about one. */
  declare readonly tensor?: string;

  constructor(op: string, problem: SafetensorsProblem) {
    const place = problem.tensor === undefined ? '' : `, tensor ${quote(problem.tensor)}`;
    super(op, `${quote(problem.file)}${place}: ${problem.message}`, problem);
    this.file = problem.file;
    if (problem.tensor !== undefined) this.tensor = problem.tensor;
  }

  static {
    brand(SafetensorsError, 'SafetensorsError');
  }
}

/** A name or value from a file, safe to print: escaped, and cut so that a hostile file cannot flood a log. */
export function quote(value: string): string {
  const cut = value.length > 200 ? `${value.slice(0, 200)}…` : value;
  return JSON.stringify(cut);
}

/** A failure of the operating system (absent file, no permission, disk full) as a FileError. */
export function systemError(op: string, file: string, cause: unknown, remedy = ''): FileError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new FileError(op, `${quote(file)}: ${reason}${remedy && `; ${remedy}`}`, { cause });
}
