"""Layers: embedding, norms, activations, attention, convolution."""
import torch

from .harness import C, ints, mask, n, p, s, values

HALF = {"h": [5e-3, 5e-3], "b": [4e-2, 4e-2], "f": [1e-4, 1e-5]}


def activation(key, *args, make=n, dtypes="fdhb", **named):
    return [
        C(key, make(2, 3), *args, _dtypes=dtypes, _tolerance=HALF, **named),
        *[C(key, make(*shape), *args, _dtypes="f", **named) for shape in [(0, 3), (1, 1)]],
    ]


def attention(q, k, v, *args, dtypes="fd", **named):
    return C("scaled_dot_product_attention", q, k, v, *args, _dtypes=dtypes, _tolerance=HALF, **named)


q, k, v = s(1, 2, 3, 4), s(1, 2, 5, 4, seed=1), n(1, 2, 5, 4, seed=2)

CASES = [
    C("embedding", n(5, 3), ints([0, 4, 4, 2], (2, 2)), _dtypes="fdb"),
    C("embedding", n(5, 3), ints([1, 1, 0]), 1, _dtypes="f"),  # no gradient for row 1
    C("embedding", n(5, 3), ints([], (0, 2)), _dtypes="f"),
    C("layer_norm", n(2, 4), [4], n(4, seed=1), n(4, seed=2), _dtypes="fdb", _tolerance=HALF),
    C("layer_norm", n(2, 2, 3), [2, 3], None, None, 0.1),
    C("layer_norm", n(0, 4), [4], _dtypes="f"),
    C("layer_norm", n(2, 1), [1], n(1), _dtypes="f", _tolerance={"f": [1e-4, 2e-4]}),  # 0 / √eps
    C("rms_norm", n(2, 4), [4], n(4, seed=1), 1e-6, _dtypes="fdb", _tolerance=HALF, _since="2.4", _missing=True),
    C("rms_norm", n(2, 4), [4], _dtypes="f", _since="2.4", _missing=True),
    C("rms_norm", n(0, 4), [4], None, 1e-5, _dtypes="f", _since="2.4", _missing=True),
    C("group_norm", n(2, 4, 3), 2, n(4, seed=1), n(4, seed=2)),
    C("group_norm", n(1, 2, 2), 1, None, None, 0.01, _dtypes="f"),
    *activation("relu", dtypes="fdhbl"),
    *activation("gelu"),
    *activation("gelu", approximate="tanh"),
    *activation("silu"),
    *activation("mish"),
    *activation("sigmoid"),
    *activation("tanh"),
    *activation("softplus"),
    *activation("softplus", 2, 1.5, dtypes="fd"),
    *activation("leaky_relu"),
    *activation("leaky_relu", 0.2, dtypes="fd"),
    *activation("elu"),
    *activation("elu", 1.5, 0.5, 2, dtypes="fd"),
    *activation("hardtanh"),
    *activation("hardtanh", -2, 0.5, dtypes="fd"),
    *activation("log_sigmoid"),
    C("glu", n(2, 4), _dtypes="fdb", _tolerance=HALF),
    C("glu", n(2, 3), 0, _dtypes="f"),
    C("glu", n(0, 2), _dtypes="f"),
    *[
        case
        for key in ("softmax.int", "log_softmax.int")
        for case in (
            *activation(key, -1),
            C(key, n(2, 3), 0, _dtypes="f"),
            C(key, n(), 0, _dtypes="f"),
            C(key, n(2, 3), 1, torch.float32, _dtypes="bh", _tolerance=HALF),
            C(key, values([1.0, float("-inf"), 2.0]), 0, _dtypes="f"),
        )
    ],
    attention(q, k, v, dtypes="fdb", _since="2.0", _missing=True),
    attention(q, k, v, mask(3, 5, seed=2), _since="2.0", _missing=True),
    attention(q, k, v, s(1, 1, 3, 5, seed=3), 0.0, False, scale=0.5, _since="2.1", _missing=True),
    attention(q, s(1, 2, 3, 4, seed=1), n(1, 2, 3, 4), None, 0.0, True, _since="2.0", _missing=True),
    attention(s(1, 4, 2, 3), s(1, 2, 2, 3, seed=1), n(1, 2, 2, 3), enable_gqa=True, dtypes="f", _since="2.5", _missing=True),
    attention(n(1, 1, 1, 2), n(1, 1, 1, 2), n(1, 1, 1, 2), dtypes="f", _since="2.0", _missing=True),
    attention(n(0, 1, 2, 2), n(0, 1, 2, 2), n(0, 1, 2, 2), dtypes="f", _since="2.0", _missing=True),
    C("conv1d", n(2, 2, 5), n(3, 2, 3, seed=1), n(3, seed=2), _tolerance=HALF, _tf32=True),
    C("conv1d", n(1, 2, 5), n(2, 1, 3, seed=1), None, [2], [1], [1], 2, _dtypes="f", _tolerance=HALF, _tf32=True),
    C("conv1d", n(2, 4), n(1, 2, 2, seed=1), _dtypes="f", _tolerance=HALF, _tf32=True),
    C("max_pool1d", n(1, 2, 5), 2),
    C("max_pool1d", n(2, 5), [3], [1], [1], _dtypes="f"),
    C("avg_pool1d", n(1, 2, 5), 2),
    C("avg_pool1d", n(2, 5), 3, 1, 1, False, False, _dtypes="f"),
]
