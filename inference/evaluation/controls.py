"""Negative controls: what the model must not be able to tell. Each should come out at an area of 0.5.

A model that tells fetuses with a cleft from others on pictures without their gap has learned something else:
a machine, a mark, the way the pictures were chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, cast, get_args

import numpy as np

from capture.frame import Pixels
from capture.geometry import Region, region_mask
from capture.phantom.render import render
from capture.phantom.sampling import Domain, sample, without_cleft
from inference.dataset import DataSet, LabelRow
from inference.evaluation.answers import Answer
from inference.evaluation.cases import Cases
from inference.evaluation.figure import Figure
from inference.evaluation.intervals import SEED
from inference.evaluation.roc import WeightedAuc, auc_figure
from inference.evaluation.run import Picture

SHUFFLES = 500
SAME_LEVELS = 2.0
"""A rendered frame is the stored one when they differ by no more than this in the mean, in grey levels."""

Ask = Callable[[str, tuple[LabelRow, ...], Callable[[tuple[LabelRow, ...]], Iterator[Picture]]], list[Answer]]
"""Answers of the model to rows whose pictures a function gives; the name says for which control."""


def controls(data: DataSet, rows: tuple[LabelRow, ...], cases: Cases, ask: Ask) -> dict[str, Any]:
    """All three, on the frames that count.

    Args:
        data: the set.
        rows: of the frames that count.
        cases: the same frames, in the same order.
        ask: runs the model.

    Returns:
        `gaps_removed`, `furniture_only`, `labels_shuffled`: each with `auc`, `as_it_should` (whether the
        interval holds 0.5) and `how`; or with `not_run`, the reason.
    """
    if not cases.truth.any() or cases.truth.all():
        reason = {"not_run": "expected frames with and without a gap, got one kind alone"}
        return dict.fromkeys(("gaps_removed", "furniture_only", "labels_shuffled"), reason)
    return {
        "gaps_removed": _gaps_removed(data, rows, cases, ask),
        "furniture_only": _furniture_only(data, rows, cases, ask),
        "labels_shuffled": _labels_shuffled(cases),
    }


def _outcome(figure: Figure, how: str) -> dict[str, Any]:
    return {"auc": figure.as_json(), "as_it_should": figure.holds(0.5), "how": how}


def _gaps_removed(data: DataSet, rows: tuple[LabelRow, ...], cases: Cases, ask: Ask) -> dict[str, Any]:
    """The same frames of the same fetuses, had they no cleft; labels kept."""
    score = cases.score.copy()
    positives = tuple(row for row in rows if row.cleft)
    if all(_more(row, "twin") for row in positives):
        twins = tuple(_twin(row) for row in positives)
        answers = ask("gaps-removed", twins, data.frames)
        score[cases.truth] = [answer.cleft for answer in answers]
        how = "stored twins of the positives, rendered without the cleft; labels kept"
    elif all(_more(row, "seed") and _more(row, "domain_name") in get_args(Domain) for row in rows):
        if not _renders_alike(data, positives[0]):
            return {
                "not_run": f"the stored seeds do not give the pictures that are there ({positives[0].place})"
            }
        answers = ask("gaps-removed", rows, _without_gaps)
        score = np.array([answer.cleft for answer in answers])
        how = "all frames rendered again from their seeds, without clefts; labels kept"
    else:
        return {"not_run": "needs a data set of the phantom, with a column twin, or seed and domain_name"}
    return _outcome(auc_figure(cases.truth, score, cases.fetus), how)


def _more(row: LabelRow, column: str) -> str:
    """The text of a column of the phantom's own; empty where there is none."""
    return dict(row.more).get(column, "")


def _twin(row: LabelRow) -> LabelRow:
    frame = _more(row, "twin_frame")
    return replace(
        row,
        file=_more(row, "twin").replace("\\", "/"),
        frame=int(frame) if frame.isdecimal() else 0,
        mask="",
        outline=None,
        finding=None,
    )


def _without_gaps(rows: tuple[LabelRow, ...]) -> Iterator[Picture]:
    for row in rows:
        domain = cast(Domain, _more(row, "domain_name"))
        made = render(without_cleft(sample(int(_more(row, "seed")), domain)))
        yield row, made.pixels, made.region


def _renders_alike(data: DataSet, row: LabelRow) -> bool:
    made = render(sample(int(_more(row, "seed")), cast(Domain, _more(row, "domain_name")))).pixels
    _, stored, _ = next(iter(data.frames((row,))))
    grey = stored if stored.ndim == 2 else stored[..., 1]
    if grey.shape != made.shape:
        return False
    return float(np.abs(grey.astype(np.int16) - made).mean()) <= SAME_LEVELS


def _furniture_only(data: DataSet, rows: tuple[LabelRow, ...], cases: Cases, ask: Ask) -> dict[str, Any]:
    """The scan blanked, and all that stands around it shown to the model."""

    def blanked(wanted: tuple[LabelRow, ...]) -> Iterator[Picture]:
        for row, pixels, region in data.frames(wanted):
            yield row, without_scan(pixels, region), Region.whole(pixels.shape[1], pixels.shape[0])

    score = np.array([answer.cleft for answer in ask("furniture-only", rows, blanked)])
    how = "the scan blanked, the whole picture around it shown to the model"
    if np.ptp(score) == 0:
        how += "; every picture got the same score"
    return _outcome(auc_figure(cases.truth, score, cases.fetus), how)


def without_scan(pixels: Pixels, region: Region) -> Pixels:
    """A copy of the picture with its scan black."""
    out = pixels.copy()
    out[region_mask(region) > 0] = 0
    return out


def _labels_shuffled(cases: Cases) -> dict[str, Any]:
    """The labels dealt out anew, many times: mean area, and the range of 95 % of the deals."""
    rng = np.random.default_rng(SEED)
    ones = np.ones(len(cases))
    areas = [WeightedAuc(rng.permutation(cases.truth), cases.score)(ones) for _ in range(SHUFFLES)]
    low, high = np.percentile(areas, [2.5, 97.5])
    figure = Figure(
        float(np.mean(areas)), float(low), float(high), len(cases), f"range of 95 % of {SHUFFLES} shuffles"
    )
    return _outcome(figure, f"labels of the frames dealt out anew {SHUFFLES} times")
