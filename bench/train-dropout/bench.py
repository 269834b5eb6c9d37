import random
import sys
import time
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "shared"))
import torch
import transformers
from measure import max_rss, median, report
from minilm import load_model, padded, read_batches, write_batches, write_model
from transformers import BertConfig

scratch, threads, phase = sys.argv[1:4]
torch.set_num_threads(int(threads))
ROWS = 32


def lengths_of(seed):
    """Queries of some 12 tokens, passages of some 200, cut at 256: SciFact's."""
    source = random.Random(seed)

    def draw(mean, sigma, least, most):
        return max(least, min(most, round(source.lognormvariate(0, sigma) * mean)))

    return [draw(11.5, 0.35, 4, 40) for _ in range(ROWS)] + [draw(215, 0.4, 20, 256) for _ in range(ROWS)]


def embed(model, rows):
    ids, mask = padded(rows)
    hidden = model(ids, attention_mask=mask).last_hidden_state
    weights = mask.unsqueeze(-1).to(hidden.dtype)
    return torch.nn.functional.normalize(((hidden * weights).sum(1) / weights.sum(1)).float(), dim=-1)


def train(half):
    torch.manual_seed(0)
    model = load_model(scratch)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-5, fused=True)
    wall, core = [], []
    for batch in read_batches(scratch):
        start, before = time.perf_counter(), time.process_time()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=half):
            # As sentence-transformers does: one pass for the queries, one for the passages
            scores = embed(model, batch[:ROWS]) @ embed(model, batch[ROWS:]).T * 20
            loss = torch.nn.functional.cross_entropy(scores, torch.arange(ROWS))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1)
        optimizer.step()
        optimizer.zero_grad()
        tokens = sum(map(len, batch))
        wall.append(tokens / (time.perf_counter() - start))
        core.append(tokens / (time.process_time() - before))
    return {"wall": median(wall[1:]), "core": median(core[1:]), "loss": loss.item()}


if phase == "prepare":
    write_model(scratch)
    config = BertConfig.from_pretrained(scratch)
    config.hidden_dropout_prob = config.attention_probs_dropout_prob = 0.1
    config.save_pretrained(scratch)
    write_batches(scratch, [lengths_of(seed) for seed in range(4)])
    report({
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "python": sys.version.split()[0],
    })
else:
    result = {"importRssMB": max_rss()}
    for name, half in (("float32", False), ("bfloat16", True)):
        for key, value in train(half).items():
            result[f"{name}{key.capitalize()}"] = value
        if not half:
            result["float32MaxRssMB"] = max_rss()
    report(result)
