"""Pictures that travel with a model and the answers its files gave, for `inference.selftest`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from capture.geometry import Box, Region
from capture.phantom.parameters import VIEWS
from capture.phantom.render import render
from capture.phantom.sampling import sample
from inference.manifest import Precision
from inference.preprocess import InputSpec, prepare
from inference.training.fitting import Fit
from inference.training.network import OUTPUTS
from inference.training.onnx_files import open_session, probability

FIRST_SEED = 9_000_000
TRIES = 30
SURE = 0.75
"""Chance of its view from which a picture is taken: another processor's rounding must not turn it."""
CANVAS = (256, 320)
PICTURES: tuple[dict[str, Any], ...] = (
    {"view": "lip", "cleft": "none"},
    {"view": "lip", "cleft": "uni_left"},
    {"view": "lip", "cleft": "bilateral"},
    {"view": "palate", "cleft": "none"},
    {"view": "palate", "cleft": "uni_right"},
    {"view": "other", "other": "head"},
    {"view": "other", "other": "heart"},
    {"view": "other", "other": "layers"},
)


def write(
    out: Path, spec: InputSpec, files: Mapping[Precision, Path], fits: Mapping[Precision, Fit]
) -> float:
    """Write the .npz; returns the tolerance within which every file gives the stored answers.

    Args:
        out: the file to write.
        spec: the model's input.
        files: by precision, fp32 among them.
        fits: by precision.
    """
    sessions = {name: open_session(path) for name, path in files.items()}
    pictures, boxes, found = [], [], []
    for index, kind in enumerate(PICTURES):
        best = -1.0
        for seed in range(FIRST_SEED + 100 * index, FIRST_SEED + 100 * index + TRIES):
            picture, box = _on_canvas(seed, kind)
            tensor, _ = prepare(picture, Region(Box(*box), picture.shape[1], picture.shape[0]), spec)
            answer = {
                name: dict(zip(OUTPUTS, session.run(list(OUTPUTS), {spec.name: tensor}), strict=True))
                for name, session in sessions.items()
            }
            view = VIEWS.index(kind["view"])
            chance = min(
                float(probability("view_logits", a["view_logits"])[0, view]) for a in answer.values()
            )
            if chance > best:
                best, chosen = chance, (picture, box, answer)
            if best > SURE:
                break
        pictures.append(chosen[0])
        boxes.append(chosen[1])
        found.append(chosen[2])

    def column(name: Precision, output: str) -> NDArray[np.float32]:
        return probability(output, np.concatenate([answer[name][output] for answer in found]))

    scores = {
        name: np.array([fits[name].score(a[name]["cleft_logit"])[0, 0] for a in found], np.float32)
        for name in files
    }
    arrays: dict[str, Any] = {
        "pictures": np.stack(pictures),
        "boxes": np.array(boxes, np.int32),
        "cleft": scores["fp32"],
        "view": column("fp32", "view_logits").argmax(1).astype(np.int32),
        "quality": column("fp32", "quality_logit")[:, 0],
        "heatmap": np.rint(column("fp32", "heatmap_logits")[:, 0] * 255).astype(np.uint8),
    }
    arrays |= {f"cleft_{name}": score for name, score in scores.items() if name != "fp32"}
    np.savez_compressed(out, allow_pickle=False, **arrays)
    apart = max(
        float(np.abs(column("fp32", "quality_logit") - column(name, "quality_logit")).max()) for name in files
    )
    return round(float(np.clip(1.5 * apart + 0.02, 0.05, 0.25)), 3)


def _on_canvas(seed: int, kind: dict[str, Any]) -> tuple[NDArray[np.uint8], tuple[int, int, int, int]]:
    """A phantom picture on a canvas of fixed size, and the box of its scan."""
    made = render(sample(seed, "plain", **kind))
    picture = np.zeros(CANVAS, np.uint8)
    height, width = min(CANVAS[0], made.pixels.shape[0]), min(CANVAS[1], made.pixels.shape[1])
    picture[:height, :width] = made.pixels[:height, :width]
    box = made.region.box.clipped(width, height)
    return picture, (box.x0, box.y0, box.x1, box.y1)
