"""How far a run is, and what follows from it: learning rate, picture sizes, the end."""

from __future__ import annotations

import math
from dataclasses import dataclass

from inference.training.config import TrainConfig

EASY_SHARE = 0.12
"""Of a run, at the beginning, with plain pictures alone."""
GENTLE_SHARE = 0.92
"""From here on pose alone is varied: the last steps see pictures as the engine will."""
LEAST_GAIN = 1e-4
"""Of the AUC, below which a validation is no better than the best before."""


def share_done(config: TrainConfig, spent_s: float, seen: int, lessons: int) -> float:
    """0 to 1 and beyond: by the wall, or with `epochs` by the frames seen of so many lessons."""
    if config.epochs > 0:
        return seen / (config.epochs * lessons)
    return spent_s / (config.minutes * 60) if config.minutes > 0 else 1.0


def rate_at(config: TrainConfig, step: int, share: float) -> float:
    """Learning rate: linear warm-up over steps, then a cosine to zero (Loshchilov and Hutter 2017)."""
    warm = min(1.0, (step + 1) / max(1, config.warm_up_steps))
    return config.rate * warm * 0.5 * (1 + math.cos(math.pi * min(1.0, share)))


def sizes_at(share: float) -> tuple[list[int], tuple[float, float]]:
    """Picture sizes to draw from, and the zoom, after a share of the run.

    At first small cut-outs of about full resolution, where the structures are, at a quarter of the cost; at
    the end the whole frame at its working size.
    """
    if share < 0.45:
        return [160], (-0.75, -0.25)
    if share < 0.8:
        return [192, 224], (-0.5, 0.0)
    return [256], (-0.2, 0.1)


@dataclass(slots=True)
class EarlyStop:
    """Ends a run whose validation AUC does not rise any more."""

    patience: int
    best: float = 0.0
    waited: int = 0
    """Validations since the best."""

    def better(self, auc: float) -> bool:
        """Take in a validation; whether it is the best so far. NaN, where a class is missing, is not."""
        if auc > self.best + LEAST_GAIN:
            self.best, self.waited = auc, 0
            return True
        self.waited += 1
        return False

    @property
    def over(self) -> bool:
        return 0 < self.patience <= self.waited
