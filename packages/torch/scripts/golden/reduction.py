"""Reductions, sorting, counting."""
import torch

from .harness import C, ints, n, p, s, u, values

nan = float("nan")
with_nan = values([1.0, nan, -2.0, 0.5, nan, 3.0], (2, 3))


def reduced(op, whole, along, make=n, dtypes="fdb", extra=""):
    """Over all, and along dimensions, with empty and size-1 shapes."""
    cases = [C(whole, make(2, 3), _dtypes=dtypes + extra), C(whole, make(1), _dtypes="f"), C(whole, make(), _dtypes="f")]
    if along:
        cases += [
            C(along, make(2, 3), 1, _dtypes=dtypes + extra),
            C(along, make(2, 3), -2, True, _dtypes="f"),
            C(along, make(2, 1, 2), 1, _dtypes="f"),
            C(along, make(0, 3), 1, _dtypes="f"),
        ]
    return cases


def extremes(op):
    return [
        *reduced(op, op, f"{op}.dim", extra="lB"),
        C(f"{op}.other", n(2, 3), n(3, seed=1), _dtypes="fdl"),
        C(f"{op}.other", n(0), n(1), _dtypes="f"),
        C(f"{op}.dim", with_nan, 1, _dtypes="f", _grad=False),
    ]


CASES = [
    *reduced("sum", "sum", "sum.dim_IntList", extra="hliB"),
    C("sum", n(0, 3), _dtypes="fl"),
    C("sum", n(2, 3), dtype=torch.float64, _dtypes="fbl"),
    C("sum.dim_IntList", n(2, 3, 2), [0, -1], _dtypes="fdb"),
    C("sum.dim_IntList", n(2, 3), None, True, _dtypes="f"),
    C("sum.dim_IntList", n(2, 3), [1], False, dtype=torch.float32, _dtypes="b"),
    C("nansum", with_nan, _dtypes="fd"),
    C("nansum", with_nan, [1], True, _dtypes="f"),
    C("nansum", n(0), _dtypes="f"),
    *reduced("mean", "mean", "mean.dim", extra="h"),
    C("mean", n(0), _dtypes="f"),
    C("mean", n(4), dtype=torch.float32, _dtypes="l"),
    C("mean.dim", n(2, 3, 2), [0, 2], True),
    C("nanmean", with_nan, _dtypes="fd"),
    C("nanmean", with_nan, 0, True, _dtypes="f"),
    *reduced("prod", "prod", "prod.dim_int", make=s, dtypes="fd", extra="l"),
    C("prod", n(0), _dtypes="f"),
    C("prod", n(3), dtype=torch.float64, _dtypes="l"),
    *[
        case
        for op in ("var", "std")
        for case in (
            C(f"{op}.correction", n(2, 3), _dtypes="fdb"),
            C(f"{op}.correction", n(2, 3), 1, correction=0, keepdim=True),
            C(f"{op}.correction", n(2, 3, 2), [0, 2], correction=2, _dtypes="f"),
            C(f"{op}.correction", n(2, 1), 1, correction=0, _dtypes="f"),
            C(f"{op}.correction", n(0, 2), 1, _dtypes="f"),
        )
    ],
    C("var_mean.correction", n(2, 3), 1, correction=0),
    C("var_mean.correction", n(4), _dtypes="f"),
    *[
        case
        for op in ("amax", "amin")
        for case in (
            C(op, n(2, 3), _dtypes="fdblB"),
            C(op, n(2, 3), 1, True),
            C(op, n(2, 3, 2), [0, 2], _dtypes="f"),
            C(op, n(0, 2), 1, _dtypes="f"),
            C(op, values([2.0, 2.0, 1.0]), _dtypes="fd"),  # ties share the gradient
            C(op, n(), _dtypes="f"),
        )
    ],
    *extremes("max"),
    *extremes("min"),
    *[
        case
        for op in ("argmax", "argmin")
        for case in (
            C(op, n(2, 3), _dtypes="fdbl"),
            C(op, n(2, 3), 1, True, _dtypes="f"),
            C(op, n(3, 0), 0, _dtypes="f"),
            C(op, n(1), _dtypes="f"),
        )
    ],
    C("median", n(5), _dtypes="fdl"),
    C("median", with_nan, _dtypes="f", _grad=False),
    C("median.dim", n(2, 3), 1, _dtypes="fdl"),
    C("median.dim", n(3, 2), 0, True, _dtypes="f"),
    C("quantile", n(2, 5), values([0.0, 0.3, 1.0]), 1, _dtypes="fd"),
    C("quantile", n(5), values([0.5], ()), interpolation="nearest", _dtypes="f"),
    C("quantile.scalar", n(2, 3), 0.25),
    C("quantile.scalar", n(2, 3), 0.4, 1, True, interpolation="lower", _dtypes="f"),
    *[
        case
        for op in ("all", "any")
        for case in (
            *reduced(op, op, f"{op}.dim", dtypes="f", extra="lB"),
            C(op, n(0), _dtypes="B"),
            C(op, values([1.0, 1.0]), _dtypes="f"),
            C(op, values([0.0, 0.0]), _dtypes="f"),
        )
    ],
    C("count_nonzero", values([0, 1, 2, 0, 3, 0], (2, 3)), _dtypes="flB"),
    C("count_nonzero", values([0, 1, 2, 0, 3, 0], (2, 3)), 1, _dtypes="f"),
    C("count_nonzero", n(0), _dtypes="f"),
    C("count_nonzero.dim_IntList", values([0, 1, 2, 0, 3, 0], (2, 3, 1)), [0, 2], _dtypes="fl"),
    C("logsumexp", n(2, 3), 1, _dtypes="fdb"),
    C("logsumexp", n(2, 3), [0, 1], True, _dtypes="f"),
    C("logsumexp", n(0, 3), 1, _dtypes="f"),
    C("logsumexp", values([float("-inf")] * 2), 0, _dtypes="f", _grad=False),
    C("norm.Scalar", n(2, 3), _dtypes="fd"),
    C("norm.Scalar", n(2, 3), 1, _dtypes="f"),
    C("norm.ScalarOpt_dim", n(2, 3), 2, 1, True, _dtypes="fdb"),
    C("norm.ScalarOpt_dim", n(2, 3), float("inf"), [0], _dtypes="f"),
    C("norm.ScalarOpt_dim", n(0, 3), 2, 1, _dtypes="f"),
    C("cumsum", n(2, 3), 1, _dtypes="fdblB"),
    C("cumsum", n(0, 3), 0, _dtypes="f"),
    C("cumsum", n(3), -1, dtype=torch.float64, _dtypes="fl"),
    C("cumsum", n(), 0, _dtypes="f"),
    C("cumprod", s(2, 3), 1, _dtypes="fd"),
    C("cumprod", n(3), 0, _dtypes="fl"),
    C("cumprod", values([2.0, 0.0, 3.0]), 0, _dtypes="fd"),
    C("topk", n(2, 5), 2, _dtypes="fdbl"),
    C("topk", n(2, 5), 3, 1, False, True, _dtypes="f"),
    C("topk", n(3, 2), 1, 0, _dtypes="f"),
    C("topk", n(0, 3), 2, _dtypes="f"),
    C("topk", n(3), 0, _dtypes="f"),
    C("sort", n(2, 5), _dtypes="fdbl"),
    C("sort", n(3, 2), 0, True, _dtypes="f"),
    C("sort", n(0), _dtypes="f"),
    C("sort", n(), _dtypes="f"),
    C("sort.stable", values([2, 1, 2, 1]), stable=True, _dtypes="fdl"),
    C("sort.stable", values([2, 1, 2, 1], (2, 2)), stable=True, dim=0, descending=True, _dtypes="f"),
    C("argsort", n(2, 5), _dtypes="fdl"),
    C("argsort", n(3, 2), 0, True, _dtypes="f"),
    C("argsort.stable", values([2, 1, 2, 1]), stable=True, dim=0, descending=True, _dtypes="fl"),
    C("kthvalue", n(2, 5), 2, _dtypes="fdl"),
    C("kthvalue", n(3, 2), 1, 0, True, _dtypes="f"),
    C("unique_consecutive", ints([1, 1, 2, 2, 1]), True, True, _dtypes="f"),
    C("unique_consecutive", values([1, 1, 2, 2, 2, 2], (3, 2)), True, True, 0, _dtypes="fl", _grad=False),
    C("unique_consecutive", ints([]), _dtypes="f"),
    C("_unique2", values([3, 1, 3, 2, 1], (5,)), True, True, True, _dtypes="fdl", _grad=False),
    C("_unique2", ints([5]), _dtypes="f"),
    C("_unique2", ints([]), True, True, True, _dtypes="f"),
    C("bincount", ints([1, 3, 1, 0]), _dtypes="f"),
    C("bincount", ints([1, 3, 1, 0]), p(4, grad=False), 6, _dtypes="fd"),
    C("bincount", ints([]), None, 2, _dtypes="f"),
    C("histc", n(12), 4, -2, 2, _dtypes="fd", _grad=False),
    C("histc", u(5), 3, _dtypes="f", _grad=False),
    C("bucketize.Tensor", n(2, 3), values([-2, 0, 1.5]), _dtypes="fd", _grad=False),
    C("bucketize.Tensor", ints([1, 2, 3]), ints([1, 3]), right=True, _dtypes="f"),
    C("bucketize.Tensor", n(0), values([0.0]), _dtypes="f", _grad=False),
    C("bucketize.Scalar", 2.5, values([-2, 0, 1.5, 2.5]), right=True, _dtypes="f", _grad=False),
    C("searchsorted.Tensor", ints([1, 3, 5, 7, 9, 11], (2, 3)), ints([3, 6, 0, 9], (2, 2)), _dtypes="f"),
    C("searchsorted.Tensor", values([-2, 0, 1.5]), n(3), right=True, _dtypes="fd", _grad=False),
    C("searchsorted.Tensor", values([-2, 0, 1.5]), n(0), side="right", _dtypes="f", _grad=False),
    C("searchsorted.Scalar", values([-2, 0, 1.5]), 0, _dtypes="f", _grad=False),
]
