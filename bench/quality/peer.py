"""sentence-transformers' documented fine-tuning recipe on a BEIR folder: MultipleNegativesRankingLoss, 1 epoch,
batch 16, learning rate 2e-5, warm-up 10 %, no-duplicates sampler. Writes the scores before and after, by trec_eval.

    python bench/quality/peer.py DATA MODEL OUT.json [--epochs 1] [--threads 2]
"""

import argparse
import json
import time
from pathlib import Path

import pytrec_eval
import torch
from datasets import Dataset
from sentence_transformers import (
    SentenceTransformer,
    SentenceTransformerTrainer,
    SentenceTransformerTrainingArguments,
)
from sentence_transformers.losses import MultipleNegativesRankingLoss
from sentence_transformers.training_args import BatchSamplers

parser = argparse.ArgumentParser()
parser.add_argument("data", type=Path)
parser.add_argument("model")
parser.add_argument("out", type=Path)
parser.add_argument("--epochs", type=float, default=1)
parser.add_argument("--batch", type=int, default=16)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--seed", type=int, default=42)
args = parser.parse_args()
torch.set_num_threads(args.threads)


def rows(file):
    return [json.loads(line) for line in open(args.data / file, encoding="utf8") if line.strip()]


def qrels(split):
    judged = {}
    for line in open(args.data / "qrels" / f"{split}.tsv", encoding="utf8").read().splitlines()[1:]:
        query, document, score = line.split("\t")
        judged.setdefault(query, {})[document] = int(score)
    return judged


corpus = {row["_id"]: f"{row.get('title', '')} {row['text']}".strip() for row in rows("corpus.jsonl")}
queries = {row["_id"]: row["text"] for row in rows("queries.jsonl")}


def evaluate(model, split="test"):
    judged = qrels(split)
    ids = list(judged)
    documents = list(corpus)
    by_document = model.encode([corpus[i] for i in documents], convert_to_tensor=True, normalize_embeddings=True, batch_size=32)
    by_query = model.encode([queries[i] for i in ids], convert_to_tensor=True, normalize_embeddings=True, batch_size=32)
    top = (by_query @ by_document.T).topk(min(100, len(documents)), dim=1)
    run = {
        query: {documents[column]: float(score) for column, score in zip(columns, scores)}
        for query, columns, scores in zip(ids, top.indices.tolist(), top.values.tolist())
    }
    evaluated = pytrec_eval.RelevanceEvaluator(judged, {"ndcg_cut.10", "recall.100", "recip_rank"}).evaluate(run)
    mean = lambda name: sum(scores[name] for scores in evaluated.values()) / len(evaluated)
    return {
        "ndcg@10": mean("ndcg_cut_10"),
        "recall@100": mean("recall_100"),
        "mrr": mean("recip_rank"),
        "queries": {query: scores["ndcg_cut_10"] for query, scores in evaluated.items()},
    }


model = SentenceTransformer(args.model, device="cpu")
before = evaluate(model)
pairs = [(queries[q], corpus[d]) for q, found in qrels("train").items() for d, score in found.items() if score > 0]
dataset = Dataset.from_dict({"anchor": [a for a, _ in pairs], "positive": [p for _, p in pairs]})
training = SentenceTransformerTrainingArguments(
    output_dir=str(args.out) + ".run",
    num_train_epochs=args.epochs,
    per_device_train_batch_size=args.batch,
    learning_rate=2e-5,
    warmup_ratio=0.1,
    batch_sampler=BatchSamplers.NO_DUPLICATES,
    save_strategy="no",
    logging_steps=10,
    report_to=[],
    seed=args.seed,
    use_cpu=True,
)
started = time.time()
SentenceTransformerTrainer(
    model=model, args=training, train_dataset=dataset, loss=MultipleNegativesRankingLoss(model)
).train()
seconds = time.time() - started
after = evaluate(model)
model.save(str(args.out) + ".model")
args.out.write_text(json.dumps({"pairs": len(pairs), "seconds": seconds, "before": before, "after": after}))
print(json.dumps({"pairs": len(pairs), "seconds": seconds, "before": before["ndcg@10"], "after": after["ndcg@10"]}))
