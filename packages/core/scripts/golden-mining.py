"""Writes packages/core/golden/mining: what sentence-transformers 6.0.1's mine_hard_negatives makes of given vectors.

Needs sentence-transformers and datasets:  python packages/core/scripts/golden-mining.py

The model is a table of random vectors, the cross-encoder a table of random scores, so only the mining counts.
"""

import contextlib
import io
import json
import zlib
from pathlib import Path

import numpy as np
import torch
from datasets import Dataset
from sentence_transformers.util import cos_sim, mine_hard_negatives, pairwise_cos_sim

folder = Path(__file__).resolve().parent.parent / "golden" / "mining"
folder.mkdir(parents=True, exist_ok=True)
rng = np.random.default_rng(11)

documents = [f"d{i}" for i in range(40)]
queries = [f"q{i}" for i in range(12)]
vectors = {text: np.round(rng.normal(size=6), 4) for text in documents + queries}
pairs = []
for i, query in enumerate(queries):
    for document in rng.choice(documents[:24], 1 + i % 3, replace=False):
        pairs.append((query, str(document)))
        # Positives are usually near: half way between a random vector and the query's.
        vectors[str(document)] = np.round(vectors[str(document)] * 0.6 + vectors[query] * 0.6, 4)


class Table:
    device = torch.device("cpu")

    def encode(self, texts, **_):
        rows = np.stack([vectors[text] for text in texts]).astype(np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    encode_query = encode_document = encode
    similarity = staticmethod(cos_sim)
    similarity_pairwise = staticmethod(pairwise_cos_sim)


def cross_score(query, document):
    """The same formula stands in the test."""
    return zlib.crc32(f"{query}|{document}".encode()) / 2**32


class Cross:
    def predict(self, pairs, **_):
        return torch.tensor([cross_score(query, document) for query, document in pairs])


cases = {}
dataset = Dataset.from_dict({"query": [q for q, _ in pairs], "positive": [d for _, d in pairs]})
for name, settings in {
    "defaults": {},
    "positives alone": {"alone": True},
    "range": {"range_min": 2, "range_max": 9},
    "range min alone": {"range_min": 3},
    "max score": {"max_score": 0.5},
    "min score": {"min_score": 0.55},
    "absolute margin": {"absolute_margin": 0.1},
    "relative margin": {"relative_margin": 0.05},
    "both margins and bounds": {
        "absolute_margin": 0.05,
        "relative_margin": 0.1,
        "max_score": 0.8,
        "min_score": 0.1,
        "range_min": 1,
        "num_negatives": 4,
    },
    "few candidates": {"relative_margin": 0.05, "range_max": 6, "num_negatives": 5},
    "more than there are": {"num_negatives": 45},
    "cross-encoder": {"cross": True, "absolute_margin": 0.0},
    "cross-encoder with bounds": {"cross": True, "max_score": 0.7, "min_score": 0.2},
    "cross-encoder that has nothing to decide": {"cross": True},
    "with positives": {"include_positives": True, "num_negatives": 6},
}.items():
    settings = dict(settings)
    alone = settings.pop("alone", False)
    cross = settings.pop("cross", False)
    outputs = {}
    formats = ["n-tuple"] if settings.get("include_positives") else ["triplet", "n-tuple", "labeled-pair", "labeled-list"]
    for output_format in formats:
        for output_scores in (False, True):
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
                mined = mine_hard_negatives(
                    dataset,
                    Table(),
                    corpus=None if alone else documents,
                    cross_encoder=Cross() if cross else None,
                    output_format=output_format,
                    output_scores=output_scores,
                    **settings,
                )
            rows = [
                [[round(v, 6) if isinstance(v, float) else v for v in x] if isinstance(x, list) else round(x, 6) if isinstance(x, float) else x for x in row.values()]
                for row in mined
            ]
            outputs[output_format + (" with scores" if output_scores else "")] = {
                "columns": mined.column_names,
                "rows": rows,
                "mean": [line.split()[1:] for line in printed.getvalue().splitlines() if line.startswith("Mean")][0],
                "std": [line.split()[1:] for line in printed.getvalue().splitlines() if line.startswith("Std")][0],
            }
    cases[name] = {"settings": settings, "alone": alone, "cross": cross, "outputs": outputs}
    print(name, {key: len(value["rows"]) for key, value in outputs.items()})

golden = {
    "documents": documents,
    "pairs": pairs,
    "vectors": {text: vector.tolist() for text, vector in vectors.items()},
    "cases": cases,
}
(folder / "golden.json").write_text(json.dumps(golden, separators=(",", ":")))
