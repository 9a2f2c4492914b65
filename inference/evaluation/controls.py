"""Negative controls: what the model must not be able to tell. Each should come out at an area of 0.5.

A model that tells fetuses with a cleft from others on pictures without their gap has learned something else:
a machine, a mark, the way the pictures were chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from capture.frame import Pixels
from capture.geometry import Region, region_mask
from inference.dataset import DataSet, LabelRow
from inference.evaluation.answers import Answer
from inference.evaluation.cases import Cases
from inference.evaluation.figure import Figure, nothing
from inference.evaluation.intervals import CLUSTERS, SEED, bootstrap
from inference.evaluation.roc import WeightedAuc, auc_figure
from inference.evaluation.run import Picture, twin_of
from inference.evaluation.strata import QUALITY_EDGES

SHUFFLES = 500

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
        interval holds 0.5) and `how`; the first has `auc_matched` too. Or with `not_run`, the reason.
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
    """The positives' twins: the same frames of the same fetuses, had they no cleft; labels kept."""
    twins = tuple(_twin(row) for row in rows if row.cleft)
    if not all(twin.file for twin in twins):
        return {"not_run": "needs twins of all positives: philtrum phantom dataset --controls"}
    score = cases.score.copy()
    score[cases.truth] = [answer.cleft for answer in ask("gaps-removed", twins, data.frames)]
    how = "twins of the positives, the same pictures made without the cleft; labels kept"
    outcome = _outcome(auc_figure(cases.truth, score, cases.fetus), how)
    return outcome | {"auc_matched": matched_area(rows, replace(cases, score=score)).as_json()}


def matched_area(rows: tuple[LabelRow, ...], cases: Cases) -> Figure:
    """The area over pairs of the same view and band of plane quality (Janes and Pepe 2009).

    A gap that can be seen needs a good picture, so positives are chosen by their picture and negatives are
    not: this takes that difference out.
    """
    bands = [(row.view, int(np.searchsorted(QUALITY_EDGES, row.quality or 0.0))) for row in rows]
    parts = []
    for band in sorted(set(bands)):
        mask = np.array([each == band for each in bands], bool)
        if cases.truth[mask].any() and not cases.truth[mask].all():
            parts.append((mask, WeightedAuc(cases.truth[mask], cases.score[mask])))
    if not parts:
        return nothing(len(cases))

    def area(weights: NDArray[np.float64]) -> float:
        found = [(part(weights[mask]), weights[mask & cases.truth].sum()) for mask, part in parts]
        there = [(value, weight) for value, weight in found if not np.isnan(value)]
        whole = sum(weight for _, weight in there)
        return float(sum(value * weight for value, weight in there) / whole) if whole else float("nan")

    ends = bootstrap(area, cases.fetus)
    n = int(sum(mask.sum() for mask, _ in parts))
    if ends is None:
        return nothing(n)
    return Figure(area(np.ones(len(cases))), *ends, n, CLUSTERS)


def _twin(row: LabelRow) -> LabelRow:
    return replace(row, file=twin_of(row), frame=0, mask="", outline=None, finding=None)


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
