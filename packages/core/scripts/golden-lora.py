"""Writes packages/core/golden/lora/<name>: LoRA adapters on the encoders of golden-encoders.py, and what PEFT computes.

Needs torch, transformers, peft and safetensors:  python packages/core/scripts/golden-lora.py
With an argument, instead loads the adapters that Ragwright saved in that folder, and compares:
    python packages/core/scripts/golden-lora.py <folder with roberta/ and distilbert/>
"""

import json
import sys
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoModel

golden_root = Path(__file__).resolve().parent.parent / "golden"
adapters = {
    "roberta": LoraConfig(r=3, lora_alpha=5, target_modules=["query", "value", "intermediate.dense"]),
    "distilbert": LoraConfig(r=2, lora_alpha=6, use_rslora=True, lora_dropout=0.1, target_modules=r".*\.(q_lin|ffn\.lin2)"),
}


def base_of(name):
    return AutoModel.from_pretrained(golden_root / "encoders" / name, attn_implementation="eager").eval()


def hidden_of(model, name):
    cases = json.loads((golden_root / "encoders" / name / "cases.json").read_text())
    tokens = cases["unequal"]
    longest, pad = max(map(len, tokens)), model.config.pad_token_id
    ids = torch.tensor([row + [pad] * (longest - len(row)) for row in tokens])
    mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in tokens])
    return model(ids, attention_mask=mask).last_hidden_state[mask.bool()]


def write(name, config):
    folder = golden_root / "lora" / name
    torch.manual_seed(7)
    model = get_peft_model(base_of(name), config).eval()
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            if "lora_B" in key:  # zero at the start
                parameter.copy_(torch.randn_like(parameter) * 0.3)
    model.save_pretrained(folder)
    (folder / "README.md").unlink()
    config_file = folder / "adapter_config.json"
    settings = json.loads(config_file.read_text()) | {"base_model_name_or_path": None}  # no path of this machine
    config_file.write_text(json.dumps(settings, indent=2) + "\n")
    hidden = hidden_of(model, name)
    w = torch.randn_like(hidden)
    ((hidden * w).sum() / hidden.shape[0]).backward()
    golden = {"hidden": hidden.detach(), "w": w}
    for key, parameter in model.named_parameters():
        if parameter.grad is not None:
            golden[f"grad.{key.removeprefix('base_model.model.').replace('.default', '')}"] = parameter.grad
    save_file({key: tensor.contiguous() for key, tensor in golden.items()}, folder / "golden.safetensors")
    for file in folder.iterdir():
        file.chmod(0o644)


def check(folder, name):
    want = load_file(golden_root / "lora" / name / "golden.safetensors")["hidden"]
    model = PeftModel.from_pretrained(base_of(name), folder / name).eval()
    with torch.no_grad():
        error = (hidden_of(model, name) - want).abs().max().item()
    print(f"{name}: PEFT's hidden states with the adapter saved here differ by {error:.2g}")
    assert error < 1e-6


if len(sys.argv) > 1:
    for name in adapters:
        check(Path(sys.argv[1]), name)
else:
    for name, config in adapters.items():
        write(name, config)
