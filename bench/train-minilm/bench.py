import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "shared"))
import torch
import transformers
from measure import max_rss, median, report, timed
from minilm import contrastive_loss, load_model, padded, read_batches, write_batches, write_model

import_rss = max_rss()
scratch, threads, phase = sys.argv[1:4]
torch.set_num_threads(int(threads))

if phase == "prepare":
    write_model(scratch)
    write_batches(scratch, [[128] * 32 for _ in range(6)])
    report({"torch": torch.__version__, "transformers": transformers.__version__, "python": sys.version.split()[0]})
else:
    model = load_model(scratch)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-5, fused=True)
    losses, times = [], []

    def step(batch):
        loss = contrastive_loss(model, *padded(batch))
        loss.backward()
        losses.append(loss.item())
        optimizer.step()
        optimizer.zero_grad()

    for batch in read_batches(scratch):
        times.append(timed(lambda: step(batch)))
    report({"tokensPerSecond": 32 * 128 / median(times[1:]) * 1e3, "maxRssMB": max_rss(), "importRssMB": import_rss, "losses": losses})
