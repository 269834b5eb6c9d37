import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "shared"))
import torch
import transformers
from measure import median, report, timed
from minilm import contrastive_loss, load_model, log_normal_lengths, padded, read_batches, write_batches, write_model

scratch, threads, phase = sys.argv[1:4]
torch.set_num_threads(int(threads))


def train(half):
    model = load_model(scratch)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-5, fused=True)
    losses, speeds = [], []

    def step(batch):
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=half):
            loss = contrastive_loss(model, *padded(batch))
        loss.backward()
        losses.append(loss.item())
        optimizer.step()
        optimizer.zero_grad()

    for batch in read_batches(scratch):
        tokens = sum(len(row) for row in batch)
        speeds.append(tokens / timed(lambda: step(batch)) * 1e3)
    return {"speed": median(speeds[1:]), "losses": losses}


if phase == "prepare":
    write_model(scratch)
    lengths = [log_normal_lengths(32, seed=seed) for seed in range(6)]
    write_batches(scratch, lengths)
    real = sum(map(sum, lengths))
    report({
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "python": sys.version.split()[0],
        "meanLength": real / (32 * len(lengths)),
        "realShareOfPadded": real / sum(32 * max(each) for each in lengths),
    })
else:
    float32, bfloat16 = train(False), train(True)
    report({
        "float32": float32["speed"],
        "bfloat16": bfloat16["speed"],
        "float32Losses": float32["losses"],
        "bfloat16Losses": bfloat16["losses"],
    })
