"""The Python side of loss-parity.mjs: sentence-transformers' trainer with MultipleNegativesRankingLoss on batches in a
given order, dropout off, the loss of every step.

    python bench/quality/loss-parity.py MODEL RUN.json --threads 2

RUN.json: {"batches": [[{"query", "positive"}]], "settings": {"learningRate", "warmupRatio", "maxGradNorm"}}. Prints
{"losses": [...]} as the last line.
"""

import argparse
import json
import tempfile
from pathlib import Path

import torch
from datasets import Dataset
from sentence_transformers import (
    SentenceTransformer,
    SentenceTransformerTrainer,
    SentenceTransformerTrainingArguments,
)
from sentence_transformers.base.sampler import DefaultBatchSampler
from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss

parser = argparse.ArgumentParser()
parser.add_argument("model")
parser.add_argument("run", type=Path)
parser.add_argument("--threads", type=int, default=2)
args = parser.parse_args()
torch.set_num_threads(args.threads)

run = json.loads(args.run.read_text(encoding="utf8"))
batches, settings = run["batches"], run["settings"]
rows = [row for batch in batches for row in batch]

model = SentenceTransformer(args.model, device="cpu", local_files_only=True)
assert all(module.p == 0 for module in model.modules() if isinstance(module, torch.nn.Dropout)), "dropout is on"


class InOrder(DefaultBatchSampler):
    def __iter__(self):
        at = 0
        for batch in batches:
            yield list(range(at, at + len(batch)))
            at += len(batch)

    def __len__(self):
        return len(batches)


losses = []


class Recorded(SentenceTransformerTrainer):
    def compute_loss(self, *arguments, **options):
        result = super().compute_loss(*arguments, **options)
        losses.append((result[0] if isinstance(result, tuple) else result).item())
        return result


with tempfile.TemporaryDirectory() as folder:
    training = SentenceTransformerTrainingArguments(
        output_dir=folder,
        num_train_epochs=1,
        per_device_train_batch_size=len(batches[0]),
        learning_rate=settings["learningRate"],
        warmup_ratio=settings["warmupRatio"],
        max_grad_norm=settings["maxGradNorm"],
        batch_sampler=lambda dataset, batch_size, drop_last, **_: InOrder(dataset, batch_size=batch_size, drop_last=drop_last),
        save_strategy="no",
        disable_tqdm=True,
        report_to=[],
        use_cpu=True,
    )
    Recorded(
        model=model,
        args=training,
        train_dataset=Dataset.from_dict(
            {"anchor": [row["query"] for row in rows], "positive": [row["positive"] for row in rows]}
        ),
        loss=MultipleNegativesRankingLoss(model),
    ).train()
print(json.dumps({"losses": losses}))
