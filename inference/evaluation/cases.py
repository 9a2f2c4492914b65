"""Frames with their labels and answers, column by column, and the cases that figures are made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.dataset import LabelRow
from inference.evaluation.answers import Answer
from inference.evidence import EvidenceSettings

Array = NDArray[Any]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
LEAST_QUALITY = EvidenceSettings().min_quality
"""Of the labelled plane; the program counts nothing in planes below it either."""


class Frames:
    """All frames of a data set under one model; arrays have one entry a frame, in the data set's order."""

    def __init__(self, rows: Sequence[LabelRow], answers: Sequence[Answer]) -> None:
        if len(rows) != len(answers):
            raise ValueError(f"expected an answer for each of {len(rows)} frames, got {len(answers)}")
        self.rows, self.answers = tuple(rows), tuple(answers)
        self.key = _texts(f"{r.file}#{r.frame}" for r in rows)
        self.fetus = _texts(r.fetus for r in rows)
        self.site = _texts(r.site for r in rows)
        self.exam = _texts(r.exam for r in rows)
        self.view = _texts(r.view for r in rows)
        self.shown: Bools = self.view != "other"
        """Lip and palate views, by the label."""
        self.known = np.array([r.cleft is not None for r in rows], bool)
        self.cleft = np.array([bool(r.cleft) for r in rows], bool)
        """A gap is in the picture and can be seen."""
        self.judgeable = np.array([r.judgeable for r in rows], bool)
        self.carrier = np.array([bool(r.cleft) or r.kind not in ("", "none") for r in rows], bool)
        """The fetus has a cleft, whether the picture shows it or not."""
        self.kind = _texts(r.kind for r in rows)
        self.extent = _texts(r.extent for r in rows)
        self.quality = _numbers(r.quality for r in rows)
        self.width_mm = _numbers(r.width_mm for r in rows)
        self.gap_px = _numbers(r.gap_px for r in rows)
        self.contrast = _numbers(r.contrast for r in rows)
        self.look_alikes = tuple(frozenset(r.look_alikes) for r in rows)
        self.score = np.array([a.cleft for a in answers], np.float64)
        self.chances = np.array([(a.lip, a.palate, a.other) for a in answers], np.float64).reshape(-1, 3)
        self.pointed = _numbers(None if a.pointed is None else float(a.pointed) for a in answers)
        self.overlap = _numbers(a.overlap for a in answers)

    @property
    def good(self) -> Bools:
        """Planes good enough to count in the program; without a labelled quality, all."""
        return np.asarray(~(self.quality < LEAST_QUALITY), np.bool_)

    @property
    def counted(self) -> Bools:
        """Lip and palate frames whose truth is known and could be seen: what frame-level figures rest on."""
        return np.asarray(self.shown & self.known & self.judgeable & self.good, np.bool_)

    @property
    def hidden(self) -> Bools:
        """Lip and palate frames that nobody could judge: listed apart."""
        return np.asarray(self.shown & ~self.judgeable, np.bool_)

    @property
    def poor(self) -> Bools:
        """Lip and palate frames that could be judged, in planes too poor to count: listed apart."""
        return np.asarray(self.shown & self.judgeable & ~self.good, np.bool_)


@dataclass(frozen=True, slots=True, eq=False)
class Cases:
    """Units of one level: frames, views of a fetus, or exams."""

    level: str
    name: Array
    """(n,) of str, unique within the level; the same for every model."""
    fetus: Array
    truth: Bools
    score: Floats
    flagged: Bools
    """Called positive at the flag point."""
    looked: Bools
    """Called positive at the look-again point."""

    def __len__(self) -> int:
        return len(self.name)

    def where(self, mask: Bools) -> Cases:
        return Cases(
            self.level,
            self.name[mask],
            self.fetus[mask],
            self.truth[mask],
            self.score[mask],
            self.flagged[mask],
            self.looked[mask],
        )


def _texts(values: Any) -> Array:
    return np.array([value or "" for value in values], object)


def _numbers(values: Any) -> Floats:
    return np.array([np.nan if value is None else value for value in values], np.float64)
