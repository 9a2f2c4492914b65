"""The best pictures of each view, ranked, and replaced as better ones come. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from inference.evidence_types import Evidence
from inference.flags import plane_quality
from inference.prediction import Prediction, View

PER_VIEW = 3
APART_NS = 700_000_000
"""Pictures closer in time than this are the same look at the face; the better one stands for both."""
SCORE_WEIGHT = 0.25
"""A clear finding lifts a picture, a poor plane is never lifted above a good one by it."""


def worth(prediction: Prediction) -> float:
    """How well a picture stands for its view, in [0, 1]: plane quality first, then the model's score.

    0 where no scan was found: nothing of such a picture may be stored.
    """
    if prediction.scan.region.origin == "whole":
        return 0.0
    return plane_quality(prediction) * (1 - SCORE_WEIGHT + SCORE_WEIGHT * prediction.cleft)


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """One of the best."""

    prediction: Prediction
    worth: float
    view: View
    slot: int
    """From 1; stays the same while better pictures take over its place."""


class BestPictures:
    """The best of one fetus."""

    def __init__(self) -> None:
        self._best: dict[View, list[Ranked]] = {"lip": [], "palate": []}

    def ranked(self, view: View) -> tuple[Ranked, ...]:
        """The best of a view, best first."""
        return tuple(sorted(self._best.get(view, ()), key=lambda one: -one.worth))

    def consider(self, prediction: Prediction, evidence: Evidence) -> Ranked | None:
        """Take a picture that counts if it is better than what there is; what it has become, else None."""
        view = evidence.view
        if evidence.instant is None or view not in self._best:
            return None
        mine, best = worth(prediction), self._best[view]
        now_ns = prediction.scan.frame.captured_ns
        near = [one for one in best if abs(one.prediction.scan.frame.captured_ns - now_ns) < APART_NS]
        if not near and len(best) < PER_VIEW:
            slot = min(set(range(1, PER_VIEW + 1)) - {one.slot for one in best})
            fresh = Ranked(prediction, mine, view, slot)
            best.append(fresh)
            return fresh
        # A neighbour may only be replaced by its better; else the worst of all.
        loser = max(near, key=lambda one: one.worth) if near else min(best, key=lambda one: one.worth)
        if mine <= loser.worth:
            return None
        fresh = Ranked(prediction, mine, view, loser.slot)
        self._best[view] = [one for one in best if one is not loser]
        self._best[view].append(fresh)
        return fresh
