"""Scans and predictions made up for tests of what comes after capture and model."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from capture.frame import make_frame
from capture.geometry import Box, Region
from capture.scan import Scan, Signal
from inference.prediction import Placement, Prediction, View

SMALL = Region(Box(0, 0, 8, 8), 8, 8)
"""A found region of the frames below."""


def scan_of(
    pixels: NDArray[np.uint8] | None = None,
    index: int = 0,
    *,
    repeat: bool = False,
    signal: Signal = Signal.MOVING,
    region: Region | None = None,
    media_s: float | None = None,
) -> Scan:
    """A scan; without pixels, of an 8x8 black frame. `index` is that of frame and scan picture."""
    if pixels is None:
        pixels = np.zeros((8, 8), np.uint8)
    frame = make_frame(index, index * 33_000_000, pixels, media_s)
    if region is None:
        region = SMALL if pixels.shape == (8, 8) else Region.whole(frame.width, frame.height)
    return Scan(frame, region, index, repeat, signal)


def prediction_of(
    scan: Scan, cleft: float = 0.1, view: View = "lip", view_score: float = 0.9, quality: float | None = 0.8
) -> Prediction:
    """A prediction of a model whose views are called as evidence calls them."""
    others = [name for name in ("lip", "palate", "other") if name != view]
    views: Mapping[str, float] = {view: view_score} | dict.fromkeys(others, (1 - view_score) / 2)
    return Prediction(
        scan=scan,
        cleft=cleft,
        views=views,
        view=view,
        view_score=view_score,
        quality=quality,
        heatmap=None,
        placement=Placement(0, 0, 8, 8),
        started_ns=scan.frame.captured_ns,
        done_ns=scan.frame.captured_ns + 5_000_000,
    )
