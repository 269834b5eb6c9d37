"""The choices that packedAttention was made from, in PyTorch: where to cut the stream, and with which kernel."""

import json
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "shared"))
import torch
import torch.nn.functional as F
from measure import median, report, timed
from minilm import log_normal_lengths

scratch, threads, phase = sys.argv[1:4]
torch.set_num_threads(int(threads))
HEADS, DIM = 12, 32


def fused(q, k, v, mask=None):
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask)


def by_parts(q, k, v, mask=None):
    count, heads, length, dim = q.shape
    q, k, v = (x.reshape(count * heads, length, dim) for x in (q, k, v))
    bias = torch.zeros(1, dtype=q.dtype)
    scores = torch.baddbmm(bias, q, k.transpose(1, 2), beta=0, alpha=dim**-0.5)
    if mask is not None:
        scores = (scores.view(count, heads, length, length) + mask).view(count * heads, length, length)
    return torch.bmm(scores.softmax(-1), v).view(count, heads, length, dim)


def equal_lengths(lengths, kernel):
    """Runs of one length: no padding, no mask."""
    runs = [(length, lengths.count(length)) for length in sorted(set(lengths))]
    sizes = [length * count for length, count in runs]

    def attend(q, k, v):
        outputs = []
        for (length, count), *parts in zip(runs, *(x.split_with_sizes(sizes) for x in (q, k, v))):
            heads = (x.view(count, length, HEADS, DIM).transpose(1, 2) for x in parts)
            outputs.append(kernel(*heads).transpose(1, 2).reshape(-1, HEADS, DIM))
        return torch.cat(outputs)

    return attend


def buckets(lengths, waste, kernel):
    """Buckets with at most this share of padding: gathered into rectangles, with a mask."""
    bounds, end = [], len(lengths)
    while end > 0:
        start, real = end, 0
        while start > 0 and real + lengths[start - 1] >= (1 - waste) * lengths[end - 1] * (end - start + 1):
            start -= 1
            real += lengths[start]
        bounds.insert(0, (start, end))
        end = start
    starts = [sum(lengths[:i]) for i in range(len(lengths))]
    gather, scatter, plan, base = [], [], [], 0
    for start, end in bounds:
        longest = lengths[end - 1]
        mask = torch.zeros(end - start, 1, 1, longest)
        for row, i in enumerate(range(start, end)):
            real = list(range(starts[i], starts[i] + lengths[i]))
            gather += real + [real[-1]] * (longest - lengths[i])
            scatter += range(base + row * longest, base + row * longest + lengths[i])
            mask[row, ..., lengths[i] :] = float("-inf")
        plan.append((end - start, longest, mask))
        base += (end - start) * longest
    gather, scatter = torch.tensor(gather), torch.tensor(scatter)
    sizes = [count * longest for count, longest, _ in plan]

    def attend(q, k, v):
        flat = (x.reshape(-1, HEADS * DIM).index_select(0, gather).split_with_sizes(sizes) for x in (q, k, v))
        outputs = []
        for (count, longest, mask), *parts in zip(plan, *flat):
            heads = (x.view(count, longest, HEADS, DIM).transpose(1, 2) for x in parts)
            outputs.append(kernel(*heads, mask.to(q.dtype)).transpose(1, 2).reshape(-1, HEADS * DIM))
        return torch.cat(outputs).index_select(0, scatter).view(-1, HEADS, DIM)

    return attend


def cost(lengths, dtype, attend):
    shape = (sum(lengths), HEADS, DIM)
    inputs = [torch.randn(shape, dtype=dtype, requires_grad=True) for _ in range(3)]
    gradient = torch.randn(shape, dtype=dtype)
    return median([timed(lambda: torch.autograd.grad(attend(*inputs), inputs, gradient)) for _ in range(25)][5:])


lengths = sorted(log_normal_lengths(32))
if phase == "prepare":
    Path(scratch, "lengths.json").write_text(json.dumps(lengths))
    report({"torch": torch.__version__, "python": sys.version.split()[0]})
else:
    result = {}
    for name, dtype in (("float32", torch.float32), ("bfloat16", torch.bfloat16)):
        for kernel in (fused, by_parts):
            result[f"{name} {kernel.__name__} equal"] = cost(lengths, dtype, equal_lengths(lengths, kernel))
            for waste in (0.05, 0.15):
                attend = buckets(lengths, waste, kernel)
                result[f"{name} {kernel.__name__} {waste}"] = cost(lengths, dtype, attend)
    report(result)
