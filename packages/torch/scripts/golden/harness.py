"""Cases of the golden tests: how they are written down in the tables, run, and stored.

Stored inputs are whole numbers k. A run in a floating-point type uses k / div (exact in every type, also
bfloat16), one in an integer type k, one in bool k > 0. So an input is stored once for all types.
"""
import json
import math
import re
from dataclasses import dataclass, field

import torch

LETTERS = {
    "f": torch.float32,
    "d": torch.float64,
    "h": torch.float16,
    "b": torch.bfloat16,
    "l": torch.int64,
    "i": torch.int32,
    "s": torch.int16,
    "y": torch.int8,
    "u": torch.uint8,
    "B": torch.bool,
}
SEED = 1234


def dtype_name(dtype):
    return str(dtype).removeprefix("torch.")


@dataclass(frozen=True)
class Input:
    """A tensor argument. `keep`: its own type in every run (indices, masks); else the run's type."""

    values: tuple
    shape: tuple
    div: int = 8
    keep: torch.dtype | None = None
    grad: bool = True

    def stored(self):
        return torch.tensor(self.values, dtype=self.keep or torch.float32).reshape(self.shape)

    def make(self, dtype):
        stored = self.stored()
        if self.keep is not None:
            return stored
        if dtype.is_floating_point:
            return (stored.double() / self.div).to(dtype)
        return (stored > 0) if dtype == torch.bool else stored.to(dtype)


def _spread(shape, seed, modulus, offset):
    """Whole numbers without repetition (up to `modulus` elements), in no order."""
    count = math.prod(shape)
    return tuple((37 * k + 17 * seed + 5) % modulus - offset for k in range(count))


def n(*shape, seed=0, grad=True):
    """Signed: -3.75 … 3.75 in steps of 1/8."""
    return Input(_spread(shape, seed, 61, 30), shape, grad=grad)


def p(*shape, seed=0, grad=True):
    """Positive: 1/8 … 7.625."""
    return Input(_spread(shape, seed, 61, -1), shape, grad=grad)


def u(*shape, seed=0, grad=True):
    """Inside (0, 1): 1/64 … 61/64."""
    return Input(_spread(shape, seed, 61, -1), shape, div=64, grad=grad)


def s(*shape, seed=0, grad=True):
    """Inside (-1, 1), for domains such as erfinv's."""
    return Input(_spread(shape, seed, 61, 30), shape, div=32, grad=grad)


def ints(values, shape=None, dtype=torch.int64):
    """Indices, classes, lengths: of this type in every run."""
    return Input(tuple(values), tuple(shape if shape is not None else (len(values),)), keep=dtype)


def mask(*shape, seed=0):
    return Input(tuple(v > 0 for v in _spread(shape, seed, 61, 30)), shape, keep=torch.bool)


def values(items, shape=None, div=1):
    """These very numbers, among them nan and inf."""
    return Input(tuple(items), tuple(shape if shape is not None else (len(items),)), div=div)


class Device:
    """The device under test."""


class Undefined:
    """An optional argument left out."""


@dataclass
class Case:
    key: str
    args: tuple
    kwargs: dict
    dtypes: str = "fd"
    grad: bool = True
    since: str | None = None  # the first libtorch with these results
    missing: bool = False  # before `since` the op or an argument is absent: UnsupportedOpError
    seed: bool = False  # draws random numbers: compared on the CPU only
    stats: tuple | None = None  # (mean, std) to be met roughly, where values depend on the processor's maker
    absolute: tuple = ()  # outputs compared without their sign
    values: bool = True  # False: shape and type only (uninitialised memory)
    grad_outputs: tuple | None = None  # outputs that take part in the gradient; default all
    tolerance: dict = field(default_factory=dict)  # type letter → relative and absolute tolerance
    tf32: bool = False  # a GPU may multiply with ten bits of mantissa
    js: list | None = None  # the call in TypeScript where it is not args, kwargs


_FLAGS = {f for f in Case.__dataclass_fields__} - {"key", "args", "kwargs", "values"}


def C(key, *args, **named):
    """One case: an overload, its arguments, and `_flag=…` for the fields of Case."""
    flags = {k[1:]: v for k, v in named.items() if k.startswith("_")}
    kwargs = {k: v for k, v in named.items() if not k.startswith("_")}
    return Case(key, args, kwargs, **flags)


def camel(name):
    return re.sub(r"(?<=[^_])_+([a-z0-9])", lambda m: m[1].upper(), name)


def weights_like(tensor):
    """Fixed weights of the sum that is differentiated: (7 i mod 11 - 5) / 4."""
    flat = (torch.arange(tensor.numel()) * 7 % 11 - 5).double() / 4
    return flat.reshape(tensor.shape).to(tensor.dtype)


class Store:
    """Tensors by content."""

    def __init__(self, prefix):
        self.prefix, self.tensors, self.names = prefix, {}, {}

    def add(self, tensor):
        tensor = torch.empty(tensor.shape, dtype=tensor.dtype).copy_(tensor.detach())
        data = tensor.flatten().view(torch.uint8).numpy().tobytes() if tensor.numel() else b""
        content = (tensor.dtype, tuple(tensor.shape), data)
        if content not in self.names:
            name = f"{self.prefix}{len(self.names)}"
            self.names[content], self.tensors[name] = name, tensor
        return self.names[content]


def overload_of(key):
    op, _, overload = key.partition(".")
    return getattr(getattr(torch.ops.aten, op), overload or "default")


class Recorder:
    def __init__(self):
        self.inputs, self.outputs, self.lines, self.problems = Store("i"), Store("o"), [], []

    def _encode(self, value, name=""):
        if isinstance(value, Input):
            encoded = {"t": self.inputs.add(value.stored())}
            if value.keep is not None:
                return {**encoded, "keep": True}
            return encoded if value.div == 8 else {**encoded, "div": value.div}
        if isinstance(value, Device):
            return {"device": True}
        if isinstance(value, Undefined):
            return {"undefined": True}
        if isinstance(value, torch.dtype):
            return dtype_name(value)
        if isinstance(value, (list, tuple)):
            return [self._encode(item) for item in value]
        if name == "reduction":
            return ["none", "mean", "sum"][value]
        if isinstance(value, float) and not math.isfinite(value):
            return {"number": str(value)}
        return value

    def _call(self, case, dtype):
        """The outputs, and the gradients by the place of their input among the tensor arguments."""
        tensors = []

        def build(value):
            if isinstance(value, Input):
                tensor = value.make(dtype)
                differentiable = case.grad and value.grad and value.keep is None and dtype.is_floating_point
                tensors.append(tensor.requires_grad_() if differentiable else tensor)
                return tensor
            if isinstance(value, Device):
                return torch.device("cpu")
            if isinstance(value, (list, tuple)):
                return [build(item) for item in value]
            return value

        args = [build(a) for a in case.args]
        kwargs = {k: build(v) for k, v in case.kwargs.items()}
        op = overload_of(case.key)
        in_place = case.key.partition(".")[0].endswith("_")
        if in_place:
            args[0] = args[0].clone()
        if case.seed:
            torch.manual_seed(SEED)
        result = op(*args, **kwargs)
        outputs = list(result) if isinstance(result, (list, tuple)) else [result]
        chosen = [o for i, o in enumerate(outputs) if case.grad_outputs is None or i in case.grad_outputs]
        roots = [o for o in chosen if isinstance(o, torch.Tensor) and o.requires_grad]
        gradients = {}
        if roots:
            wanted = [(i, t) for i, t in enumerate(tensors) if t.requires_grad]
            found = torch.autograd.grad(
                roots, [t for _, t in wanted], [weights_like(o) for o in roots], allow_unused=True
            )
            gradients = {i: g for (i, _), g in zip(wanted, found) if g is not None}
        return outputs, gradients, isinstance(result, (list, tuple))

    def record(self, case):
        arguments = overload_of(case.key)._schema.arguments
        names = [a.name for a in arguments]
        op = case.key.partition(".")[0]
        args = case.js if case.js is not None else list(case.args)
        if case.kwargs and case.js is None:  # the options come after all positional arguments
            positional = [a for a in arguments if not a.kwarg_only and a.name not in case.kwargs]
            args += [Undefined()] * (len(positional) - len(args))
        line = {
            "op": camel(op),
            "overload": case.key,
            "args": [self._encode(a, names[i] if i < len(names) else "") for i, a in enumerate(args)],
        }
        if case.kwargs and case.js is None:
            line["options"] = {camel(k): self._encode(v, k) for k, v in case.kwargs.items()}
        for flag in ("since", "missing", "seed", "absolute", "grad_outputs", "stats", "tf32"):
            value = getattr(case, flag)
            if value not in (None, False, ()):
                line[camel(flag)] = value
        if not case.values:
            line["shapeOnly"] = True
        if case.tolerance:
            line["tolerance"] = {dtype_name(LETTERS[k]): v for k, v in case.tolerance.items()}
        runs = {}
        for letter in case.dtypes:
            dtype = LETTERS[letter]
            try:
                outputs, gradients, several = self._call(case, dtype)
            except Exception as error:  # all of a table's mistakes are reported at once
                self.problems.append(f"{case.key} {dtype_name(dtype)} {case.args} {case.kwargs}: {error}")
                continue
            run = {"out": [self._result(o, case) for o in outputs]}
            if several:
                line["several"] = True
            if gradients:
                run["grads"] = {str(i): self.outputs.add(g) for i, g in gradients.items()}
            runs[dtype_name(dtype)] = run
        line["runs"] = runs
        self.lines.append(line)

    def _result(self, value, case):
        if isinstance(value, torch.Tensor):
            if case.values and case.stats is None:
                return self.outputs.add(value)
            return {"shape": list(value.shape), "dtype": dtype_name(value.dtype)}
        return {"value": value}

    def json(self):
        return "[\n" + ",\n".join(json.dumps(line, separators=(",", ":")) for line in self.lines) + "\n]\n"
