#!/usr/bin/env python3
"""Makes golden/safetensors/ with the reference implementation of the format.

Needs: torch >= 2.8, safetensors >= 0.8, huggingface_hub. Running the tests needs none of them.
Run from packages/torch:  python scripts/golden-safetensors.py

  dtypes.safetensors + dtypes.json   every dtype that the Python library can write: a matrix, an empty tensor, a scalar
  subbyte.safetensors                F6_E2M3 and F6_E3M2, which Python's torch has no type for (accepted by the library)
  names.safetensors + names.json     names and metadata that need escaping or sort differently in UTF-16
  empty.safetensors                  no tensors at all
  sharded/                           huggingface_hub's split into shards with its index
  verdicts.json                      hand-made malformed files and seeded mutants, each with the library's verdict
"""

import base64
import json
import pathlib
import random
import shutil
import struct

import torch
from huggingface_hub import save_torch_state_dict
from safetensors import deserialize, safe_open
from safetensors.torch import save_file

OUT = pathlib.Path(__file__).resolve().parent.parent / "golden" / "safetensors"

DTYPES = {
    "BOOL": torch.bool, "U8": torch.uint8, "I8": torch.int8, "I16": torch.int16, "U16": torch.uint16,
    "I32": torch.int32, "U32": torch.uint32, "I64": torch.int64, "U64": torch.uint64,
    "F16": torch.float16, "BF16": torch.bfloat16, "F32": torch.float32, "F64": torch.float64,
    "C64": torch.complex64, "F8_E4M3": torch.float8_e4m3fn, "F8_E5M2": torch.float8_e5m2,
    "F8_E4M3FNUZ": torch.float8_e4m3fnuz, "F8_E5M2FNUZ": torch.float8_e5m2fnuz,
    "F8_E8M0": torch.float8_e8m0fnu, "F4": torch.float4_e2m1fn_x2,
}


def from_bytes(data: bytes, dtype: torch.dtype, shape: list[int]) -> torch.Tensor:
    if len(data) == 0:
        return torch.empty(shape, dtype=dtype)
    return torch.frombuffer(bytearray(data), dtype=torch.uint8).view(dtype).reshape(shape)


def raw_bytes(tensor: torch.Tensor) -> bytes:
    if tensor.numel() == 0:
        return b""
    return bytes(tensor.contiguous().reshape(-1).view(torch.uint8).tolist())


def values(tensor: torch.Tensor):
    """Values in row-major order as JSON can hold them; None for dtypes whose values Python cannot list."""
    if tensor.dtype == torch.float4_e2m1fn_x2:
        return None
    if tensor.dtype == torch.complex64:
        return torch.view_as_real(tensor).reshape(-1).tolist()
    flat = tensor.reshape(-1)
    if "float8" in str(tensor.dtype):
        flat = flat.float()
    if tensor.dtype in (torch.int64, torch.uint64):
        return [str(v) for v in flat.tolist()]
    return flat.tolist()


def make_dtypes() -> None:
    rng = random.Random(1)
    tensors, expected = {}, {}
    for code, dtype in DTYPES.items():
        for kind, shape in (("matrix", [2, 3]), ("empty", [0, 4]), ("scalar", [])):
            count = 1
            for size in shape:
                count *= size
            if dtype == torch.bool:
                data = bytes(rng.randrange(2) for _ in range(count))
            elif dtype == torch.complex64:
                data = struct.pack(f"<{2 * count}f", *(rng.randrange(-64, 64) / 8 for _ in range(2 * count)))
            elif dtype in (torch.float16, torch.bfloat16, torch.float32, torch.float64):
                data = raw_bytes(torch.tensor([rng.randrange(-512, 512) / 8 for _ in range(count)]).to(dtype))
            elif "float8" in str(dtype):
                # Finite values only, so that they can be compared; 0x3X is finite in all five.
                data = bytes(0x30 + rng.randrange(16) for _ in range(count))
            else:
                data = rng.randbytes(count * dtype.itemsize)
            if dtype == torch.float4_e2m1fn_x2 and shape == []:
                continue  # one F4 is half a byte
            name = f"{kind}.{code}"
            tensors[name] = from_bytes(data, dtype, shape)
            expected[name] = {"dtype": code, "values": values(tensors[name]), "hex": data.hex()}
    save_file(tensors, OUT / "dtypes.safetensors", metadata={"format": "pt"})
    with safe_open(OUT / "dtypes.safetensors", "pt") as opened:
        for name in expected:
            expected[name]["shape"] = list(opened.get_slice(name).get_shape())
            assert raw_bytes(opened.get_tensor(name)).hex() == expected[name]["hex"], name
    (OUT / "dtypes.json").write_text(json.dumps(expected) + "\n")


def file_bytes(header: bytes, data: bytes, length: int | None = None) -> bytes:
    return struct.pack("<Q", len(header) if length is None else length) + header + data


def entry(dtype: str, shape: list, begin: int, end: int) -> dict:
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def make_subbyte() -> None:
    header = json.dumps({"a": entry("F6_E2M3", [2, 4], 0, 6), "b": entry("F6_E3M2", [4], 6, 9)}).encode()
    content = file_bytes(header, bytes(range(9)))
    assert len(deserialize(content)) == 2
    (OUT / "subbyte.safetensors").write_bytes(content)


def make_names() -> None:
    names = ["plain", "z", "a", "a.b", 'quote"backslash\\', "tab\tnewline\nnul\u0000bell\u0007del\u007f",
             "ümlaut", "中文", "\uffee", "\U0001f600", "__proto__", "constructor", "", " ", "\u2028"]
    metadata = {'key "ü"\n': "value \\ \U0001f600"}
    tensors = {name: torch.tensor([i], dtype=torch.int16) for i, name in enumerate(names)}
    save_file(tensors, OUT / "names.safetensors", metadata=metadata)
    (OUT / "names.json").write_text(json.dumps({"names": names, "metadata": metadata}) + "\n")
    save_file({}, OUT / "empty.safetensors")


def make_sharded() -> None:
    folder = OUT / "sharded"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    tensors = {f"layer.{i}.weight": torch.arange(i * 10, i * 10 + 6, dtype=torch.float32).reshape(2, 3) for i in range(5)}
    tensors["big"] = torch.arange(40, dtype=torch.float32)
    tensors["tail"] = torch.tensor(7, dtype=torch.int64)
    save_torch_state_dict(tensors, folder, max_shard_size=60)


def verdict(content: bytes) -> bool:
    try:
        deserialize(content)
        return True
    except Exception:  # whatever the library says, it is a refusal
        return False


def hand_made() -> dict[str, bytes]:
    """Files by name. Most are malformed; those the library accepts are here to prove that we do not refuse too much."""
    def of(header, data=b"\0" * 8, length=None):
        return file_bytes(header if isinstance(header, bytes) else json.dumps(header).encode(), data, length)

    good = {"a": entry("F32", [2], 0, 8)}
    cases = {
        "good": of(good),
        "no bytes": b"",
        "seven bytes": b"\x08\0\0\0\0\0\0",
        "header length only": struct.pack("<Q", 2),
        "header length zero": struct.pack("<Q", 0),
        "header longer than file": of(good, length=1000),
        "header length 2^63": of(good, length=2**63),
        "header length 2^64-1": of(good, length=2**64 - 1),
        "header length above 100 MB": of(good, length=100_000_001),
        "header length cuts the JSON": of(good, length=10),
        "header length includes data": of(good, length=len(json.dumps(good)) + 4),
        "empty header": of({}, b""),
        "trailing spaces": of(json.dumps(good).encode() + b"    "),
        "trailing newline": of(json.dumps(good).encode() + b"\n"),
        "trailing comma": of(b'{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},}'),
        "trailing garbage": of(json.dumps(good).encode() + b"x"),
        "header is an array": of([], b""),
        "header is null": of(b"null", b""),
        "invalid UTF-8": of(b'{"\xff":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'),
        "overlong UTF-8": of(b'{"\xc0\xaf":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'),
        "UTF-8 surrogate": of(b'{"\xed\xa0\x80":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'),
        "byte order mark": of(b"\xef\xbb\xbf" + json.dumps(good).encode()),
        "lone surrogate escape": of(b'{"\\ud800":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'),
        "surrogate pair escape": of(b'{"\\ud83d\\ude00":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'),
        "raw control character": of(b'{"a\x01":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'),
        "bad escape": of(b'{"\\x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'),
        "NUL padding": of(json.dumps(good).encode() + b"\0\0"),
        "deep nesting": of(b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
        "deep nesting in metadata": of(b'{"__metadata__":' + b'{"a":' * 50_000 + b"1" + b"}" * 50_000 + b"}", b""),
        "metadata": of({"__metadata__": {"k": "v"}, **good}),
        "metadata null": of({"__metadata__": None, **good}),
        "metadata number value": of({"__metadata__": {"k": 1}, **good}),
        "metadata null value": of({"__metadata__": {"k": None}, **good}),
        "metadata nested": of({"__metadata__": {"k": {"x": "y"}}, **good}),
        "metadata array": of({"__metadata__": ["k"], **good}),
        "metadata is a tensor": of({"__metadata__": entry("F32", [2], 0, 8)}),
        "unknown dtype": of({"a": entry("F31", [2], 0, 8)}),
        "lower-case dtype": of({"a": entry("f32", [2], 0, 8)}),
        "dtype number": of({"a": {"dtype": 1, "shape": [2], "data_offsets": [0, 8]}}),
        "dtype prototype name": of({"a": entry("constructor", [2], 0, 8)}),
        "wrong dtype for size": of({"a": entry("F64", [2], 0, 8)}),
        "missing dtype": of({"a": {"shape": [2], "data_offsets": [0, 8]}}),
        "missing shape": of({"a": {"dtype": "F32", "data_offsets": [0, 8]}}),
        "missing offsets": of({"a": {"dtype": "F32", "shape": [2]}}),
        "unknown field": of({"a": {**good["a"], "extra": [1, {"x": None}]}}),
        "entry null": of({"a": None}),
        "entry string": of({"a": "F32"}),
        "shape not array": of({"a": {"dtype": "F32", "shape": 2, "data_offsets": [0, 8]}}),
        "shape negative": of({"a": entry("F32", [-2], 0, 8)}),
        "shape two negatives": of({"a": entry("F32", [-1, -2], 0, 8)}),
        "shape fraction": of({"a": entry("F32", [2.5], 0, 8)}),
        "shape 2.0": of(b'{"a":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}}'),
        "shape 2e0": of(b'{"a":{"dtype":"F32","shape":[2e0],"data_offsets":[0,8]}}'),
        "shape 02": of(b'{"a":{"dtype":"F32","shape":[02],"data_offsets":[0,8]}}'),
        "shape +2": of(b'{"a":{"dtype":"F32","shape":[+2],"data_offsets":[0,8]}}'),
        "shape -0": of(b'{"a":{"dtype":"F32","shape":[-0],"data_offsets":[0,0]}}', b""),
        "shape string": of({"a": entry("F32", ["2"], 0, 8)}),
        "shape true": of({"a": entry("F32", [2, True], 0, 8)}),
        "shape null": of({"a": entry("F32", [2, None], 0, 8)}),
        "shape NaN": of(b'{"a":{"dtype":"F32","shape":[NaN],"data_offsets":[0,8]}}'),
        "shape huge": of({"a": entry("F32", [2**53, 2**53], 0, 8)}),
        "shape product wraps 64 bits to 8 bytes": of({"a": entry("U8", [2**32 + 1, 2**32 - 1, 8], 0, 8)}),
        "shape product wraps to zero": of({"a": entry("U8", [2**32, 2**32], 0, 0)}, b""),
        "shape above 64 bits": of({"a": entry("F32", [2**64 + 2], 0, 8)}),
        "shape 1e400": of(b'{"a":{"dtype":"F32","shape":[1e400],"data_offsets":[0,8]}}'),
        "shape with zero": of({"a": entry("F32", [3, 0, 5], 0, 0)}, b""),
        "scalar": of({"a": entry("F64", [], 0, 8)}),
        "many dimensions": of({"a": entry("F32", [1] * 5000 + [2], 0, 8)}),
        "offsets negative": of({"a": entry("F32", [2], -8, 0)}),
        "offsets backwards": of({"a": entry("F32", [2], 8, 0)}),
        "offsets out of range": of({"a": entry("F32", [4], 0, 16)}),
        "offsets huge": of({"a": entry("F32", [2], 2**62, 2**62 + 8)}),
        "offsets beyond 2^53": of({"a": entry("F32", [2], 2**53 + 1, 2**53 + 9)}),
        "offsets one": of({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0]}}),
        "offsets three": of({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8, 8]}}),
        "offsets strings": of({"a": {"dtype": "F32", "shape": [2], "data_offsets": ["0", "8"]}}),
        "span too small": of({"a": entry("F32", [3], 0, 8)}),
        "span too large": of({"a": entry("F32", [1], 0, 8)}),
        "hole at the start": of({"a": entry("F32", [1], 4, 8)}),
        "hole between": of({"a": entry("U8", [2], 0, 2), "b": entry("U8", [2], 6, 8)}),
        "hole at the end": of({"a": entry("U8", [2], 0, 2)}),
        "overlap": of({"a": entry("U8", [6], 0, 6), "b": entry("U8", [4], 4, 8)}),
        "same bytes twice": of({"a": entry("F32", [2], 0, 8), "b": entry("F32", [2], 0, 8)}),
        "nested inside": of({"a": entry("U8", [8], 0, 8), "b": entry("U8", [2], 2, 4)}),
        "empty inside another": of({"a": entry("U8", [8], 0, 8), "b": entry("U8", [0], 4, 4)}),
        "empty beyond the end": of({"a": entry("U8", [8], 0, 8), "b": entry("U8", [0], 9, 9)}),
        "empties at one place": of({"a": entry("U8", [0], 0, 0), "b": entry("F32", [2], 0, 8), "c": entry("F32", [0], 8, 8)}),
        "not in offset order": of({"b": entry("U8", [4], 4, 8), "a": entry("U8", [4], 0, 4)}),
        "truncated data": of(good, b"\0" * 7),
        "data too long": of(good, b"\0" * 9),
        "no data": of(good, b""),
        "F4 odd": of({"a": entry("F4", [3], 0, 1)}, b"\0"),
        "F4 even": of({"a": entry("F4", [4], 0, 2)}, b"\0\0"),
        "F6 misaligned": of({"a": entry("F6_E2M3", [3], 0, 2)}, b"\0\0"),
        "duplicate tensor": of(b'{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'),
        "duplicate tensor through an escape": of(b'{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"\\u0061":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'),
        "duplicate field": of(b'{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}'),
        "duplicate metadata": of(b'{"__metadata__":{},"__metadata__":{},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'),
        "duplicate metadata key": of(b'{"__metadata__":{"k":"1","k":"2"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'),
        "leading space": of(b" " + json.dumps(good).encode()),
        "entry as an array": of(b'{"a":["F32",[2],[0,8]]}'),
    }
    return cases


TOKENS = [b"-1", b"0", b"1", b"8", b"9007199254740993", b"18446744073709551616", b"1.0", b"1e1", b'"F64"', b'"BOOL"',
          b"null", b"true", b"[", b"]", b"{", b"}", b",", b":", b'"', b"\\", b" ", b"\xff", b"\x00", b"-", b"[[[[", b"2"]


def mutants(rng: random.Random, bases: list[bytes], count: int) -> list[dict]:
    """Each mutant: which base, and edits [position, bytes deleted, bytes inserted (base64)] applied in turn."""
    made = []
    for _ in range(count):
        which = rng.randrange(len(bases))
        content, edits = bases[which], []
        header_end = 8 + struct.unpack("<Q", bases[which][:8])[0]
        for _ in range(rng.choice([1, 1, 1, 2, 3])):
            place = rng.randrange(8) if rng.random() < 0.05 else rng.randrange(8, header_end)
            place = min(place, len(content))
            style = rng.random()
            if style < 0.35:  # same length, so that the JSON stays aligned with the header length
                deleted, inserted = 1, bytes([rng.choice(b'0123456789[]{},:"-.eFUIB \\') if rng.random() < 0.9 else rng.randrange(256)])
            elif style < 0.6:
                inserted = rng.choice(TOKENS)
                deleted = len(inserted)
            elif style < 0.75 and place >= 8:  # a digit becomes another
                digits = [i for i in range(8, min(header_end, len(content))) if content[i : i + 1].isdigit()]
                place = rng.choice(digits) if digits else place
                deleted, inserted = 1, str(rng.randrange(10)).encode()
            elif style < 0.85:
                deleted, inserted = rng.randrange(4), b""
            elif style < 0.95:
                deleted, inserted = 0, rng.choice(TOKENS)
            else:
                deleted, inserted = len(content), b""
            content = content[:place] + inserted + content[place + deleted :]
            edits.append([place, deleted, base64.b64encode(inserted).decode()])
        if rng.random() < 0.6 and len(content) > 8:  # repair the header's length, so that deeper checks are reached
            data = len(bases[which]) - header_end
            length = struct.pack("<Q", max(0, len(content) - 8 - data))
            content = length + content[8:]
            edits.append([0, 8, base64.b64encode(length).decode()])
        made.append({"base": which, "edits": edits, "accepted": verdict(content)})
    return made


def make_verdicts() -> None:
    bases = [
        file_bytes(json.dumps({"a": entry("F32", [2], 0, 8), "b": entry("U8", [2, 4], 8, 16)}).encode(), bytes(16)),
        file_bytes(json.dumps({"__metadata__": {"format": "pt"}, "w": entry("BF16", [2, 2], 0, 8), "e": entry("I64", [0], 8, 8),
                               "s": entry("F16", [], 8, 10)}, separators=(",", ":")).encode() + b"     ", bytes(10)),
    ]
    compressible = {"deep nesting", "deep nesting in metadata", "many dimensions"}
    cases = []
    for name, content in hand_made().items():
        case = {"name": name, "accepted": verdict(content)}
        # Very repetitive files are given as runs: [text, how often].
        if name in compressible:
            case["runs"] = runs(content)
        else:
            case["base64"] = base64.b64encode(content).decode()
        cases.append(case)
    record = {"handMade": cases, "bases": [base64.b64encode(b).decode() for b in bases],
              "mutants": mutants(random.Random(7), bases, 3000)}
    (OUT / "verdicts.json").write_text(json.dumps(record, separators=(",", ":")) + "\n")
    accepted = sum(m["accepted"] for m in record["mutants"])
    print(f"{len(cases)} hand-made ({sum(c['accepted'] for c in cases)} accepted), "
          f"{len(record['mutants'])} mutants ({accepted} accepted)")


def runs(content: bytes) -> list:
    """[[base64, times], ...]: greedy run-length over units of 1 to 5 bytes."""
    out, literal, at = [], b"", 0
    while at < len(content):
        best = (0, 0)
        for unit in range(1, 6):
            piece, times = content[at : at + unit], 1
            while content[at + unit * times : at + unit * (times + 1)] == piece:
                times += 1
            if times > 8 and unit * times > best[0] * best[1]:
                best = (unit, times)
        if best[0]:
            if literal:
                out.append([base64.b64encode(literal).decode(), 1])
                literal = b""
            out.append([base64.b64encode(content[at : at + best[0]]).decode(), best[1]])
            at += best[0] * best[1]
        else:
            literal += content[at : at + 1]
            at += 1
    if literal:
        out.append([base64.b64encode(literal).decode(), 1])
    return out


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    make_dtypes()
    make_subbyte()
    make_names()
    make_sharded()
    make_verdicts()
    for file in OUT.rglob("*.safetensors"):
        file.chmod(0o644)  # the library writes through a private temporary file
