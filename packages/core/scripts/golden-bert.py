"""Writes packages/core/golden/bert-tiny: a tiny random BERT and what transformers computes with it.

Needs torch, transformers and safetensors:  python packages/core/scripts/golden-bert.py
"""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import BertConfig, BertModel

folder = Path(__file__).resolve().parent.parent / "golden" / "bert-tiny"
folder.mkdir(parents=True, exist_ok=True)
torch.manual_seed(2024)

config = BertConfig(
    vocab_size=99,
    hidden_size=32,
    num_hidden_layers=2,
    num_attention_heads=4,
    intermediate_size=64,
    max_position_embeddings=40,
    type_vocab_size=2,
    hidden_dropout_prob=0.1,
    attention_probs_dropout_prob=0.1,
    initializer_range=0.2,  # wide, so that attention is not uniform and errors show
)
model = BertModel(config).eval()
with torch.no_grad():  # norms and biases that do something
    for name, parameter in model.named_parameters():
        if "LayerNorm" in name or name.endswith("bias"):
            parameter.add_(torch.randn_like(parameter) * 0.1)
model.save_pretrained(folder)

lengths_of = {
    "unequal": [5, 1, 12, 7, 5, 31, 2],
    "one": [9],
    "single-tokens": [1, 1, 1],
    "same": [6, 6, 6, 6],
    "sorted": [2, 2, 3, 8, 8, 17],
}
cases, golden = {}, {}
for case, lengths in lengths_of.items():
    tokens = [torch.randint(1, config.vocab_size, (length,)).tolist() for length in lengths]
    with_segments = case == "unequal"
    segments = [[0] * (length // 2) + [1] * (length - length // 2) for length in lengths]
    longest = max(lengths)
    ids = torch.tensor([row + [0] * (longest - len(row)) for row in tokens])
    types = torch.tensor([row + [0] * (longest - len(row)) for row in segments])
    mask = torch.tensor([[1] * length + [0] * (longest - length) for length in lengths])
    output = model(ids, attention_mask=mask, token_type_ids=types if with_segments else None)
    hidden = output.last_hidden_state[mask.bool()]  # [T, hidden]: the real tokens
    golden[f"{case}.hidden"] = hidden.detach()
    golden[f"{case}.pooled"] = output.pooler_output.detach()
    cases[case] = {"tokens": tokens} | ({"segmentIds": segments} if with_segments else {})
    if case in ("unequal", "sorted"):
        # A scalar loss in which every output has its own weight: sum(hidden * w) / T + sum(pooled * u) / B
        w, u = torch.randn_like(hidden), torch.randn_like(output.pooler_output)
        loss = (hidden * w).sum() / hidden.shape[0] + (output.pooler_output * u).sum() / len(lengths)
        model.zero_grad()
        loss.backward()
        golden |= {f"{case}.w": w, f"{case}.u": u, f"{case}.loss": loss.detach()}
        for name, parameter in model.named_parameters():
            golden[f"{case}.grad.{name}"] = parameter.grad.clone()

save_file({name: tensor.contiguous() for name, tensor in golden.items()}, folder / "golden.safetensors")
(folder / "cases.json").write_text(json.dumps(cases) + "\n")
for file in folder.iterdir():
    file.chmod(0o644)
