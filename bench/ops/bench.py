import sys
import time
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "shared"))
import torch
from measure import median, report

scratch, threads, phase = sys.argv[1:4]
torch.set_num_threads(int(threads))
CALLS, REPEATS = 1000, 300


def cost(a, b):
    add = torch.add

    def batch():
        for _ in range(CALLS):
            add(a, b)

    for _ in range(50):
        batch()
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        batch()
        times.append((time.perf_counter() - start) * 1e6 / CALLS)
    return median(times)


if phase == "prepare":
    report({"torch": torch.__version__, "python": sys.version.split()[0]})
else:
    a, b, leaf = torch.ones(4), torch.ones(4), torch.ones(4, requires_grad=True)
    report({"add": cost(a, b), "addAutograd": cost(leaf, b)})
