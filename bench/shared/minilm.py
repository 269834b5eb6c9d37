"""A MiniLM-L6-shaped BERT with random weights, and one batch, for both sides of a benchmark."""

import json
import math
import random

import torch
from transformers import BertConfig, BertModel


def config_of(**more):
    return BertConfig(
        vocab_size=30522,
        hidden_size=384,
        num_hidden_layers=6,
        num_attention_heads=12,
        intermediate_size=1536,
        max_position_embeddings=512,
        **more,
    )


def write_model(folder):
    torch.manual_seed(0)
    config = config_of(hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)  # equal losses on both sides
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)


def load_model(folder):
    return BertModel.from_pretrained(folder, add_pooling_layer=False).train()


def write_batches(folder, lengths_of_each):
    source = random.Random(1)
    batches = [[[source.randrange(1000, 30000) for _ in range(n)] for n in lengths] for lengths in lengths_of_each]
    with open(f"{folder}/batches.json", "w") as file:
        json.dump(batches, file)


def read_batches(folder):
    with open(f"{folder}/batches.json") as file:
        return json.load(file)


def log_normal_lengths(count, mean=47, longest=128, sigma=0.8, seed=1):
    """Sequence lengths as text has them: log-normal, cut at `longest`, which brings a mean of 47 down to 45."""
    source = random.Random(seed)
    mu = math.log(mean) - sigma * sigma / 2
    return [max(2, min(longest, round(source.lognormvariate(mu, sigma)))) for _ in range(count)]


def padded(batch):
    longest = max(len(row) for row in batch)
    ids = torch.tensor([row + [0] * (longest - len(row)) for row in batch])
    mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in batch])
    return ids, mask


def contrastive_loss(model, ids, mask):
    """In-batch negatives: mean-pooled first half of the batch against its second half, cosine × 20."""
    hidden = model(ids, attention_mask=mask).last_hidden_state
    weights = mask.unsqueeze(-1).to(hidden.dtype)
    pooled = (hidden * weights).sum(1) / weights.sum(1)
    vectors = torch.nn.functional.normalize(pooled.float(), dim=-1)
    half = len(ids) // 2
    scores = vectors[:half] @ vectors[half:].T * 20
    return torch.nn.functional.cross_entropy(scores, torch.arange(half))
