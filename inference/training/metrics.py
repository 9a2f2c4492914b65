"""What calibration fits. Areas and their intervals are those of `inference.evaluation`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

Array = NDArray[Any]


def fit_calibration(truth: Array, logit: Array) -> tuple[float, float]:
    """(temperature, bias) of score = sigmoid(logit / temperature + bias), by Newton's method.

    A step that would make it worse is halved: on logits far too large Newton's own steps grow without end.
    """
    truth, logit = np.asarray(truth, float), np.asarray(logit, float)

    def loss(a: float, b: float) -> float:
        z = a * logit + b
        return float((np.logaddexp(0, z) - truth * z).mean() + 0.5e-4 * (a - 1) ** 2)

    a, b = 1.0, 0.0
    for _ in range(60):
        p = expit(a * logit + b)
        error, spread = p - truth, p * (1 - p) + 1e-9
        gradient = np.array([(error * logit).mean() + 1e-4 * (a - 1), error.mean()])
        cross = (spread * logit).mean()
        hessian = np.array([[(spread * logit**2).mean() + 1e-4, cross], [cross, spread.mean()]])
        change = np.linalg.solve(hessian, gradient)
        while np.abs(change).max() >= 1e-7 and loss(max(a - change[0], 0.05), b - change[1]) > loss(a, b):
            change /= 2
        if np.abs(change).max() < 1e-7:
            break
        a, b = max(a - change[0], 0.05), b - change[1]
    return float(1 / a), float(b)


def at_specificity(truth: Array, score: Array, specificity: float) -> float:
    """The lowest threshold that keeps this share of the negatives below it."""
    return float(np.quantile(score[np.asarray(truth) == 0], specificity))
