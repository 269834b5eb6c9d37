"""Writes packages/core/golden/metrics: runs with what trec_eval makes of them, and randomisation tests by scipy.

Needs pytrec_eval (pytrec-eval-terrier), ranx and scipy:  python packages/core/scripts/golden-metrics.py

Values are pytrec_eval's (trec_eval's own C code). ranx computes each of them too; where it agrees to 1e-9, `ranx`
says so for that metric, and the script fails if it disagrees where it should not (no ties, no short rankings).
"""

import json
import random
from pathlib import Path

import numpy as np
import pytrec_eval
from ranx import Qrels, Run, evaluate
from scipy.stats import permutation_test

folder = Path(__file__).resolve().parent.parent / "golden" / "metrics"
folder.mkdir(parents=True, exist_ok=True)
rng = random.Random(7)

cuts = [1, 3, 5, 10, 100]
# ours -> (trec_eval's measure, key of its result, ranx's name)
names = {}
for k in cuts:
    names[f"ndcg@{k}"] = (f"ndcg_cut.{k}", f"ndcg_cut_{k}", f"ndcg@{k}")
    names[f"map@{k}"] = (f"map_cut.{k}", f"map_cut_{k}", f"map@{k}")
    names[f"recall@{k}"] = (f"recall.{k}", f"recall_{k}", f"recall@{k}")
    names[f"precision@{k}"] = (f"P.{k}", f"P_{k}", f"precision@{k}")
    names[f"hit@{k}"] = (f"success.{k}", f"success_{k}", f"hit_rate@{k}")
names |= {
    "ndcg": ("ndcg", "ndcg", "ndcg"),
    "map": ("map", "map", "map"),
    "mrr": ("recip_rank", "recip_rank", "mrr"),
    "recall": ("set_recall", "set_recall", "recall"),
    "precision": ("set_P", "set_P", "precision"),
}


def trec(qrels, run):
    evaluator = pytrec_eval.RelevanceEvaluator(qrels, {measure for measure, _, _ in names.values()})
    found = evaluator.evaluate(run)
    return {
        name: {query: found.get(query, {}).get(key, 0.0) for query in qrels}  # -c: missing queries count 0
        for name, (_, key, _) in names.items()
    }


def by_ranx(qrels, run):
    """One query at a time, as ranx wants every query in both; None where it refuses."""
    values = {name: {} for name in names}
    for query in qrels:
        for name, (_, _, ranx_name) in names.items():
            found = run.get(query) or {}
            try:
                got = evaluate(Qrels({query: qrels[query]}), Run({query: found}), ranx_name) if found else 0.0
            except Exception:
                got = None
            values[name][query] = None if got is None else float(got)
    return values


def ranking(documents, count, scores):
    chosen = rng.sample(documents, count)
    return {doc: scores() for doc in chosen}


def distinct():
    return round(rng.random(), 6)


def tied():
    return rng.choice([0.25, 0.5, 0.75])


docs = [f"d{i}" for i in range(60)]
cases = {}


def case(name, qrels, run):
    expected = trec(qrels, run)
    other = by_ranx(qrels, run)
    agree = {
        metric: all(
            other[metric][query] is not None and abs(other[metric][query] - value) < 1e-9
            for query, value in values.items()
        )
        for metric, values in expected.items()
    }
    cases[name] = {
        "qrels": qrels,
        "run": run,
        "expected": {m: {q: round(v, 12) for q, v in vs.items()} for m, vs in expected.items()},
        "ranxAgrees": [metric for metric, same in agree.items() if same],
    }


binary = {f"q{i}": {doc: 1 for doc in rng.sample(docs, rng.randint(1, 6))} for i in range(12)}
case("binary", binary, {query: ranking(docs, 30, distinct) for query in binary})
graded = {f"q{i}": {doc: rng.randint(1, 4) for doc in rng.sample(docs, rng.randint(2, 15))} for i in range(12)}
case("graded", graded, {query: ranking(docs, 40, distinct) for query in graded})
case("ties", graded, {query: ranking(docs, 40, tied) for query in graded})
nonrelevant = {
    f"q{i}": {doc: rng.choice([-1, 0, 0, 1, 2]) for doc in rng.sample(docs, 20)} for i in range(10)
}
nonrelevant["q-none"] = {"d1": 0, "d2": 0}  # nothing is relevant
case("judged nonrelevant", nonrelevant, {query: ranking(docs, 25, distinct) for query in nonrelevant})
case("short rankings", graded, {query: ranking(docs, rng.randint(1, 4), distinct) for query in graded})
case("missing queries", binary, {query: ranking(docs, 20, distinct) for query in list(binary)[::2]})
case("empty rankings", binary, {query: ({} if i % 3 else ranking(docs, 9, distinct)) for i, query in enumerate(binary)})
case("no run at all", binary, {})
case(
    "scores that differ by less than a 32-bit float",
    {"q": {"a": 1, "b": 0}, "r": {"a": 1, "b": 0}},
    {"q": {"a": 0.5 + 1e-12, "b": 0.5}, "r": {"a": 0.5, "b": 0.5 + 1e-3}},
)
case(
    "ids beyond ascii",
    {"q": {"\uffee": 1, "\U0001f600": 0, "é": 0, "e": 0, "Z": 2}},
    {"q": {"\uffee": 1.0, "\U0001f600": 1.0, "é": 1.0, "e": 1.0, "Z": 1.0}},
)
for name in ("binary", "graded"):
    missing = [m for m in names if m not in cases[name]["ranxAgrees"]]
    assert not missing, (name, missing)
(folder / "runs.json").write_text(json.dumps(cases, ensure_ascii=True))

tests = {}
generator = np.random.default_rng(5)
for name, differences in {
    "exact, 8 queries": generator.normal(0.3, 0.5, 8),
    "exact with zeros": np.concatenate([generator.normal(0.2, 0.5, 7), np.zeros(6)]),
    "exact with equal sizes": np.array([0.5, 0.5, -0.5, 0.5, 0.5, 0.5, 0.1, -0.1, 0.2]),
    "60 queries": generator.normal(0.06, 0.3, 60),
    "400 queries": generator.normal(0.01, 0.2, 400),
}.items():
    values = np.round(differences, 6)
    result = permutation_test(
        (values, np.zeros_like(values)),
        lambda x, y, axis: np.mean(x - y, axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=np.inf if len(values) <= 13 else 20_000,
        batch=2_000,
        rng=np.random.default_rng(1),
    )
    resamples = generator.choice(values, (20_000, len(values))).mean(axis=1)
    tests[name] = {
        "differences": values.tolist(),
        "pValue": float(result.pvalue),
        "exact": len(values) <= 13,
        "interval": np.percentile(resamples, [2.5, 97.5]).tolist(),
    }
(folder / "significance.json").write_text(json.dumps(tests))
for name, entry in cases.items():
    print(name, len(entry["ranxAgrees"]), "of", len(names))
for name, entry in tests.items():
    print(name, entry["pValue"], entry["interval"])
