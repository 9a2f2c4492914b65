"""Negative controls: what the model must not be able to tell. Each should come out at an area of 0.5.

A model that tells fetuses with a cleft from others on pictures without their gap has learned something else:
a machine, a mark, the way the pictures were chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from capture.frame import Pixels
from capture.geometry import Region, region_mask
from inference.dataset import DataSet, LabelRow
from inference.evaluation.answers import Answer
from inference.evaluation.cases import Bools, Floats, Frames
from inference.evaluation.figure import Figure
from inference.evaluation.intervals import SEED
from inference.evaluation.roc import WeightedAuc, auc_figure
from inference.evaluation.run import Picture, twin_of

SHUFFLES = 500

Ask = Callable[[str, tuple[LabelRow, ...], Callable[[tuple[LabelRow, ...]], Iterator[Picture]]], list[Answer]]
"""Answers of the model to rows whose pictures a function gives; the name says for which control."""


def controls(data: DataSet, frames: Frames, ask: Ask) -> dict[str, Any]:
    """All three.

    Args:
        data: the set.
        frames: all of it, with the model's answers.
        ask: runs the model.

    Returns:
        `gaps_removed`, `furniture_only`, `labels_shuffled`: each with `auc`, `as_it_should` (whether the
        interval holds 0.5) and `how`; the first has `auc_counted` too. Or with `not_run`, the reason.
    """
    truth = frames.cleft[frames.counted]
    if not truth.any() or truth.all():
        reason = {"not_run": "expected frames with and without a gap, got one kind alone"}
        return dict.fromkeys(("gaps_removed", "furniture_only", "labels_shuffled"), reason)
    return {
        "gaps_removed": _gaps_removed(data, frames, ask),
        "furniture_only": _furniture_only(data, frames, ask),
        "labels_shuffled": _labels_shuffled(truth, frames.score[frames.counted]),
    }


def _outcome(figure: Figure, how: str) -> dict[str, Any]:
    return {"auc": figure.as_json(), "as_it_should": figure.holds(0.5), "how": how}


def _gaps_removed(data: DataSet, frames: Frames, ask: Ask) -> dict[str, Any]:
    """Every lip and palate frame of a fetus with a cleft, had it none, against those of the other fetuses.

    Also where the gap could not be seen: frames that count as positives were chosen by how well they show it,
    and in such good pictures a model is surer of everything. Beside it, the positives that count alone.
    """
    asked = frames.shown & frames.good & (frames.known | ~frames.judgeable)
    ill = asked & frames.carrier
    rows = tuple(_twin(frames.rows[at]) for at in np.flatnonzero(ill))
    if not all(row.file for row in rows):
        return {
            "not_run": "needs twins of all lip and palate frames of fetuses with a cleft: "
            "philtrum phantom dataset --controls"
        }
    score = frames.score.copy()
    score[ill] = [answer.cleft for answer in ask("gaps-removed", rows, data.frames)]

    def area(mask: Bools) -> Figure:
        return auc_figure(frames.carrier[mask], score[mask], frames.fetus[mask])

    how = "lip and palate frames of fetuses with a cleft, made without it; labelled by fetus"
    counted = area(frames.counted & (frames.cleft | ~frames.carrier))
    return _outcome(area(asked), how) | {"auc_counted": counted.as_json()}


def _twin(row: LabelRow) -> LabelRow:
    return replace(row, file=twin_of(row), frame=0, mask="", outline=None, finding=None)


def _furniture_only(data: DataSet, frames: Frames, ask: Ask) -> dict[str, Any]:
    """The scan blanked, and all that stands around it shown to the model."""
    counted = frames.counted
    rows = tuple(frames.rows[at] for at in np.flatnonzero(counted))

    def blanked(wanted: tuple[LabelRow, ...]) -> Iterator[Picture]:
        for row, pixels, region in data.frames(wanted):
            yield row, without_scan(pixels, region), Region.whole(pixels.shape[1], pixels.shape[0])

    score = np.array([answer.cleft for answer in ask("furniture-only", rows, blanked)])
    how = "the scan blanked, the whole picture around it shown to the model"
    if np.ptp(score) == 0:
        how += "; every picture got the same score"
    return _outcome(auc_figure(frames.cleft[counted], score, frames.fetus[counted]), how)


def without_scan(pixels: Pixels, region: Region) -> Pixels:
    """A copy of the picture with its scan black."""
    out = pixels.copy()
    out[region_mask(region) > 0] = 0
    return out


def _labels_shuffled(truth: Bools, score: Floats) -> dict[str, Any]:
    """The labels dealt out anew, many times: mean area, and the range of 95 % of the deals."""
    rng = np.random.default_rng(SEED)
    ones = np.ones(len(score))
    areas = [WeightedAuc(rng.permutation(truth), score)(ones) for _ in range(SHUFFLES)]
    low, high = np.percentile(areas, [2.5, 97.5])
    figure = Figure(
        float(np.mean(areas)), float(low), float(high), len(score), f"range of 95 % of {SHUFFLES} shuffles"
    )
    return _outcome(figure, f"labels of the frames dealt out anew {SHUFFLES} times")
