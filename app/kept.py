"""What is kept of an exam: the best frame of each view, flags, and frames kept by hand. No Qt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np

from app.live.compositor import fit
from capture.frame import Pixels
from capture.scan import Scan
from inference.evidence_types import Evidence, Status
from inference.prediction import Prediction, View

Kind = Literal["flag", "hand", "best"]
HAND_MOST = 24
"""Frames hold their pixels (2 to 6 MB each); the oldest kept by hand goes first."""


@dataclass(frozen=True, slots=True, eq=False)
class KeptFrame:
    """One kept picture."""

    key: str
    """Stable while the exam lasts: 'flag:2', 'hand:5', 'best:lip:1'."""
    kind: Kind
    scan: Scan
    prediction: Prediction | None
    status: Status
    view: View
    rank: int = 1
    """Among the best of its view, from 1."""

    @property
    def score(self) -> float | None:
        """The frame's own model score; None where no model looked, or not at a view."""
        if self.prediction is None or self.view == "other":
            return None
        return self.prediction.cleft


class KeptFrames:
    """Flags first, then frames kept by hand, newest first, then the best frames of each view by rank."""

    def __init__(self) -> None:
        self._flags: dict[int, KeptFrame] = {}
        self._hand: list[KeptFrame] = []
        self._best: dict[tuple[int, View], KeptFrame] = {}
        self._dismissed: set[int] = set()
        self._unscored: dict[str, Status] = {}
        """Kept by hand before their own prediction came, with what the evidence said then."""
        self._count = 0

    @property
    def frames(self) -> tuple[KeptFrame, ...]:
        flags = [self._flags[number] for number in sorted(self._flags, reverse=True)]
        best = [self._best[place] for place in sorted(self._best)]
        return (*flags, *self._hand[::-1], *best)

    @property
    def open_flags(self) -> Mapping[int, KeptFrame]:
        """Flags that were not dismissed, by their number."""
        return dict(self._flags)

    def follow(self, evidence: Evidence, ranked: Mapping[View, Sequence[Prediction]] | None = None) -> bool:
        """Take the flags and best frames of newer evidence; True when something changed.

        Args:
            evidence: the newest.
            ranked: the exam's best of each view, best first; without an exam the evidence tells one each.
        """
        changed = False
        for flag in evidence.flags:
            if flag.number in self._dismissed:
                continue
            known = self._flags.get(flag.number)
            if known is None:
                self._flags[flag.number] = _kept(
                    f"flag:{flag.number}", "flag", flag.best, Status.FLAG, flag.view
                )
                changed = True
            elif known.prediction is not flag.best:
                self._flags[flag.number] = replace(known, scan=flag.best.scan, prediction=flag.best)
                changed = True
        for view, tally in evidence.tallies.items():
            own = () if tally.best is None else (tally.best,)
            best = own if ranked is None else ranked.get(view, ())
            for rank, prediction in enumerate(best, 1):
                changed |= self._take_best(prediction, view, rank, tally.status)
        return changed

    def _take_best(self, prediction: Prediction, view: View, rank: int, status: Status) -> bool:
        known = self._best.get((rank, view))
        if known is None or known.prediction is not prediction:
            kept = _kept(f"best:{view}:{rank}", "best", prediction, status, view)
            self._best[rank, view] = replace(kept, rank=rank)
            return True
        if known.status is status:
            return False
        self._best[rank, view] = replace(known, status=status)
        return True

    def keep(self, scan: Scan, prediction: Prediction | None, evidence: Evidence | None) -> KeptFrame:
        """Keep a frame by hand.

        Args:
            scan: the frame.
            prediction: its own; None where that has not come (`scored` may bring it) or never will.
            evidence: at that moment.
        """
        self._count += 1
        status = Status.NOT_ASSESSED if evidence is None else evidence.status
        shown = Status.NOT_ASSESSED if prediction is None else status
        view: View = "other" if prediction is None else prediction.view
        kept = KeptFrame(f"hand:{self._count}", "hand", scan, prediction, shown, view)
        if prediction is None:
            self._unscored[kept.key] = status
        self._hand = [*self._hand, kept][-HAND_MOST:]
        return kept

    def scored(self, prediction: Prediction) -> bool:
        """A prediction that was asked for has come; True when a frame kept by hand has waited for it."""
        for at, kept in enumerate(self._hand):
            if kept.prediction is None and kept.scan is prediction.scan:
                status = self._unscored.pop(kept.key, Status.NOT_ASSESSED)
                self._hand[at] = replace(kept, prediction=prediction, status=status, view=prediction.view)
                return True
        return False

    def dismiss_newest(self) -> KeptFrame | None:
        """Take the newest flag away for good; None when there is none."""
        if not self._flags:
            return None
        number = max(self._flags)
        self._dismissed.add(number)
        return self._flags.pop(number)

    def clear(self) -> None:
        self._flags.clear()
        self._hand.clear()
        self._best.clear()
        self._dismissed.clear()
        self._unscored.clear()


def _kept(key: str, kind: Kind, prediction: Prediction, status: Status, view: View) -> KeptFrame:
    return KeptFrame(key, kind, prediction.scan, prediction, status, view)


def thumbnail(scan: Scan, width: int, height: int) -> Pixels:
    """The scan region at that size, black round it: uint8 (height, width, 4), blue, green, red, 255."""
    viewport = fit(scan.region, "scan", width, height)
    source = viewport.source
    part = scan.frame.pixels[source.y0 : source.y1, source.x0 : source.x1]
    small = cv2.resize(part, (viewport.width, viewport.height), interpolation=cv2.INTER_AREA)
    code = cv2.COLOR_RGB2BGRA if small.ndim == 3 else cv2.COLOR_GRAY2BGRA
    out = np.zeros((height, width, 4), np.uint8)
    out[..., 3] = 255
    y, x = viewport.y, viewport.x
    out[y : y + viewport.height, x : x + viewport.width] = cv2.cvtColor(small, code)
    return out
