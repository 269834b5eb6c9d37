import { extname } from 'node:path';

/** Which reader takes a file. */
export type ReaderName = 'text' | 'markdown' | 'html' | 'pdf' | 'docx' | 'csv' | 'jsonl' | 'parquet' | 'code';

const readers: Readonly<Record<string, ReaderName>> = {
  '.txt': 'text',
  '.text': 'text',
  '.rst': 'text',
  '.adoc': 'text',
  '.org': 'text',
  '.md': 'markdown',
  '.markdown': 'markdown',
  '.mdx': 'markdown',
  '.html': 'html',
  '.htm': 'html',
  '.xhtml': 'html',
  '.pdf': 'pdf',
  '.docx': 'docx',
  '.csv': 'csv',
  '.tsv': 'csv',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.parquet': 'parquet',
};

const languages: Readonly<Record<string, string>> = {
  '.c': 'c',
  '.h': 'c',
  '.cc': 'cpp',
  '.cpp': 'cpp',
  '.cxx': 'cpp',
  '.hh': 'cpp',
  '.hpp': 'cpp',
  '.cs': 'csharp',
  '.go': 'go',
  '.java': 'java',
  '.js': 'javascript',
  '.cjs': 'javascript',
  '.mjs': 'javascript',
  '.jsx': 'javascript',
  '.kt': 'kotlin',
  '.kts': 'kotlin',
  '.lua': 'lua',
  '.php': 'php',
  '.pl': 'perl',
  '.py': 'python',
  '.pyi': 'python',
  '.r': 'r',
  '.rb': 'ruby',
  '.rs': 'rust',
  '.scala': 'scala',
  '.sh': 'shell',
  '.bash': 'shell',
  '.sql': 'sql',
  '.swift': 'swift',
  '.ts': 'typescript',
  '.cts': 'typescript',
  '.mts': 'typescript',
  '.tsx': 'typescript',
};

/** The reader for a file by its extension, capitals or not; undefined if there is none. */
export function readerFor(path: string): ReaderName | undefined {
  const extension = extname(path).toLowerCase();
  if (Object.hasOwn(readers, extension)) return readers[extension];
  return Object.hasOwn(languages, extension) ? 'code' : undefined;
}

/** Programming language of a file by its extension. */
export function languageOf(path: string): string | undefined {
  const extension = extname(path).toLowerCase();
  return Object.hasOwn(languages, extension) ? languages[extension] : undefined;
}

/** Extensions that are read, sorted. */
export const knownExtensions: readonly string[] = [...Object.keys(readers), ...Object.keys(languages)].sort();
