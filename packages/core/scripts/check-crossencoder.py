"""Loads each cross-encoder in a folder and compares its scores with those in expected.json; see check-crossencoder.mjs."""

import json
import sys
from pathlib import Path

import torch
from sentence_transformers import CrossEncoder

torch.set_num_threads(1)
failed = False
for folder in sorted(Path(sys.argv[1]).iterdir()):
    expected = json.loads((folder / "expected.json").read_text())
    model = CrossEncoder(str(folder), device="cpu")
    scores = model.predict(expected["pairs"], convert_to_tensor=True).reshape(len(expected["pairs"]), -1)
    difference = (scores - torch.tensor(expected["scores"])).abs().max().item()
    activation = type(model.activation_fn).__name__.lower()
    same = (activation, model.max_seq_length, model.num_labels) == (
        expected["activation"], expected["maxSeqLength"], expected["labels"],
    )  # fmt: skip
    fine = difference < 1e-5 and same
    failed = failed or not fine
    print(f"{'ok' if fine else 'FAILED':6} {folder.name:28} largest difference {difference:.1e}")
sys.exit(1 if failed else 0)
