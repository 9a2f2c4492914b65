"""Figures of an exported model on frames of the phantom. They say nothing of real fetuses."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from capture.phantom.parameters import CLEFT_KINDS, OTHER_KINDS
from inference.evaluation.calibration import calibration_error
from inference.evaluation.roc import area_interval, areas
from inference.training import data
from inference.training.network import OUTPUTS
from inference.training.onnx_files import open_session, probability

Floats = NDArray[np.float32]
Pictures = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """Raw outputs of a file on a data set."""

    cleft: Floats
    """(n,) logits."""
    view: Floats
    """(n, 3) probabilities."""
    quality: Floats
    """(n,) in [0, 1]."""
    heat: Floats
    """(n, 64, 64) in [0, 1]."""


def normalised(pictures: Pictures, mean: float, std: float) -> Floats:
    """uint8 (n, h, w) as the network's input (n, 1, h, w)."""
    return np.ascontiguousarray(((pictures.astype(np.float32) / 255 - mean) / std)[:, None], np.float32)


def answers(path: Path, pictures: Pictures, mean: float, std: float, threads: int = 1) -> Answers:
    """Run an ONNX file over prepared pictures."""
    session = open_session(path, threads)
    parts = [
        session.run(list(OUTPUTS), {"image": normalised(pictures[at : at + 16], mean, std)})
        for at in range(0, len(pictures), 16)
    ]
    cleft, view, quality, heat, *_ = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Answers(
        cleft[:, 0],
        probability("view_logits", view),
        probability("quality_logit", quality)[:, 0],
        probability("heatmap_logits", heat)[:, 0],
    )


def report(
    got: Answers, frames: data.Dataset, score: Floats, flag: float, look: float, heat_at: float
) -> dict[str, Any]:
    """The figures of a data set: `score` is the calibrated cleft score."""
    labels = frames.labels
    lips = frames.judged()
    truth, shown = labels["cleft"][lips], score[lips]
    area, low, high = auc(truth, shown)
    clear = (labels["view"] == 2) | (labels["quality"] > 0.3)
    other = labels["view"] == 2
    wanted = got.view.argmax(1)
    positive = lips & (labels["cleft"] == 1)
    peak = got.heat.reshape(len(got.heat), -1).argmax(1)
    near = _grown(frames.gaps).reshape(len(got.heat), -1)[np.arange(len(peak)), peak]
    hot, gap = got.heat[positive] > heat_at, frames.gaps[positive] > 100
    overlap = (hot & gap).sum((1, 2)) / np.maximum((hot | gap).sum((1, 2)), 1)
    by_kind = {
        kind: round(float((score[positive & (labels["kind"] == k)] >= flag).mean()), 3)
        for k, kind in enumerate(CLEFT_KINDS)
        if (positive & (labels["kind"] == k)).any()
    }
    by_other = {
        kind: round(float((wanted[labels["other"] == k] == 2).mean()), 3)
        for k, kind in enumerate(OTHER_KINDS)
        if (labels["other"] == k).any()
    }
    lip, palate = lips & (labels["view"] == 0), lips & (labels["view"] == 1)
    figures: dict[str, Any] = {
        "frames": len(frames),
        "lip_and_palate_frames": int(lips.sum()),
        "with_cleft": int(truth.sum()),
        "not_judgeable": int(((labels["view"] != 2) & ~lips).sum()),
        "auc": area,
        "auc_low": low,
        "auc_high": high,
        "auc_lip": auc(labels["cleft"][lip], score[lip])[0],
        "auc_palate": auc(labels["cleft"][palate], score[palate])[0],
        "sensitivity_flag": float((shown[truth == 1] >= flag).mean()),
        "specificity_flag": float((shown[truth == 0] < flag).mean()),
        "sensitivity_look_again": float((shown[truth == 1] >= look).mean()),
        "specificity_look_again": float((shown[truth == 0] < look).mean()),
        "calibration_error": calibration_error(truth, shown),
        "gate_auc": auc(~other[clear], 1 - got.view[clear, 2])[0],
        "other_gated": float((wanted[other] == 2).mean()),
        "view_right": float((wanted == labels["view"])[clear].mean()),
        "other_flagged": float(((wanted[other] != 2) & (score[other] >= flag)).mean()),
        "pointing": float(near[positive].mean()),
        "iou_mean": float(overlap.mean()),
    }
    rounded: dict[str, Any] = {k: round(v, 4) if isinstance(v, float) else v for k, v in figures.items()}
    return rounded | {"sensitivity_by_kind": by_kind, "gated_by_kind": by_other}


def auc(truth: NDArray[Any], score: Floats) -> tuple[float, float, float]:
    """Area under the ROC curve with its 95 % interval over frames; NaN where a class is missing."""
    positive = int(np.asarray(truth, bool).sum())
    negative = len(truth) - positive
    if not positive or not negative:
        return float("nan"), float("nan"), float("nan")
    found = areas(truth, score)
    value = float(found.auc[0])
    low, high, _ = area_interval(value, float(found.covariance[0, 0]), positive, negative)
    return value, low, high


def _grown(gaps: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Gap cells and their neighbours."""
    on = gaps > 60
    out = on.copy()
    for axis in (1, 2):
        grown = out.copy()
        grown |= np.roll(out, 1, axis) | np.roll(out, -1, axis)
        out = grown
    return out
