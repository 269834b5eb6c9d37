import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SeededRandom } from '@ragwright/core/base';
import { EmbeddingModel, Normalize, newEncoder } from '@ragwright/core/models';
import { tokenizerFromJson, trainWordPiece } from '@ragwright/core/text';
import { manualSeed } from '@ragwright/torch';

/*
 * What commands need to run for real: a folder with a small labelled data set, documents, and a model with random
 * weights, and the built command itself.
 */

const BIN = fileURLToPath(new URL('../bin/ragwright.mjs', import.meta.url));

export interface Workspace {
  readonly folder: string;
  readonly data: string;
  readonly documents: string;
  readonly model: string;
  remove(): void;
}

const TOPICS = ['heart', 'lungs', 'kidneys', 'liver', 'skin', 'eyes', 'ears', 'bones', 'blood', 'nerves'];
const ASKED = ['pain', 'swelling', 'fever', 'weakness', 'itching', 'noise'];

/** Questions about an organ and a complaint; the answer names both in other words around them. */
export async function makeWorkspace(): Promise<Workspace> {
  const folder = mkdtempSync(join(tmpdir(), 'ragwright-cli-'));
  const [data, documents, model] = ['data', 'documents', 'model'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  const texts = writeData(data);
  mkdirSync(documents);
  writeFileSync(
    join(documents, 'heart.md'),
    '# The heart\n\n## Pain\n\nPain of the heart needs a doctor at once.\n',
  );
  writeFileSync(
    join(documents, 'skin.txt'),
    'Itching of the skin often passes. Swelling of the skin is treated with cold.',
  );
  await saveTinyModel(model, texts);
  return { folder, data, documents, model, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

function writeData(folder: string): string[] {
  const corpus: string[] = [];
  const queries: string[] = [];
  const qrels: Record<'train' | 'dev' | 'test', string[]> = { train: [], dev: [], test: [] };
  const texts: string[] = [];
  const splits = new SeededRandom(3).shuffle(
    TOPICS.flatMap((topic) => ASKED.map((asked) => [topic, asked] as const)),
  );
  splits.forEach(([topic, asked], i) => {
    const text = `When ${asked} is felt in the ${topic}, a nurse looks at the ${topic} and writes down the ${asked}.`;
    const query = `what to do about ${asked} of the ${topic}?`;
    texts.push(text, query);
    corpus.push(JSON.stringify({ _id: `d${i}`, title: `${topic} ${asked}`, text }));
    queries.push(JSON.stringify({ _id: `q${i}`, text: query }));
    qrels[i % 3 === 0 ? (i % 2 === 0 ? 'test' : 'dev') : 'train'].push(`q${i}\td${i}\t1`);
  });
  mkdirSync(join(folder, 'qrels'), { recursive: true });
  writeFileSync(join(folder, 'corpus.jsonl'), `${corpus.join('\n')}\n`);
  writeFileSync(join(folder, 'queries.jsonl'), `${queries.join('\n')}\n`);
  for (const [split, lines] of Object.entries(qrels)) {
    writeFileSync(join(folder, 'qrels', `${split}.tsv`), `query-id\tcorpus-id\tscore\n${lines.join('\n')}\n`);
  }
  return texts;
}

async function saveTinyModel(folder: string, texts: readonly string[]): Promise<void> {
  const tokenizer = tokenizerFromJson(await trainWordPiece(texts, { vocabSize: 300 }));
  manualSeed(1);
  const encoder = newEncoder({
    model_type: 'bert',
    vocab_size: tokenizer.vocabSize,
    hidden_size: 32,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    intermediate_size: 64,
    max_position_embeddings: 64,
  });
  const model = new EmbeddingModel({
    encoder,
    tokenizer,
    heads: [new Normalize()],
    settings: {
      pooling: { modes: ['mean'], includePrompt: true },
      maxSeqLength: 48,
      prompts: { query: 'query: ', document: 'passage: ' },
      defaultPromptName: null,
      similarity: 'cosine',
      truncateDimensions: null,
      lowercase: false,
    },
  });
  await model.save(folder);
  model.dispose();
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Called with all of standard output so far, as it comes. */
  readonly onOutput?: (out: string, kill: (signal: NodeJS.Signals) => void) => void;
}

/** The real command, in a process of its own. */
export function ragwright(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const { cwd = process.cwd(), env = {}, onOutput } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [BIN, ...args], {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, HF_HUB_OFFLINE: '1', NO_COLOR: '1', ...env },
    });
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      onOutput?.(out, (signal) => child.kill(signal));
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, out, err }));
  });
}

/** Every line of the output, parsed: throws if anything but JSON lines is there. */
export const jsonLines = (out: string): Record<string, unknown>[] =>
  out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
