"""Writes packages/torch/golden/nn/*.json: what PyTorch computes for nn and optim.

Needs torch and transformers:  python packages/torch/scripts/golden-nn.py
"""

import json
from pathlib import Path

import torch
import torch.nn.functional as F
from transformers.activations import ACT2FN
from transformers.models.llama.modeling_llama import LlamaRMSNorm, apply_rotary_pos_emb
from transformers.optimization import (
    get_constant_schedule_with_warmup,
    get_cosine_schedule_with_warmup,
    get_linear_schedule_with_warmup,
)

folder = Path(__file__).resolve().parent.parent / "golden" / "nn"
folder.mkdir(parents=True, exist_ok=True)
torch.set_num_threads(1)


def plain(value):
    if isinstance(value, torch.Tensor):
        return plain(value.detach().float().tolist() if value.is_floating_point() else value.tolist())
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def write(name, value):
    (folder / f"{name}.json").write_text(json.dumps(plain(value), separators=(",", ":")) + "\n")


def with_gradients(function, **inputs):
    """Output, and gradients of sum(output * w) for a random w."""
    leaves = {name: value.detach().clone().requires_grad_() for name, value in inputs.items()}
    output = function(**leaves)
    w = torch.randn(output.shape).to(output.dtype)
    (output * w).sum().backward()
    return {"inputs": inputs, "output": output, "w": w, "grads": {name: leaf.grad for name, leaf in leaves.items()}}


def layers():
    torch.manual_seed(7)
    linear = torch.nn.Linear(5, 3)
    embedding = torch.nn.Embedding(6, 4, padding_idx=2)
    seeded = {"weight": linear.weight, "bias": linear.bias, "embedding": embedding.weight}
    xavier = torch.nn.init.xavier_uniform_(torch.empty(4, 6))
    xavier_normal = torch.nn.init.xavier_normal_(torch.empty(4, 6), gain=2.0)
    kaiming = torch.nn.init.kaiming_uniform_(torch.empty(4, 6))
    x = torch.randn(4, 5) * 2

    def rms(x, weight):
        norm = LlamaRMSNorm(5, eps=1e-5)
        norm.weight = torch.nn.Parameter(torch.empty(0))
        del norm.weight
        norm.weight = weight
        return norm(x)

    weight, bias = torch.randn(5), torch.randn(5)
    write("layers", {
        "seeded": seeded | {"xavierUniform": xavier, "xavierNormal": xavier_normal, "kaimingUniform": kaiming},
        "linear": with_gradients(lambda x, weight, bias: F.linear(x, weight, bias), x=x, weight=linear.weight, bias=linear.bias),
        "embedding": with_gradients(
            lambda weight: F.embedding(torch.tensor([1, 2, 5, 1]), weight, padding_idx=2), weight=torch.randn(6, 4)
        ),
        "layerNorm": with_gradients(lambda x, weight, bias: F.layer_norm(x, [5], weight, bias, 1e-5), x=x, weight=weight, bias=bias),
        "rmsNorm": with_gradients(rms, x=x, weight=weight),
        "rmsNormBf16": with_gradients(rms, x=x.bfloat16(), weight=weight.bfloat16()),
    })


def activations():
    x = torch.tensor([-11.0, -4.0, -2.5, -1.0, -0.3, 0.0, 0.2, 1.0, 2.0, 3.5, 12.0])
    names = [n for n in ACT2FN if n not in ("prelu", "xielu", "laplace", "sqrtsoftplus")]
    write("activations", {"x": x, "outputs": {name: ACT2FN[name](x) for name in names}})


def attention():
    torch.manual_seed(11)
    lengths, heads, kv_heads, dim = [3, 1, 5, 3, 1], 4, 2, 8
    tokens = sum(lengths)

    def attend(causal, scale):
        def run(q, k, v):
            outputs, start = [], 0
            for length in lengths:
                part = [x[start : start + length].transpose(0, 1).unsqueeze(0) for x in (q, k, v)]
                y = F.scaled_dot_product_attention(*part, is_causal=causal, scale=scale, enable_gqa=True)
                outputs.append(y.squeeze(0).transpose(0, 1))
                start += length
            return torch.cat(outputs)

        return run

    def case(causal, scale, kv):
        q, k, v = (torch.randn(tokens, h, dim) for h in (heads, kv, kv))
        return {"lengths": lengths, "causal": causal, "scale": scale} | with_gradients(attend(causal, scale), q=q, k=k, v=v)

    write("attention", [case(False, None, heads), case(True, None, heads), case(False, 0.7, kv_heads), case(True, 0.2, 1)])


def rotary():
    torch.manual_seed(13)
    positions, dim, base = torch.tensor([0, 1, 2, 0, 1, 7, 100]), 6, 500.0
    frequencies = 1.0 / (base ** (torch.arange(0, dim, 2).float() / dim))
    angles = torch.cat([positions[:, None].float() * frequencies] * 2, dim=-1)
    q = torch.randn(1, len(positions), 3, dim)
    k = torch.randn(1, len(positions), 1, dim)
    q2, k2 = apply_rotary_pos_emb(q, k, angles.cos()[None], angles.sin()[None], unsqueeze_dim=2)
    write("rotary", {"positions": positions, "base": base, "q": q[0], "k": k[0], "qRotated": q2[0], "kRotated": k2[0]})


def train(optimizer_of, steps=5):
    """Parameters after each step of a small quadratic problem."""
    torch.manual_seed(17)
    weight, bias = torch.nn.Parameter(torch.randn(3, 4)), torch.nn.Parameter(torch.randn(4))
    start = {"weight": weight.detach().clone(), "bias": bias.detach().clone()}
    target = torch.randn(3, 4)
    optimizer = optimizer_of(weight, bias)
    trace = []
    for _ in range(steps):
        optimizer.zero_grad()
        ((weight * weight + bias - target) ** 2).mean().backward()
        optimizer.step()
        trace.append({"weight": weight.detach().clone(), "bias": bias.detach().clone()})
    return {"start": start, "target": target, "trace": trace}


def optimizers():
    adamw, sgd = torch.optim.AdamW, torch.optim.SGD
    write("optimizers", {
        "adamw": train(lambda w, b: adamw([w, b])),
        "adamwGroups": train(lambda w, b: adamw([{"params": [w], "weight_decay": 0.3}, {"params": [b], "lr": 0.05}], lr=0.1, betas=(0.8, 0.95), eps=1e-4, weight_decay=0.0)),
        "sgd": train(lambda w, b: sgd([w, b], lr=0.1)),
        "sgdMomentum": train(lambda w, b: sgd([w, b], lr=0.1, momentum=0.9, dampening=0.2, weight_decay=0.05)),
        "sgdNesterov": train(lambda w, b: sgd([w, b], lr=0.1, momentum=0.9, nesterov=True)),
    })


def schedules():
    def factors(schedule, steps):
        parameter = torch.nn.Parameter(torch.zeros(1))
        scheduler = schedule(torch.optim.SGD([parameter], lr=1.0))
        values = []
        for _ in range(steps):
            values.append(scheduler.get_last_lr()[0])
            scheduler.optimizer.step()
            scheduler.step()
        return values

    write("schedules", {
        "constant": factors(lambda o: get_constant_schedule_with_warmup(o, 4), 9),
        "linear": factors(lambda o: get_linear_schedule_with_warmup(o, 4, 12), 16),
        "linearNoWarmup": factors(lambda o: get_linear_schedule_with_warmup(o, 0, 5), 7),
        "cosine": factors(lambda o: get_cosine_schedule_with_warmup(o, 3, 12), 15),
        "cosineTwoWaves": factors(lambda o: get_cosine_schedule_with_warmup(o, 3, 12, num_cycles=2.0), 15),
    })


def clipping():
    torch.manual_seed(19)
    gradients = [torch.randn(3, 2), torch.randn(4)]
    cases = []
    for max_norm in (0.5, 100.0):
        parameters = [torch.nn.Parameter(torch.zeros_like(g)) for g in gradients]
        for parameter, gradient in zip(parameters, gradients):
            parameter.grad = gradient.clone()
        norm = torch.nn.utils.clip_grad_norm_(parameters, max_norm)
        cases.append({"maxNorm": max_norm, "norm": norm.item(), "clipped": [p.grad for p in parameters]})
    write("clipping", {"gradients": gradients, "cases": cases})


def autocast():
    """Losses of a small network under bf16 autocast with float32 weights and AdamW."""
    torch.manual_seed(23)
    x, y = torch.randn(32, 16), torch.randn(32, 4)
    w1, b1, g1 = torch.randn(24, 16) / 4, torch.randn(24) / 4, torch.ones(24)
    w2, b2 = torch.randn(4, 24) / 5, torch.zeros(4)
    names = ["w1", "b1", "g1", "w2", "b2"]
    parameters = [torch.nn.Parameter(p.clone()) for p in (w1, b1, g1, w2, b2)]
    optimizer = torch.optim.AdamW(parameters, lr=1e-2)
    losses, grads = [], None
    for _ in range(20):
        optimizer.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            h = F.gelu(F.linear(x, parameters[0], parameters[1]))
            h = F.layer_norm(h, [24], parameters[2])
            loss = F.mse_loss(F.linear(h, parameters[3], parameters[4]), y)
        loss.backward()
        grads = grads or {name: p.grad.clone() for name, p in zip(names, parameters)}
        optimizer.step()
        losses.append(loss.item())
    write("autocast", {"x": x, "y": y, "start": dict(zip(names, (w1, b1, g1, w2, b2))), "firstGrads": grads, "losses": losses})


for part in (layers, activations, attention, rotary, optimizers, schedules, clipping, autocast):
    part()
