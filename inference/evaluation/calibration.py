"""Whether a score of 0.7 means seven in ten, on the cases at hand."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.evaluation.figure import Figure, nothing, rounded
from inference.evaluation.intervals import CLUSTERS, bootstrap, proportion

Array = NDArray[Any]
Floats = NDArray[np.float64]
BINS = 15


def calibration_error(truth: Array, score: Array, weights: Floats | None = None, bins: int = BINS) -> float:
    """Expected calibration error over bins that hold equally many cases (Guo et al. 2017; Nixon et al. 2019).

    Args:
        truth: (n,) bool.
        score: (n,) in [0, 1].
        weights: (n,) how often each case counts; None: once.
        bins: how many.
    """
    order = np.argsort(score, kind="stable")
    t, s = np.asarray(truth, np.float64)[order], np.asarray(score, np.float64)[order]
    w = np.ones(len(t)) if weights is None else weights[order]
    total = w.sum()
    if not total:
        return float("nan")
    which = np.minimum(((np.cumsum(w) - w / 2) / total * bins).astype(int), bins - 1)
    gaps = np.bincount(which, w * (t - s), bins)
    return float(np.abs(gaps).sum() / total)


def calibration(truth: Array, score: Array, fetus: Array) -> dict[str, Any]:
    """ECE, Brier score and the points of the reliability plot.

    Returns:
        `ece` and `brier` (figures), `points`: for each bin mean score and share of positives (figure).
    """
    n = len(truth)
    if not n:
        return {"ece": nothing().as_json(), "brier": nothing().as_json(), "points": []}
    truth = np.asarray(truth).astype(bool)
    squares = (np.asarray(score, np.float64) - truth) ** 2
    ece = bootstrap(lambda w: calibration_error(truth, score, w), fetus)
    brier = bootstrap(lambda w: float((w * squares).sum() / w.sum()), fetus)
    assert ece is not None and brier is not None
    error = calibration_error(truth, score)
    from sklearn.metrics import brier_score_loss

    loss = float(brier_score_loss(truth, score, pos_label=True, labels=[False, True]))
    return {
        # A bootstrap adds noise to every bin, so its ECE lies above the estimate; the interval takes both in.
        "ece": Figure(error, min(error, ece[0]), max(error, ece[1]), n, CLUSTERS).as_json(),
        "brier": Figure(loss, *brier, n, CLUSTERS).as_json(),
        "points": [
            {
                "score": rounded(float(np.mean(score[part]))),
                "share": proportion(truth[part], fetus[part]).as_json(),
            }
            for part in np.array_split(np.argsort(score, kind="stable"), min(BINS, n))
        ],
    }
