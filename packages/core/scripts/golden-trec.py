"""Writes packages/core/golden/trec: a run and judgements in TREC format, and what trec_eval makes of them.

Needs pytrec_eval (pytrec-eval-terrier):  python packages/core/scripts/golden-trec.py

The files are read by pytrec_eval's own parsers and scored by trec_eval's C code. They have what real files have: lines
in any order, ranks that contradict the scores, ties, tabs and several blanks, negative grades, scientific notation,
judged queries without results, and results of queries that nobody judged.

To check files that Ragwright wrote:  python packages/core/scripts/golden-trec.py RUN QRELS  prints the same figures.
"""

import json
import random
import sys
from pathlib import Path

import pytrec_eval

names = {f"{kind}@{k}": (f"{measure}.{k}", f"{measure}_{k}") for k in (1, 5, 10, 100) for kind, measure in
         (("ndcg", "ndcg_cut"), ("map", "map_cut"), ("recall", "recall"), ("precision", "P"), ("hit", "success"))}
names |= {"ndcg": ("ndcg", "ndcg"), "map": ("map", "map"), "mrr": ("recip_rank", "recip_rank")}


def evaluate(run_file, qrels_file):
    with open(run_file) as lines:
        run = pytrec_eval.parse_run(lines)
    with open(qrels_file) as lines:
        qrels = pytrec_eval.parse_qrel(lines)
    found = pytrec_eval.RelevanceEvaluator(qrels, {measure for measure, _ in names.values()}).evaluate(run)
    return {name: {query: found.get(query, {}).get(key, 0.0) for query in qrels} for name, (_, key) in names.items()}


if len(sys.argv) == 3:
    print(json.dumps(evaluate(sys.argv[1], sys.argv[2])))
    sys.exit()

folder = Path(__file__).resolve().parent.parent / "golden" / "trec"
folder.mkdir(parents=True, exist_ok=True)
rng = random.Random(3)
documents = [f"doc-{i}" for i in range(80)]
lines = []
for q in range(20):
    if q in (4, 11):
        continue  # judged, but nothing was found
    for rank, document in enumerate(rng.sample(documents, rng.randint(1, 40))):
        score = rng.choice([rng.random() * 20, rng.gauss(0, 1), 7.5, 1e-7 * rng.random(), rng.random() * 1e9])
        blank = rng.choice([" ", "\t", "  "])
        lines.append(blank.join([f"q{q}", "Q0", document, str(rng.randint(0, 99)), repr(score), "golden"]))
rng.shuffle(lines)
(folder / "run.txt").write_text("\n".join(lines) + "\n")
judged = [
    f"q{q} {rng.randint(0, 1)} {document} {rng.choice([-1, 0, 1, 1, 2, 3])}"
    for q in range(18)
    for document in rng.sample(documents, rng.randint(1, 25))
]
(folder / "qrels.txt").write_text("\n".join(judged) + "\n")
expected = evaluate(folder / "run.txt", folder / "qrels.txt")
(folder / "expected.json").write_text(json.dumps(expected))
print({name: sum(values.values()) / len(values) for name, values in expected.items()})
