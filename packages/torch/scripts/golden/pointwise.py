"""Elementwise arithmetic."""
import torch

from .harness import C, ints, n, p, s, u, values

SIGNED = "fdhb"
INTEGERS = "li"
special = values([float("nan"), float("inf"), float("-inf"), 0.0, -0.0, 1.5])


def unary(op, make, dtypes="fdb", extra=""):
    """Several shapes in float32, the other types in one."""
    return [
        C(op, make(2, 3), _dtypes=dtypes + extra),
        *[C(op, make(*shape), _dtypes="f") for shape in [(0, 3), (1,), ()]],
    ]


def binary(op, a, b, dtypes="fdb", extra="", **named):
    """The same shape in all types; broadcast, empty and size 1 in float32."""
    shapes = [((2, 3), (3,)), ((2, 1), (1, 3)), ((0, 3), (3,)), ((1,), (1,)), ((), (2,))]
    return [
        C(op, a(2, 3), b(2, 3, seed=1), _dtypes=dtypes + extra, **named),
        *[C(op, a(*left), b(*right, seed=2), _dtypes="f", **named) for left, right in shapes],
    ]


CASES = [
    *binary("add.Tensor", n, n, SIGNED, INTEGERS),
    C("add.Tensor", n(2, 3), n(3, seed=1), alpha=2.5),
    C("add.Tensor", n(2), n(2, seed=3), alpha=3, _dtypes="l"),
    C("add.Tensor", n(2), ints([1, 2]), _dtypes="fhB"),  # type promotion
    C("add.Scalar", n(2, 3), 1.5, _dtypes=SIGNED + "l"),
    C("add.Scalar", n(2, 3), 2, alpha=-3, _dtypes="fl"),
    C("add.Scalar", n(2), True, _dtypes="fB"),
    *binary("sub.Tensor", n, n, SIGNED, INTEGERS),
    C("sub.Tensor", n(2, 3), n(2, 1, seed=1), alpha=0.5),
    C("sub.Scalar", n(2, 3), 0.25, _dtypes=SIGNED),
    C("sub.Scalar", n(0), 3, alpha=2, _dtypes="fl"),
    *binary("mul.Tensor", n, n, SIGNED, INTEGERS + "B"),
    C("mul.Scalar", n(2, 3), -1.5, _dtypes=SIGNED + "l"),
    C("mul.Scalar", n(2), 2, _dtypes="flB"),
    *binary("div.Tensor", n, p, SIGNED, INTEGERS),
    C("div.Tensor", special, values([0.0, 1.0, 2.0, 0.0, 1.0, 0.5]), _dtypes="f", _grad=False),
    C("div.Scalar", n(2, 3), 4, _dtypes=SIGNED + "l"),
    *[
        C("div.Tensor_mode", n(2, 3), p(3, seed=1), rounding_mode=mode, _dtypes="fdli")
        for mode in ("floor", "trunc")
    ],
    C("div.Tensor_mode", ints([-(2**31), 7], None, torch.int32), ints([-1, 2]), rounding_mode="floor", _dtypes="f"),
    *[C("div.Scalar_mode", n(2, 3), -3, rounding_mode=mode, _dtypes="fli") for mode in ("floor", "trunc")],
    C("div.Scalar_mode", n(3), -1, rounding_mode="trunc", _dtypes="fi"),
    *binary("floor_divide", n, p, "fd", "li", _grad=False),
    C("floor_divide.Scalar", n(2, 3), 2, _dtypes="fdli", _grad=False),
    *binary("remainder.Tensor", n, p, "fd", "li"),
    C("remainder.Scalar", n(2, 3), -1.5),
    C("remainder.Scalar", n(2, 3), 7, _dtypes="li"),
    *binary("fmod.Tensor", n, p, "fd", "li"),
    C("fmod.Scalar", n(2, 3), 1.5),
    C("fmod.Scalar", n(0), 2, _dtypes="fl"),
    *binary("pow.Tensor_Tensor", p, s, "fdb"),
    C("pow.Tensor_Tensor", n(3), ints([2, 3, 0]), _dtypes="fdl"),
    C("pow.Tensor_Scalar", p(2, 3), 2.5, _dtypes="fdb"),
    C("pow.Tensor_Scalar", n(2, 3), 2, _dtypes="fdbl"),
    C("pow.Tensor_Scalar", n(2), 0, _dtypes="f"),
    C("pow.Scalar", 1.5, n(2, 3)),
    C("pow.Scalar", 2, ints([0, 1, 5]), _dtypes="f"),
    *unary("neg", n, SIGNED, INTEGERS),
    *unary("abs", n, SIGNED, INTEGERS),
    *unary("sign", n, SIGNED, INTEGERS),
    *unary("reciprocal", p),
    *unary("square", n, SIGNED, "l"),
    *unary("sqrt", p, SIGNED),
    *unary("rsqrt", p, SIGNED),
    *unary("exp", s, SIGNED, "l"),
    *unary("expm1", s),
    *unary("log", p, SIGNED),
    C("log", special, _dtypes="f", _grad=False),
    *unary("log1p", u),
    *unary("log2", p),
    *unary("sin", n),
    *unary("cos", n),
    *unary("tan", s),
    *binary("atan2", n, p, "fd"),
    *unary("erf", s),
    *unary("erfinv", s, "fd"),
    *[case for op in ("round", "floor", "ceil", "trunc") for case in unary(op, n, "fdb")],
    *unary("frac", n, "fd"),
    C("round.decimals", values([0.123456, 2.5, -1.005, 1234.5], div=1), decimals=2),
    C("round.decimals", n(0), decimals=-1, _dtypes="f"),
    C("clamp", n(2, 3), -1.0, 1.5, _dtypes=SIGNED),
    C("clamp", n(2, 3), 0, _dtypes="fl"),
    C("clamp", n(0, 3), None, 2, _dtypes="f"),
    C("clamp", n(1), 0.5, _dtypes="f"),
    C("clamp.Tensor", n(2, 3), s(3), p(2, 1, seed=1)),
    C("clamp.Tensor", n(2, 3), None, n(3, seed=4), _dtypes="f"),
    C("clamp_min", n(2, 3), 0.5, _dtypes="fdb"),
    C("clamp_max", n(2, 3), 0, _dtypes="fdl"),
    *binary("maximum", n, n, "fdb", "lB"),
    *binary("minimum", n, n, "fdb", "lB"),
    C("maximum", special, values([1.0] * 6), _dtypes="f", _grad=False),
    C("lerp.Tensor", n(2, 3), n(2, 3, seed=1), u(3), _dtypes="fd"),
    C("lerp.Tensor", n(0, 3), n(3), u(1), _dtypes="f"),
    C("lerp.Scalar", n(2, 3), n(3, seed=1), 0.25, _dtypes="fdb"),
    C("addcmul", n(2, 3), n(3, seed=1), p(2, 1), value=0.5, _dtypes="fdb"),
    C("addcmul", n(0), n(1), n(1), _dtypes="f"),
    C("addcmul", n(3), n(3, seed=1), n(3, seed=2), value=2, _dtypes="l"),
    C("addcdiv", n(2, 3), n(3, seed=1), p(2, 1), value=-2, _dtypes="fdb"),
    C("addcdiv", n(), n(1), p(1), _dtypes="f"),
    *binary("logaddexp", n, n, "fd"),
    C("nan_to_num", special, _dtypes="fdb"),
    C("nan_to_num", special, 0.5, 9.0, -9.0),
    *[case for op in ("bitwise_and", "bitwise_or", "bitwise_xor") for case in (
        C(f"{op}.Tensor", n(2, 3), n(3, seed=1), _dtypes="liB"),
        C(f"{op}.Tensor", n(0, 3), n(3), _dtypes="l"),
        C(f"{op}.Scalar", n(2, 3), 6, _dtypes="li"),
        C(f"{op}.Scalar", n(1), True, _dtypes="B"),
    )],
    C("bitwise_not", n(2, 3), _dtypes="liB"),
    C("bitwise_not", n(0), _dtypes="l"),
]
