"""Writes the golden values of every allow-listed op: packages/torch/golden/ops/{cases.json,*.safetensors}.

    python packages/torch/scripts/golden-ops.py

Needs PyTorch and safetensors (the files in the repository are from PyTorch 2.13.0, CPU). Running it again
gives identical files. The cases stand in the tables under scripts/golden/.
"""
import importlib
import sys
from collections import Counter
from pathlib import Path

import torch
from safetensors.torch import save_file

here = Path(__file__).resolve().parent
sys.path.insert(0, str(here))
sys.dont_write_bytecode = True
from golden.harness import Recorder  # noqa: E402

TOPICS = ["factories", "pointwise", "inplace", "comparison", "reduction", "shape", "indexing", "linalg", "nn", "losses"]


def allowed():
    """The overloads outside the section [internal]."""
    public = True
    for raw in (here.parent / "ops" / "allow-list.txt").read_text().splitlines():
        line = raw.split("#")[0].strip()
        if line.startswith("["):
            public = not line.startswith("[internal]")
        elif line and public:
            yield line.split()[0]


def main():
    torch.set_num_threads(1)
    recorder = Recorder()
    for topic in TOPICS:
        for case in importlib.import_module(f"golden.{topic}").CASES:
            recorder.record(case)
    if recorder.problems:
        raise SystemExit("\n".join(recorder.problems))
    wanted, covered = set(allowed()), Counter(line["overload"] for line in recorder.lines)
    if missing := sorted(wanted - set(covered)):
        raise SystemExit(f"no case for: {', '.join(missing)}")
    if stray := sorted(set(covered) - wanted):
        raise SystemExit(f"not allow-listed: {', '.join(stray)}")
    folder = here.parent / "golden" / "ops"
    folder.mkdir(parents=True, exist_ok=True)
    save_file(recorder.inputs.tensors, folder / "inputs.safetensors")
    save_file(recorder.outputs.tensors, folder / "outputs.safetensors")
    (folder / "cases.json").write_text(recorder.json())
    runs = sum(len(line["runs"]) for line in recorder.lines)
    size = sum(f.stat().st_size for f in folder.iterdir())
    print(f"{len(covered)} overloads, {len(recorder.lines)} cases, {runs} runs, {size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
