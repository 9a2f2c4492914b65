"""What the model said of one scan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from capture.scan import Scan

View = Literal["lip", "palate", "other"]
"""The three views that evidence knows; a manifest maps its own view names on them."""


@dataclass(frozen=True, slots=True)
class Placement:
    """How the model's square maps back on the frame: frame_x = x0 + u * width, u in [0, 1] across the map."""

    x0: float
    y0: float
    width: float
    height: float


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """The model's answer on one scan, with the scan it belongs to. All arrays are read-only."""

    scan: Scan
    cleft: float
    """Calibrated model score in [0, 1]. Not the probability of a cleft in this fetus."""
    views: Mapping[str, float]
    """Probability of each of the manifest's views, by its name; they sum to 1."""
    view: View
    """The likeliest view, as evidence knows it."""
    view_score: float
    """Its probability in [0, 1]."""
    quality: float | None
    """Plane quality in [0, 1] where the model gives one."""
    heatmap: NDArray[np.float32] | None
    """(h, w) in [0, 1], over `placement`; None where the model has no such head."""
    placement: Placement
    started_ns: int
    done_ns: int
    anatomy: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    """Maps of anatomy by name, (h, w) in [0, 1], over `placement`."""
    kinds: Mapping[str, float] = field(default_factory=dict)
    """Probability of each kind of finding the model tells apart, given that there is one; sums to 1."""

    @property
    def inference_ms(self) -> float:
        """Pre-processing and model together."""
        return (self.done_ns - self.started_ns) / 1e6

    @property
    def latency_ms(self) -> float:
        """From the frame's arrival to the answer."""
        return (self.done_ns - self.scan.frame.captured_ns) / 1e6
