"""sentence-transformers' side of embeddings.mjs: vectors of texts, as raw float32.

    python bench/quality/embeddings.py MODEL TEXTS.json VECTORS.f32 [--threads 2]
"""

import argparse
import json

import numpy
import torch
from sentence_transformers import SentenceTransformer

parser = argparse.ArgumentParser()
parser.add_argument("model")
parser.add_argument("texts")
parser.add_argument("vectors")
parser.add_argument("--threads", type=int, default=2)
args = parser.parse_args()
torch.set_num_threads(args.threads)

with open(args.texts, encoding="utf8") as file:
    texts = json.load(file)
model = SentenceTransformer(args.model, device="cpu")
model.encode(texts, batch_size=32).astype(numpy.float32).tofile(args.vectors)
