import type { RawDocument, ResolvedReadOptions, RowProblem, SourceFile } from '../types.ts';

/** Readers whose libraries parse what strangers wrote, in formats that can be broken in many ways. */
export type IsolatedReader = 'html' | 'pdf' | 'docx' | 'parquet';

/** To the thread: begin with a file, or go on with it. */
export type ReaderRequest =
  | {
      readonly type: 'open';
      readonly reader: IsolatedReader;
      readonly file: SourceFile;
      /** Without the signal, which can't be sent. */
      readonly options: Omit<ResolvedReadOptions, 'signal'>;
    }
  | { readonly type: 'next' };

/** From the thread: the reader is loaded, or what it found next. */
export type ReaderAnswer =
  | { readonly type: 'opened' }
  | {
      readonly type: 'batch';
      readonly items: readonly (RawDocument | RowProblem)[];
      /** Nothing follows. */
      readonly isLast: boolean;
      /** Why nothing follows, if the file could not be read to its end. */
      readonly reason?: string;
    };
