"""Writes packages/core/golden/encoders/<name>: tiny random encoders and what transformers computes with them.

Needs torch, transformers and safetensors:  python packages/core/scripts/golden-encoders.py
"""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModel

root = Path(__file__).resolve().parent.parent / "golden" / "encoders"
wide = {"initializer_range": 0.2}  # so that attention is not uniform and errors show
bert = {
    "vocab_size": 64,
    "hidden_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 32,
    "max_position_embeddings": 48,
    **wide,
}
modern = {
    "vocab_size": 64,
    "hidden_size": 24,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "intermediate_size": 20,
    "max_position_embeddings": 128,
    "local_attention": 8,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "cls_token_id": 1,
    "eos_token_id": 2,
    "sep_token_id": 2,
    **wide,
}
short = {"unequal": [5, 1, 12, 7, 5, 31, 2], "one": [9], "single": [1, 1, 1], "same": [6, 6, 6, 6]}
# Shorter than, as long as and longer than the window of 4 on each side; 70 is long enough to be cut into blocks.
windows = {"unequal": [5, 1, 70, 6, 5, 31, 2], "one": [9], "long": [100], "same": [17, 17, 17]}

models = {
    "roberta": ("roberta", {**bert, "type_vocab_size": 2, "pad_token_id": 1, "layer_norm_eps": 1e-5}, short),
    "xlm-roberta": ("xlm-roberta", {**bert, "type_vocab_size": 1, "pad_token_id": 1, "num_attention_heads": 3}, short),
    "mpnet": ("mpnet", {**bert, "num_attention_heads": 2, "max_position_embeddings": 160}, {**short, "long": [150]}),
    "distilbert": (
        "distilbert",
        {
            "vocab_size": 64,
            "dim": 24,
            "n_layers": 2,
            "n_heads": 1,
            "hidden_dim": 32,
            "max_position_embeddings": 48,
            "activation": "relu",
            **wide,
        },
        short,
    ),
    "modernbert": ("modernbert", modern, windows),
    "modernbert-bias": (
        "modernbert",
        {
            **modern,
            "num_hidden_layers": 2,
            "layer_types": ["sliding_attention", "full_attention"],
            "attention_bias": True,
            "mlp_bias": True,
            "norm_bias": True,
        },
        windows,
    ),
}


def write(name, model_type, settings, lengths_of):
    folder = root / name
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(2024)
    config = AutoConfig.for_model(model_type, **settings)
    model = AutoModel.from_config(config, attn_implementation="eager").eval()
    with torch.no_grad():  # norms and biases that do something
        for key, parameter in model.named_parameters():
            if "norm" in key.lower() or key.endswith("bias"):
                parameter.add_(torch.randn_like(parameter) * 0.1)
    model.save_pretrained(folder)
    cases, golden = {}, {}
    for case, lengths in lengths_of.items():
        tokens = [torch.randint(3, config.vocab_size, (length,)).tolist() for length in lengths]
        longest, pad = max(lengths), config.pad_token_id
        ids = torch.tensor([row + [pad] * (longest - len(row)) for row in tokens])
        mask = torch.tensor([[1] * length + [0] * (longest - length) for length in lengths])
        output = model(ids, attention_mask=mask)
        hidden = output.last_hidden_state[mask.bool()]  # [T, hidden]: the real tokens
        golden[f"{case}.hidden"] = hidden.detach()
        cases[case] = tokens
        if case != "unequal":
            continue
        # A scalar loss in which every output has its own weight: sum(hidden * w) / T
        w = torch.randn_like(hidden)
        loss = (hidden * w).sum() / hidden.shape[0]
        model.zero_grad()
        loss.backward()
        golden |= {f"{case}.w": w, f"{case}.loss": loss.detach()}
        for key, parameter in model.named_parameters():
            if parameter.grad is not None:  # not the pooler's
                golden[f"{case}.grad.{key}"] = parameter.grad.clone()
    save_file({key: tensor.contiguous() for key, tensor in golden.items()}, folder / "golden.safetensors")
    (folder / "cases.json").write_text(json.dumps(cases) + "\n")
    for file in folder.iterdir():
        file.chmod(0o644)


for name, (model_type, settings, lengths_of) in models.items():
    write(name, model_type, settings, lengths_of)
