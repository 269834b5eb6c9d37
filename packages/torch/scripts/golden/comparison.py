"""Comparisons and logic: results are bool, without gradients."""
from .harness import C, ints, mask, n, values

nan, inf = float("nan"), float("inf")
special = values([nan, inf, -inf, 0.0, 1.0])
near = values([nan, inf, -inf, 1e-9, 1.000001])


def compare(op):
    return [
        C(f"{op}.Tensor", n(2, 3), n(2, 3), _dtypes="fdhblB"),
        C(f"{op}.Tensor", n(2, 3), n(3, seed=1), _dtypes="fi"),
        C(f"{op}.Tensor", n(0, 3), n(3), _dtypes="f"),
        C(f"{op}.Tensor", special, values([nan, 0.0, -inf, -0.0, 1.0]), _dtypes="f"),
        C(f"{op}.Scalar", n(2, 3), 0.5, _dtypes="fdbl"),
        C(f"{op}.Scalar", n(1), 0, _dtypes="fl"),
        C(f"{op}.Scalar", n(), True, _dtypes="B"),
    ]


def logical(op):
    return [
        C(op, n(2, 3), n(2, 3, seed=1), _dtypes="flB"),
        C(op, n(2, 1), mask(3), _dtypes="fB"),
        C(op, n(0), n(1), _dtypes="B"),
    ]


CASES = [
    *[case for op in ("eq", "ne", "lt", "le", "gt", "ge") for case in compare(op)],
    *[case for op in ("logical_and", "logical_or", "logical_xor") for case in logical(op)],
    C("logical_not", n(2, 3), _dtypes="fblB"),
    C("logical_not", n(0), _dtypes="B"),
    C("equal", n(2, 3), n(2, 3), _dtypes="fdblB"),
    C("equal", n(2, 3), n(2, 3, seed=1), _dtypes="fl"),
    C("equal", n(2, 3), n(3, 2), _dtypes="f"),
    C("equal", n(0), n(0), _dtypes="f"),
    C("allclose", special, special, _dtypes="f"),
    C("allclose", special, near, 1e-5, 1e-8, True, _dtypes="fd"),
    C("allclose", n(2, 3), n(2, 3), _dtypes="fd"),
    C("allclose", n(0), n(1), _dtypes="f"),
    C("isclose", special, near, _dtypes="fd"),
    C("isclose", special, near, 0.0, 1e-3, True, _dtypes="fd"),
    C("isclose", n(2, 1), n(3), _dtypes="fl"),
    *[C(op, special, _dtypes="fdhb") for op in ("isnan", "isinf", "isfinite")],
    *[C(op, n(2, 0), _dtypes="fl") for op in ("isnan", "isinf", "isfinite")],
    C("isin.Tensor_Tensor", n(2, 3), n(4, seed=0), _dtypes="fdl"),
    C("isin.Tensor_Tensor", n(2, 3), n(2), invert=True, _dtypes="l"),
    C("isin.Tensor_Tensor", ints([], (0,)), n(2), _dtypes="l"),
    C("isin.Tensor_Scalar", ints([1, 2, 3]), 2, _dtypes="f"),
    C("isin.Tensor_Scalar", ints([1, 2, 3]), 2, invert=True, assume_unique=True, _dtypes="f"),
]
