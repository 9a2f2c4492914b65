"""Labels, answers and an engine made up for tests of what is worked out from them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from capture.scan import Scan, Signal
from inference.dataset import LabelRow
from inference.engine import EngineStatus
from inference.evaluation.answers import Answer
from inference.evaluation.cases import Cases, Frames
from inference.manifest import Manifest, OperatingPoints, parse_manifest
from inference.prediction import Placement, Prediction, View
from inference.selftest import SelfTestResult
from tests.inference.dataset.site_folder import write_png, write_set
from tests.inference.tiny_models import tiny_manifest

POINTS = OperatingPoints(look_again=0.4, flag=0.7, release=0.5)


def manifest_of(**changes: Any) -> Manifest:
    raw = tiny_manifest(Path(), [])
    raw["files"] = [{"precision": "fp32", "path": "none.onnx", "sha256": "0" * 64}]
    return parse_manifest(raw | changes)


def row_of(number: int, **more: Any) -> LabelRow:
    fields: dict[str, Any] = {
        "file": f"{number}.png",
        "frame": 0,
        "fetus": f"F{number}",
        "site": "S1",
        "view": "lip",
        "cleft": False,
    }
    return LabelRow(**(fields | more))


def answer_of(number: int, cleft: float, view: View = "lip", **more: Any) -> Answer:
    chances = {name: 0.9 if name == view else 0.05 for name in ("lip", "palate", "other")}
    fields: dict[str, Any] = {
        **chances,
        "view_score": 0.9,
        "quality": 0.8,
        "signal": Signal.MOVING,
        "repeat": False,
        "pointed": None,
        "overlap": None,
        "region": "0,0,8,8 found",
    }
    return Answer(row=number, cleft=cleft, **(fields | more))


def frames_of(*pairs: tuple[dict[str, Any], float]) -> Frames:
    """Frames from (label fields, score); the model sees the view that the label says."""
    rows = [row_of(at, **fields) for at, (fields, _) in enumerate(pairs)]
    answers = [answer_of(at, score, rows[at].view) for at, (_, score) in enumerate(pairs)]
    return Frames(rows, answers)


def cases_of(truth: Sequence[int], score: Sequence[float], fetus: Sequence[str] | None = None) -> Cases:
    n = len(truth)
    scores = np.array(score, np.float64)
    return Cases(
        "frame",
        np.array([f"c{i}" for i in range(n)], object),
        np.array(fetus if fetus is not None else [f"F{i}" for i in range(n)], object),
        np.array(truth, bool),
        scores,
        scores >= POINTS.flag,
        scores >= POINTS.look_again,
    )


FRAME = np.pad(np.zeros((32, 32), bool), 4, constant_values=True)
"""What lies around the scan in the pictures of `twelve`."""


class MeanEngine:
    """Says the picture's mean brightness, scaled to 0-1, is the score; always a lip view; counts its runs."""

    def __init__(self, name: str = "mean", dim: float = 1.0) -> None:
        self.manifest = manifest_of(name=name)
        self.status = EngineStatus(
            model=name,
            version="1",
            sha256=("%064x" % (len(name) + round(1000 * dim))),
            synthetic=False,
            provider="CPU",
            provider_key="cpu",
            device="CPU",
            precision="fp32",
            threads=1,
            fallbacks=(),
            self_test=SelfTestResult(None, "none"),
            load_ms=0.0,
        )
        self.runs = 0
        self.dim = dim

    def predict(self, scan: Scan) -> Prediction:
        self.runs += 1
        box = scan.region.box
        seen = scan.frame.pixels[box.y0 : box.y1, box.x0 : box.x1]
        heat = np.zeros((4, 4), np.float32)
        heat[0, 0] = 1.0
        return Prediction(
            scan=scan,
            cleft=float(seen.mean()) / 255 * self.dim,
            views={"lip": 0.8, "palate": 0.1, "other": 0.1},
            view="lip",
            view_score=0.8,
            quality=0.9,
            heatmap=heat,
            placement=Placement(box.x0, box.y0, box.width, box.height),
            started_ns=0,
            done_ns=1,
        )


def twelve(folder: Path, **about: Any) -> Path:
    """Twelve lip frames of six fetuses at two sites: the six with a gap are bright; masks in the top left.

    Frame 0 of each fetus is a positive of growing width; each positive has a twin as dark as the negatives.
    """
    rows = []
    for at in range(12):
        positive = at % 2 == 0
        level = 200 - at if positive else 40 + at
        noise = np.random.default_rng(at).integers(-20, 20, (40, 40))
        noise[FRAME] = 10 - level
        write_png(folder / f"{at}.png", np.clip(level + noise, 0, 255).astype(np.uint8))
        row: dict[str, object] = {
            "file": f"{at}.png",
            "fetus": f"F{at // 2}",
            "site": f"S{at % 4 // 2}",
            "view": "lip",
            "cleft": int(positive),
            "kind": "uni_left" if positive else "none",
            "extent": "lip" if positive else "",
            "width_mm": 1 + at / 2 if positive else "",
            "quality": 0.9,
            "look_alikes": "cord;hand" if at in (2, 3) else "",
            "x0": 4,
            "y0": 4,
            "x1": 36,
            "y1": 36,
            "mask": "",
            "twin": "",
        }
        if positive:
            mask = np.zeros((40, 40), np.uint8)
            mask[4:12, 4:12] = 255
            write_png(folder / f"{at}-gap.png", mask)
            write_png(folder / f"{at}-twin.png", np.full((40, 40), 45 + at % 3, np.uint8))
            row |= {"mask": f"{at}-gap.png", "twin": f"{at}-twin.png"}
        rows.append(row)
    write_set(folder, rows, pictures=False)
    return folder
