import { count, duration } from '@ragwright/core/base';
import { defineCommand } from '../command/define.ts';
import { CommandError } from '../command/errors.ts';
import { checkFile } from '../data/checkPaths.ts';
import { type InputText, readTexts } from '../files/readTexts.ts';
import { checkVectorFile, type VectorFile, vectorFile } from '../files/vectorFile.ts';
import { modelOptions, openModel } from '../models/openModel.ts';

/** Texts that are read and embedded at a time: enough to sort by length, few enough for the memory. */
const BATCH = 4096;

export const command = defineCommand({
  summary: 'Turn texts into vectors',
  description:
    'Turns texts into vectors, in their order: a float32 NumPy array [texts, dimensions], or JSON lines of id and vector. The input is read in pieces and may be larger than memory.',
  options: {
    ...modelOptions,
    input: {
      kind: 'text',
      hint: 'FILE',
      required: true,
      about: 'Texts: .jsonl, or .txt with a text per line',
    },
    output: { kind: 'text', hint: 'FILE', required: true, about: 'Vectors: .npy or .jsonl' },
    field: {
      kind: 'text',
      hint: 'NAME',
      default: 'text',
      about: 'Field of a JSON line that holds the text; title+text joins two',
    },
    as: {
      kind: 'text',
      hint: 'ROLE',
      choices: ['query', 'document'],
      about: 'Which prompt of the model goes before the texts; default: its default prompt',
    },
  },
  examples: [
    'ragwright embed --model hf:sentence-transformers/all-MiniLM-L6-v2 --input texts.jsonl --output vectors.npy',
    'ragwright embed --model runs/first/model --input queries.txt --as query --output vectors.jsonl',
  ],
  async run(values, { terminal, signal }) {
    checkVectorFile(values.output);
    checkFile('--input', values.input);
    const texts = batches(readTexts(values.input, { field: values.field }));
    const first = await texts.next(); // a wrong input is told before a model is fetched
    if (first.done) throw new CommandError(`${values.input} holds no texts`);
    const { model, precision } = await openModel(values, { terminal, signal });
    const started = performance.now();
    let done = 0;
    let file: VectorFile | undefined;
    try {
      file = await vectorFile(values.output, model.dimensions);
      for (
        let batch: readonly InputText[] | undefined = first.value;
        batch;
        batch = (await texts.next()).value
      ) {
        const before = done;
        const vectors = await model.encode(
          batch.map(({ text }) => text),
          {
            ...(values.as === undefined ? {} : { role: values.as }),
            precision,
            signal,
            onProgress: (now) => {
              const rate = ((before + now) / (performance.now() - started)) * 1000;
              terminal.event({ type: 'progress', stage: 'embed', done: before + now, unit: 'texts', rate });
            },
          },
        );
        await file.write(
          vectors,
          batch.map(({ id }) => id),
        );
        done += batch.length;
      }
      await file.close();
    } finally {
      await file?.abandon();
      await texts.return(undefined);
      model.dispose();
    }
    const seconds = (performance.now() - started) / 1000;
    const { dimensions } = model;
    terminal.result(
      { output: values.output, texts: done, dimensions, seconds: Number(seconds.toFixed(3)) },
      `${values.output}: ${count(done)} × ${dimensions}, ${duration(seconds)} (${count(done / seconds)} texts/s)`,
    );
  },
});

async function* batches(texts: AsyncIterable<InputText>): AsyncGenerator<readonly InputText[], undefined> {
  let batch: InputText[] = [];
  for await (const text of texts) {
    batch.push(text);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
  return undefined;
}
