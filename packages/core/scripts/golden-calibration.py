"""Writes packages/core/golden/calibration/cases.json: calibrations and their measures by scikit-learn.

Needs scikit-learn:  python packages/core/scripts/golden-calibration.py

Temperatures are LogisticRegression without a penalty, on one feature: T = 1 / coefficient. Platt's smoothed targets
are labels of both kinds with fractional weights. Isotonic fits are IsotonicRegression; calibration errors come from
calibration_curve, whose bins are closed on the right as in Guo et al. (2017).
"""

import json
from pathlib import Path

import numpy as np
from sklearn.calibration import calibration_curve
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss

folder = Path(__file__).resolve().parent.parent / "golden" / "calibration"
folder.mkdir(parents=True, exist_ok=True)
rng = np.random.default_rng(11)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def temperature(scores, labels, bias, smoothing):
    high, low = 1.0, 0.0
    if smoothing:
        high = (labels.sum() + 1) / (labels.sum() + 2)
        low = 1 / (len(labels) - labels.sum() + 2)
    targets = np.where(labels == 1, high, low)
    x = np.concatenate([scores, scores])[:, None]
    y = np.concatenate([np.ones(len(scores)), np.zeros(len(scores))])
    weights = np.concatenate([targets, 1 - targets])
    kept = weights > 0
    model = LogisticRegression(C=np.inf, fit_intercept=bias, solver="newton-cholesky", tol=1e-13, max_iter=1000)
    model.fit(x[kept], y[kept], sample_weight=weights[kept])
    assert model.coef_[0, 0] > 0
    return {
        "options": {"bias": bias, "smoothing": smoothing},
        "temperature": 1 / model.coef_[0, 0],
        "bias": float(model.intercept_[0]) if bias else 0.0,
    }


def isotonic(scores, labels, weights, grid):
    model = IsotonicRegression(out_of_bounds="clip", y_min=0, y_max=1)
    model.fit(scores, labels, sample_weight=weights)
    return {
        "weights": None if weights is None else weights.tolist(),
        "at": grid.tolist(),
        "probabilities": model.predict(grid).tolist(),
    }


def measured(probabilities, labels, bins):
    true, predicted = calibration_curve(labels, probabilities, n_bins=bins, strategy="uniform")
    edges = np.linspace(0, 1, bins + 1)
    counts = np.bincount(np.searchsorted(edges[1:-1], probabilities), minlength=bins)
    counts = counts[counts > 0]
    return {
        "bins": bins,
        "error": float(np.sum(counts * np.abs(true - predicted)) / len(labels)),
        "brier": float(brier_score_loss(labels, probabilities)),
    }


def case(scores, labels, separable=False):
    scores, labels = np.round(np.asarray(scores, float), 6), np.asarray(labels, float)
    span = scores.max() - scores.min() or 1
    grid = np.concatenate([np.linspace(scores.min() - span, scores.max() + span, 41), rng.choice(scores, 8)])
    probabilities = np.round(sigmoid(scores), 6)
    fits = [(bias, smoothing) for bias in (True, False) for smoothing in (True, False)]
    return {
        "scores": scores.tolist(),
        "labels": labels.tolist(),
        "temperatures": [temperature(scores, labels, b, s) for b, s in fits if s or not separable],
        "isotonic": [
            isotonic(scores, labels, None, grid),
            isotonic(scores, labels, np.round(rng.uniform(0.1, 3, len(scores)), 3), grid),
        ],
        "probabilities": probabilities.tolist(),
        "measures": [measured(probabilities, labels, bins) for bins in (1, 10, 15)],
    }


def drawn(count, spread, shift, sharpness):
    scores = rng.normal(0, spread, count)
    return scores, rng.random(count) < sigmoid(sharpness * scores + shift)


tied = drawn(120, 2, -0.5, 0.7)
cases = {
    "too sure": case(*drawn(150, 4, 0, 0.4)),
    "too timid": case(*drawn(150, 0.3, 0, 6)),
    "few positives": case(*drawn(160, 3, -3, 0.8)),
    "tied scores": case(np.round(tied[0]), tied[1]),
    "told apart without a mistake": case([-3, -2, -1.5, 0.5, 1, 4], [0, 0, 0, 1, 1, 1], separable=True),
    "two": case([-1, 2], [0, 1], separable=True),
}
(folder / "cases.json").write_text(json.dumps(cases))
for name, each in cases.items():
    print(name, [(round(t["temperature"], 3), round(t["bias"], 3)) for t in each["temperatures"]], each["measures"][2])
