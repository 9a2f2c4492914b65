"""Figures of merit, in numpy alone."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def auc(truth: Array, score: Array) -> float:
    """Area under the ROC curve, ties counted half; NaN where one class is missing."""
    truth = np.asarray(truth).astype(bool)
    positives, negatives = int(truth.sum()), int((~truth).sum())
    if not positives or not negatives:
        return float("nan")
    _, rank, count = np.unique(score, return_inverse=True, return_counts=True)
    upper = np.cumsum(count)
    mean_rank = (upper - (count - 1) / 2)[rank]
    return float((mean_rank[truth].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def auc_interval(truth: Array, score: Array, draws: int = 500, seed: int = 1) -> tuple[float, float]:
    """95 % bootstrap interval of the AUC over frames."""
    rng = np.random.default_rng(seed)
    n = len(truth)
    values = [auc(truth[i], score[i]) for i in (rng.integers(0, n, n) for _ in range(draws))]
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return float(low), float(high)


def calibration_error(truth: Array, score: Array, bins: int = 15) -> float:
    """Expected calibration error over equally filled bins (Guo et al. 2017)."""
    order = np.argsort(score)
    parts = np.array_split(order, bins)
    gaps = [abs(float(truth[p].mean()) - float(score[p].mean())) * len(p) for p in parts if len(p)]
    return float(sum(gaps) / len(truth))


def fit_calibration(truth: Array, logit: Array) -> tuple[float, float]:
    """(temperature, bias) of score = sigmoid(logit / temperature + bias), by Newton's method."""
    truth, logit = np.asarray(truth, float), np.asarray(logit, float)
    a, b = 1.0, 0.0
    for _ in range(60):
        p = 1 / (1 + np.exp(-(a * logit + b)))
        error, spread = p - truth, p * (1 - p) + 1e-9
        gradient = np.array([(error * logit).mean() + 1e-4 * (a - 1), error.mean()])
        cross = (spread * logit).mean()
        hessian = np.array([[(spread * logit**2).mean() + 1e-4, cross], [cross, spread.mean()]])
        change = np.linalg.solve(hessian, gradient)
        a, b = max(a - change[0], 0.05), b - change[1]
        if np.abs(change).max() < 1e-7:
            break
    return float(1 / a), float(b)


def at_specificity(truth: Array, score: Array, specificity: float) -> float:
    """The lowest threshold that keeps this share of the negatives below it."""
    return float(np.quantile(score[np.asarray(truth) == 0], specificity))
