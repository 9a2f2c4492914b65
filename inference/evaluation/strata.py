"""Where a model finds gaps and where not: by width, kind, extent, look-alike, site, plane and size."""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from inference.evaluation.cases import Bools, Cases, Floats, Frames
from inference.evaluation.figure import Figure, rounded
from inference.evaluation.intervals import clustered, mean, proportion
from inference.evaluation.levels import frame_cases, sensitivity, specificity
from inference.evaluation.roc import Z95, auc_figure
from inference.manifest import OperatingPoints

WIDTH_EDGES = (0.0, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, math.inf)
"""mm; a gap of 2 mm is as thick as the plane."""
QUALITY_EDGES = (0.35, 0.5, 0.7, 1.01)
"""The program's words: poor below 0.4, fair, good from 0.7; below 0.35 nothing counts."""
SIZE_EDGES = (0.0, 50.0, 100.0, 200.0, 400.0, 800.0, math.inf)
"""Pixels of a picture of 256."""
CONTRAST_EDGES = (-math.inf, 1.0, 1.5, 2.0, 3.0, math.inf)
"""Pooled deviations between the gap and its surroundings."""
FEWEST_TO_FIT = 10
CURVE_POINTS = 60


def strata(frames: Frames, points: OperatingPoints) -> dict[str, Any]:
    """Sensitivity and specificity at the flag point over parts of the frames that count.

    Returns:
        `width_mm`, `gap_px`, `contrast`, `quality`: bins with `name`, `low`, `high`; `kind`, `extent`,
        `look_alike`, `site`: entries with `name`. Each has `sensitivity`, and where a stratum has negatives
        of its own `specificity`; sites have `auc`. `width_mm` bins carry `not_judgeable`, the frames with
        gaps of that width that nobody could see. `width_curve`: see `width_curve`.
    """
    mask = frames.counted
    cases = frame_cases(frames, points)
    width, hidden = frames.width_mm[mask], frames.width_mm[frames.hidden & frames.carrier]
    bins = _bins(cases, width, WIDTH_EDGES, "mm")
    for each in bins:
        low, high = each["low"] or 0.0, math.inf if each["high"] is None else each["high"]
        each["not_judgeable"] = int(((hidden >= low) & (hidden < high)).sum())
    known = cases.truth & np.isfinite(width)
    return {
        "width_mm": bins,
        "width_curve": width_curve(width[known], cases.flagged[known], cases.fetus[known]),
        "kind": _names(cases, frames.kind[mask]),
        "extent": _names(cases, frames.extent[mask]),
        "look_alike": _look_alikes(cases, [frames.look_alikes[i] for i in np.flatnonzero(mask)]),
        "site": _sites(cases, frames.site[mask]),
        "quality": _bins(cases, frames.quality[mask], QUALITY_EDGES, "", negatives=True),
        "gap_px": _bins(cases, frames.gap_px[mask], SIZE_EDGES, "px"),
        "contrast": _bins(cases, frames.contrast[mask], CONTRAST_EDGES, ""),
    }


def _bins(
    cases: Cases, values: Floats, edges: Sequence[float], unit: str, *, negatives: bool = False
) -> list[dict[str, Any]]:
    """Half-open bins low <= value < high; empty ones are left out."""
    out = []
    for low, high in itertools.pairwise(edges):
        part = cases.where((values >= low) & (values < high))
        if not len(part) or (not negatives and not part.truth.any()):
            continue
        if not math.isfinite(low):
            name = f"below {high:g}"
        elif not math.isfinite(high):
            name = f"from {low:g}"
        else:
            name = f"{low:g} to {min(high, 1.0) if high == 1.01 else high:g}"
        entry = {
            "name": f"{name} {unit}".strip(),
            "low": rounded(low),
            "high": rounded(high),
            "sensitivity": sensitivity(part, part.flagged).as_json(),
        }
        if negatives:
            entry["specificity"] = specificity(part, part.flagged).as_json()
        out.append(entry)
    return out


def _names(cases: Cases, names: NDArray[Any]) -> list[dict[str, Any]]:
    """Positives by a word; the commonest first, unnamed ones left out."""
    found = [str(name) for name in names[cases.truth] if name not in ("", "none")]
    order = sorted(set(found), key=lambda name: (-found.count(name), name))
    out = []
    for name in order:
        part = cases.where(cases.truth & (names == name))
        out.append({"name": name, "sensitivity": sensitivity(part, part.flagged).as_json()})
    return out


def _look_alikes(cases: Cases, carried: Sequence[frozenset[str]]) -> list[dict[str, Any]]:
    """With each look-alike, and without any; a frame with two is in both."""
    names = sorted(set().union(*carried)) if carried else []
    if not names:
        return []
    parts = [(name, np.array([name in each for each in carried], bool)) for name in names]
    parts.append(("none", np.array([not each for each in carried], bool)))
    out = []
    for name, which in parts:
        part = cases.where(which)
        out.append(
            {
                "name": name,
                "sensitivity": sensitivity(part, part.flagged).as_json(),
                "specificity": specificity(part, part.flagged).as_json(),
            }
        )
    return out


def _sites(cases: Cases, sites: NDArray[Any]) -> list[dict[str, Any]]:
    out = []
    for site in sorted(set(map(str, sites))):
        part = cases.where(sites == site)
        out.append(
            {
                "name": site,
                "auc": auc_figure(part.truth, part.score, part.fetus).as_json(),
                "sensitivity": sensitivity(part, part.flagged).as_json(),
                "specificity": specificity(part, part.flagged).as_json(),
            }
        )
    return out


def width_curve(width_mm: Floats, flagged: Bools, fetus: NDArray[Any]) -> dict[str, Any] | None:
    """Logistic regression of "flagged" on the gap's width, with its 95 % band.

    A binomial model fitted by maximum likelihood (statsmodels); with several frames of a fetus, its
    covariance is the sandwich over fetuses.

    Returns:
        `intercept`, `slope` per mm with `low`, `high`, `p`; `half_mm`, the width found half of the time (None
        outside 0 to 20 mm, or where sensitivity does not rise); `points`: (mm, sensitivity, low, high); `n`.
        None where there are too few frames, no contrast, or the widths part found from missed completely.
    """
    n, hits = len(width_mm), int(flagged.sum())
    if n < FEWEST_TO_FIT or hits in (0, n) or np.ptp(width_mm) == 0:
        return None
    from statsmodels.genmod import families
    from statsmodels.genmod.generalized_linear_model import GLM

    design = np.column_stack([np.ones(n), width_mm])
    how: dict[str, Any] = {}
    if clustered(fetus):
        codes = np.unique(fetus, return_inverse=True)[1]
        if codes.max() < 2:
            return None
        how = {"cov_type": "cluster", "cov_kwds": {"groups": codes}}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            fit = GLM(flagged.astype(float), design, family=families.Binomial()).fit(**how)
        except (Warning, ValueError, np.linalg.LinAlgError):
            return None
    intercept, slope = (float(value) for value in fit.params)
    covariance = np.asarray(fit.cov_params())
    grid = np.linspace(float(width_mm.min()), float(width_mm.max()), CURVE_POINTS)
    x = np.column_stack([np.ones(len(grid)), grid])
    line, error = x @ fit.params, np.sqrt(np.einsum("ij,jk,ik->i", x, covariance, x))
    half = -intercept / slope if slope > 0 else math.nan
    off = Z95 * math.sqrt(covariance[1, 1])
    return {
        "intercept": rounded(intercept),
        "slope": rounded(slope),
        "low": rounded(slope - off),
        "high": rounded(slope + off),
        "p": float(fit.pvalues[1]),
        "half_mm": rounded(half) if 0 <= half <= 20 else None,
        "n": n,
        "points": [
            [rounded(float(v)) for v in row]
            for row in zip(
                grid, expit(line), expit(line - Z95 * error), expit(line + Z95 * error), strict=True
            )
        ],
    }


def gate(frames: Frames, points: OperatingPoints, knows_other: bool) -> dict[str, Any]:
    """How well lip and palate views are told from others, and from each other.

    Returns:
        `auc` over all frames, and `auc_clear` over other views and lip and palate frames in planes good
        enough to count; `confusion`: for each labelled view how many frames were taken for which, with the
        share that is right; `others_flagged`: frames of other views taken for one of the two and at or above
        the flag point.
    """
    chance = 1 - frames.chances[:, 2] if knows_other else frames.chances[:, :2].max(1, initial=0.0)
    clear = ~frames.shown | (frames.good & frames.judgeable)
    order = np.array(["lip", "palate", "other"], object)
    taken = order[frames.chances.argmax(1)] if len(frames.chances) else np.array([], object)
    confusion = []
    for view in order:
        mine = frames.view == view
        confusion.append(
            {
                "view": view,
                "taken_for": {str(to): int((taken[mine] == to).sum()) for to in order},
                "right": proportion(taken[mine] == view, frames.fetus[mine]).as_json(),
            }
        )
    other = ~frames.shown
    passed = (taken != "other") & (frames.score >= points.flag)
    return {
        "auc": auc_figure(frames.shown, chance, frames.fetus).as_json(),
        "auc_clear": auc_figure(frames.shown[clear], chance[clear], frames.fetus[clear]).as_json(),
        "confusion": confusion,
        "others_flagged": proportion(passed[other], frames.fetus[other]).as_json(),
    }


def heat(frames: Frames) -> dict[str, Any]:
    """Pointing game and overlap on the positives that count and have a mask or box.

    Returns:
        `pointing`, `iou` (mean), and `without_mask`: positives that could not be looked at.
    """
    positive = frames.counted & frames.cleft
    seen = positive & np.isfinite(frames.pointed)
    hit: Figure = proportion(frames.pointed[seen] > 0.5, frames.fetus[seen])
    return {
        "pointing": hit.as_json(),
        "iou": mean(frames.overlap[seen], frames.fetus[seen]).as_json(),
        "without_mask": int((positive & ~np.isfinite(frames.pointed)).sum()),
    }
