"""What is fitted on the very file that ships, on frames that were used for nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from inference.training.data import Dataset
from inference.training.evaluate import Answers
from inference.training.metrics import at_specificity, fit_calibration

FLAG_SPECIFICITY, LOOK_SPECIFICITY = 0.95, 0.85
HEAT_LEVELS = np.linspace(0.1, 0.8, 15)
LEAST_OF_EACH = 10
"""Judgeable frames with and without a cleft below which nothing can be fitted."""


@dataclass(frozen=True, slots=True)
class Fit:
    """Of one file; score = sigmoid(logit / `temperature` + `bias`)."""

    temperature: float
    bias: float
    look_again: float
    flag: float
    release: float
    heat_threshold: float
    frames: int
    """Judgeable lip and palate frames it was fitted on."""

    def score(self, cleft: NDArray[np.float32]) -> NDArray[np.float32]:
        """Calibrated scores in [0, 1] of logits."""
        return np.asarray(expit(cleft / self.temperature + self.bias), np.float32)

    def points(self) -> dict[str, float]:
        """As a manifest's `operating_points`."""
        return {"look_again": self.look_again, "flag": self.flag, "release": self.release}

    def file_entry(self) -> dict[str, Any]:
        """As the keys of a manifest's file that replace the model's own."""
        return {
            "calibration": {"temperature": self.temperature, "bias": self.bias},
            "operating_points": self.points(),
            "heat_threshold": self.heat_threshold,
        }


def fit(got: Answers, frames: Dataset) -> Fit:
    """Temperature and bias by likelihood, thresholds from the negatives, the heat level by overlap.

    Only judgeable frames of good planes count, as in the program. `release` lies half-way between the others.

    Raises:
        ValueError: too few frames with or without a cleft.
    """
    counts = frames.judged()
    truth, logit = frames.labels["cleft"][counts], got.cleft[counts]
    if min((truth == 1).sum(), (truth == 0).sum()) < LEAST_OF_EACH:
        raise ValueError(
            f"expected at least {LEAST_OF_EACH} judgeable calibration frames with and without a cleft, "
            f"got {int((truth == 1).sum())} and {int((truth == 0).sum())}"
        )
    temperature, bias = fit_calibration(truth, logit)
    score = expit(logit / temperature + bias)
    flag = _inside(at_specificity(truth, score, FLAG_SPECIFICITY))
    look = min(_inside(at_specificity(truth, score, LOOK_SPECIFICITY)), flag)
    return Fit(
        temperature,
        bias,
        round(look, 4),
        round(flag, 4),
        round((look + flag) / 2, 4),
        heat_threshold(got, frames),
        int(counts.sum()),
    )


def heat_threshold(got: Answers, frames: Dataset) -> float:
    """The level at which heat-map and gap overlap best, over judgeable frames with a cleft."""
    positive = (frames.labels["cleft"] == 1) & frames.judged()
    gap, heat = frames.gaps[positive] > 100, got.heat[positive]

    def overlap(level: float) -> float:
        hot = heat > level
        return float(((hot & gap).sum((1, 2)) / np.maximum((hot | gap).sum((1, 2)), 1)).mean())

    return round(float(HEAT_LEVELS[int(np.argmax([overlap(level) for level in HEAT_LEVELS]))]), 3)


def _inside(threshold: float) -> float:
    """A score that a manifest takes: between 0 and 1, neither of them."""
    return float(np.clip(threshold, 0.002, 0.998))
