"""Area under the ROC curve: its interval, and the comparison of two areas on the same cases."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import norm, rankdata

from inference.evaluation.figure import Figure, nothing, rounded
from inference.evaluation.intervals import bootstrap, clustered

Array = NDArray[Any]
Floats = NDArray[np.float64]
Z95 = float(norm.ppf(0.975))
DELONG = "DeLong, logit scale"
NEWCOMBE = "Newcombe's method 5"
WIDER = "bootstrap over fetuses, no narrower than DeLong's"
OBUCHOWSKI = "DeLong with Obuchowski's variance for fetuses with several cases"


class WeightedAuc:
    """The area as a function of case weights; sorted once, so that a bootstrap is quick."""

    def __init__(self, truth: Array, score: Array) -> None:
        _, self._rank = np.unique(score, return_inverse=True)
        self._truth = np.asarray(truth).astype(bool)

    def __call__(self, weights: Floats) -> float:
        """NaN where the weights leave one class empty."""
        positive = np.bincount(self._rank, weights * self._truth)
        negative = np.bincount(self._rank, weights * ~self._truth)
        pairs = positive.sum() * negative.sum()
        if not pairs:
            return math.nan
        below = np.cumsum(negative) - negative
        return float((positive * (below + negative / 2)).sum() / pairs)


@dataclass(frozen=True, slots=True, eq=False)
class Areas:
    """Areas of k scores on the same cases, with the covariance of their estimates."""

    auc: Floats
    """(k,)"""
    covariance: Floats
    """(k, k)"""


def areas(truth: Array, scores: Array, fetus: Array | None = None) -> Areas:
    """Areas and covariance after DeLong et al. 1988, by the mid-ranks of Sun and Xu 2014.

    With `fetus`, the variance is that of Obuchowski 1997 (Biometrics 53:567): cases of one fetus count as one
    cluster, of positives and negatives alike.

    Args:
        truth: (n,) bool; both classes must occur.
        scores: (k, n), higher for the finding.
        fetus: (n,) whose case it is, None where all are independent.

    Raises:
        ValueError: one class is missing.
    """
    truth = np.asarray(truth).astype(bool)
    scores = np.atleast_2d(np.asarray(scores, np.float64))
    m, n = int(truth.sum()), int((~truth).sum())
    if not m or not n:
        raise ValueError(f"expected cases of both classes, got {m} positive and {n} negative")
    all_ranks = rankdata(scores, axis=1)
    v10 = (all_ranks[:, truth] - rankdata(scores[:, truth], axis=1)) / n
    v01 = 1 - (all_ranks[:, ~truth] - rankdata(scores[:, ~truth], axis=1)) / m
    auc = v10.mean(1)
    if fetus is None:
        covariance = _spread(v10 - auc[:, None]) / m + _spread(v01 - auc[:, None]) / n
        return Areas(auc, covariance)
    names, code = np.unique(fetus, return_inverse=True)
    count = len(names)
    by_positive = _sums(v10 - auc[:, None], code[truth], count)
    by_negative = _sums(v01 - auc[:, None], code[~truth], count)
    with_positive, with_negative = len(np.unique(code[truth])), len(np.unique(code[~truth]))
    s10 = by_positive @ by_positive.T * _ratio(with_positive) / m**2
    s01 = by_negative @ by_negative.T * _ratio(with_negative) / n**2
    s11 = by_positive @ by_negative.T * _ratio(count) / (m * n)
    return Areas(auc, s10 + s01 + s11 + s11.T)


def _spread(off: Floats) -> Floats:
    """Sample covariance of deviations (k, n); zeros from a single one."""
    return np.asarray(off @ off.T / max(1, off.shape[1] - 1), np.float64)


def _sums(values: Floats, code: Array, count: int) -> Floats:
    return np.stack([np.bincount(code, row, count) for row in values])


def _ratio(clusters: int) -> float:
    return clusters / (clusters - 1) if clusters > 1 else 1.0


def auc_figure(truth: Array, score: Array, fetus: Array) -> Figure:
    """The area with its interval: DeLong's, Newcombe's at 0 and 1, a bootstrap over fetuses where they have
    several cases (never narrower than the other two).
    """
    truth = np.asarray(truth).astype(bool)
    m, n = int(truth.sum()), int((~truth).sum())
    if not m or not n:
        return nothing(m + n)
    found = areas(truth, score)
    value = float(found.auc[0])
    low, high, how = area_interval(value, float(found.covariance[0, 0]), m, n)
    if clustered(fetus):
        wide = bootstrap(WeightedAuc(truth, score), fetus)
        if wide is not None:
            low, high, how = min(low, wide[0]), max(high, wide[1]), WIDER
    return Figure(value, low, high, m + n, how)


def area_interval(value: float, variance: float, m: int, n: int) -> tuple[float, float, str]:
    """95 % interval of an area of m positive and n negative cases, and its name.

    On the logit scale, where it stays within 0 and 1 (Qin and Hotilovac 2008). DeLong's variance is 0 when
    the classes do not overlap, or when all scores are equal; then Newcombe's method 5 (Statistics in Medicine
    2006, 25:559).
    """
    if 0 < value < 1 and variance > 0:
        half = Z95 * math.sqrt(variance) / (value * (1 - value))
        middle = math.log(value / (1 - value))
        return _logistic(middle - half), _logistic(middle + half), DELONG

    def gap(theta: float) -> float:
        size = (m + n) / 2
        spread = theta * (1 - theta) * (2 * size - 1 - (3 * size - 3) / ((2 - theta) * (1 + theta)))
        return (value - theta) ** 2 - Z95**2 * spread / (m * n)

    tiny = 1e-12
    low = 0.0 if value <= 0 else float(brentq(gap, tiny, value - tiny))
    high = 1.0 if value >= 1 else float(brentq(gap, value + tiny, 1 - tiny))
    return low, high, NEWCOMBE


def compare(truth: Array, first: Array, second: Array, fetus: Array) -> dict[str, Any]:
    """DeLong's test of two scores on the same cases.

    Returns:
        auc_first, auc_second, difference (first - second) with its 95 % interval `low`, `high`, two-sided `p`
        (None where the variance is 0 and the areas differ), `n`, and the `test` in words.

    Raises:
        ValueError: one class is missing.
    """
    together = clustered(fetus)
    found = areas(truth, np.stack([first, second]), fetus if together else None)
    difference = float(found.auc[0] - found.auc[1])
    c = found.covariance
    variance = max(0.0, float(c[0, 0] + c[1, 1] - 2 * c[0, 1]))
    error = math.sqrt(variance)
    if error > 1e-12:
        p: float | None = float(2 * norm.sf(abs(difference) / error))
    else:
        p = 1.0 if abs(difference) < 1e-12 else None
    return {
        "auc_first": rounded(float(found.auc[0])),
        "auc_second": rounded(float(found.auc[1])),
        "difference": rounded(difference),
        "low": rounded(max(-1.0, difference - Z95 * error)),
        "high": rounded(min(1.0, difference + Z95 * error)),
        "p": p,
        "n": len(truth),
        "test": OBUCHOWSKI if together else "DeLong",
    }


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x > -700 else 0.0
