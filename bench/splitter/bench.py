"""Recursive splitting with LangChain's text splitter (pip install langchain-text-splitters)."""

import json
import sys
import time
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "shared"))
from importlib.metadata import version

from langchain_text_splitters import RecursiveCharacterTextSplitter
from measure import median, report

scratch, threads, phase = sys.argv[1:4]
text_file = Path(scratch) / "text.txt"
MEGABYTES = 32
REPEATS = 3


def prepare():
    """A real text, over and over: the answers of examples/medquad."""
    corpus = Path(__file__).resolve().parents[2] / "examples" / "medquad" / "data" / "corpus.jsonl"
    texts = [json.loads(line)["text"] for line in corpus.read_text(encoding="utf-8").splitlines()]
    once = ("\n\n".join(texts) + "\n\n").encode()
    text_file.write_bytes(once * (MEGABYTES * 1_000_000 // len(once)))
    return {"langchain-text-splitters": version("langchain-text-splitters"), "python": sys.version.split()[0]}


def speed(**options):
    """MB/s."""
    text = text_file.read_text(encoding="utf-8")
    splitter = RecursiveCharacterTextSplitter(**options)
    seconds = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        splitter.split_text(text)
        seconds.append(time.perf_counter() - start)
    return text_file.stat().st_size / 1e6 / median(seconds)


if phase == "prepare":
    report(prepare())
else:
    separators = ["\n\n", "\n", ". ", " ", ""]
    report(
        {
            "characters": speed(chunk_size=1000, chunk_overlap=0, separators=separators),
            "overlap": speed(chunk_size=1000, chunk_overlap=100, separators=separators),
        }
    )
