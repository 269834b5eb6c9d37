"""Golden counts for packages/core/src/learning/batches: how many rows and batches sentence-transformers' samplers give.
The order itself follows from torch's random numbers and cannot be compared.

    pip install sentence-transformers==6.0.1
    python packages/core/scripts/golden-samplers.py
"""

import json
import random
from pathlib import Path

import torch
from datasets import Dataset
from sentence_transformers.base.sampler import (
    DefaultBatchSampler,
    GroupByLabelBatchSampler,
    ProportionalBatchSampler,
    RoundRobinBatchSampler,
)
from torch.utils.data import ConcatDataset

random.seed(5)


def generator():
    return torch.Generator().manual_seed(0)


grouped = []
for _ in range(60):
    counts = [random.randint(2, 60)] + [random.randint(1, 9) for _ in range(random.randint(1, 12))] + [random.randint(2, 9)]
    size = 2 * random.randint(2, 12)
    data = Dataset.from_dict({"label": [label for label, count in enumerate(counts) for _ in range(count)]})
    sampler = GroupByLabelBatchSampler(data, size, False, ["label"], generator=generator())
    batches = list(sampler)
    grouped.append({"counts": counts, "batchSize": size, "placed": sum(map(len, batches)), "batches": len(batches)})

several = []
for rows, size in (([50, 21, 12], 8), ([7, 7], 4), ([100, 3], 16), ([9], 2)):
    data = ConcatDataset([Dataset.from_dict({"x": list(range(count))}) for count in rows])
    inner = lambda: [DefaultBatchSampler(torch.utils.data.RandomSampler(d), batch_size=size, drop_last=False) for d in data.datasets]
    found = {"rows": rows, "batchSize": size}
    for name, kind in (("proportional", ProportionalBatchSampler), ("roundRobin", RoundRobinBatchSampler)):
        sampler = kind(data, inner(), generator=generator(), seed=0)
        found[name] = {"counted": len(sampler), "batches": len(list(sampler))}
    several.append(found)

out = Path(__file__).parent.parent / "golden" / "samplers" / "counts.json"
out.parent.mkdir(parents=True, exist_ok=True)
lists = {"grouped": grouped, "several": several}
out.write_text("{" + ",\n".join(f'"{k}": [\n' + ",\n".join(map(json.dumps, v)) + "\n]" for k, v in lists.items()) + "}\n")
print(out.stat().st_size)
