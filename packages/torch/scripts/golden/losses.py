"""Losses, with every reduction."""
from .harness import C, ints, n, p, s, u, values

HALF = {"h": [5e-3, 5e-3], "b": [4e-2, 4e-2], "f": [1e-4, 1e-5]}
NONE, MEAN, SUM = 0, 1, 2
signs = values([1, -1, 1])


def at(key, a, b, *before, reductions=(NONE, SUM), after=(), **named):
    """Losses whose reduction is positional, after `before`."""
    return [C(key, a, b, *before, r, *after, **named) for r in reductions]


CASES = [
    C("cross_entropy_loss", n(3, 4), ints([1, 0, 3]), _dtypes="fdb", _tolerance=HALF),
    C("cross_entropy_loss", n(3, 4), ints([1, -100, 3]), None, SUM, -100, 0.1),
    C("cross_entropy_loss", n(3, 4), ints([1, 2, 3]), p(4, grad=False), NONE, 2),
    C("cross_entropy_loss", n(2, 3), u(2, 3, seed=1), None, MEAN, _dtypes="f"),
    C("cross_entropy_loss", n(1, 2, 2), ints([1, 0], (1, 2)), _dtypes="f"),
    C("cross_entropy_loss", n(0, 4), ints([]), None, SUM, _dtypes="f"),
    C("cross_entropy_loss", n(4), ints([2], ()), _dtypes="f"),
    C("nll_loss", n(3, 4), ints([1, 0, 3]), _dtypes="fdb", _tolerance=HALF),
    C("nll_loss", n(3, 4), ints([1, -100, 3]), p(4, grad=False), SUM),
    C("nll_loss", n(3, 4), ints([1, 0, 3]), None, NONE, 0, _dtypes="f"),
    C("nll_loss", n(1, 2), ints([0]), _dtypes="f"),
    C("nll_loss", n(0, 2), ints([]), None, NONE, _dtypes="f"),
    C("nll_loss_nd", n(2, 3, 2), ints([0, 1, 2, 2], (2, 2))),
    C("nll_loss_nd", n(1, 3, 1), ints([1], (1, 1)), None, SUM, _dtypes="f"),
    C("kl_div", n(2, 3), u(2, 3), _dtypes="fdb", _tolerance=HALF),
    *at("kl_div", n(2, 3), s(2, 3), log_target=True),
    C("kl_div", n(0), u(0), SUM, _dtypes="f"),
    *[
        case
        for key in ("mse_loss", "l1_loss")
        for case in (
            C(key, n(2, 3), n(2, 3, seed=1), _dtypes="fdb", _tolerance=HALF),
            *at(key, n(2, 3), n(2, 3, seed=2)),
            C(key, n(0), n(0), SUM, _dtypes="f"),
            C(key, n(1), n(1, seed=2), _dtypes="f"),
        )
    ],
    *[
        case
        for key in ("smooth_l1_loss", "huber_loss")
        for case in (
            C(key, n(2, 3), n(2, 3, seed=1), _dtypes="fdb", _tolerance=HALF),
            *at(key, n(2, 3), n(2, 3, seed=2), after=(0.5,)),
            C(key, n(0), n(0), SUM, _dtypes="f"),
            C(key, n(), n(seed=2), _dtypes="f"),
        )
    ],
    C("binary_cross_entropy", u(2, 3), u(2, 3, seed=1, grad=False)),
    *at("binary_cross_entropy", u(2, 3), u(2, 3, seed=1, grad=False), p(3, grad=False)),
    C("binary_cross_entropy", u(1), values([1], (1,)), None, SUM, _dtypes="f"),
    C("binary_cross_entropy_with_logits", n(2, 3), u(2, 3, seed=1), _dtypes="fdb", _tolerance=HALF),
    *at("binary_cross_entropy_with_logits", n(2, 3), u(2, 3, seed=1), p(3, grad=False), p(3, seed=1, grad=False)),
    C("binary_cross_entropy_with_logits", n(0), u(0), None, None, SUM, _dtypes="f"),
    C("cosine_embedding_loss", n(3, 4), n(3, 4, seed=1), signs),
    *at("cosine_embedding_loss", n(3, 4), n(3, 4, seed=1), signs, 0.25),
    C("cosine_embedding_loss", n(1, 4), n(1, 4, seed=1), values([1], (1,)), _dtypes="f"),
    C("margin_ranking_loss", n(3), n(3, seed=1), signs),
    *at("margin_ranking_loss", n(3), n(3, seed=1), signs, 0.5),
    C("margin_ranking_loss", n(0), n(0), values([]), 0.0, SUM, _dtypes="f"),
    C("triplet_margin_loss", n(2, 3), n(2, 3, seed=1), n(2, 3, seed=2)),
    *at("triplet_margin_loss", n(2, 3), n(2, 3, seed=1), n(2, 3, seed=2), 2.0, 2.0, 1e-6, True),
    C("triplet_margin_loss", n(1, 3), n(1, 3, seed=1), n(1, 3, seed=2), 1.0, 1.0, _dtypes="f"),
]
