"""Callipers, text and colour boxes burnt into the scan, as machines do: with and without a cleft alike."""

from __future__ import annotations

import cv2
import numpy as np

from capture.frame import Pixels
from capture.geometry import Region

_WORDS = (
    "LIP",
    "NOSE",
    "PROFILE",
    "UPPER LIP",
    "12.4mm",
    "1 D 0.86cm",
    "FACE",
    "LT",
    "RT",
    "3.2 mm",
    "L",
    "+",
    "MI 1.1",
)


def burn_marks(pixels: Pixels, region: Region, count: int, rng: np.random.Generator) -> Pixels:
    """A copy with `count` marks at random places of the scan."""
    out = pixels.copy()
    box = region.box
    scale = max(box.width, box.height) / 256
    for _ in range(count):
        x, y = (
            int(rng.integers(box.x0, max(box.x0 + 1, box.x1))),
            int(rng.integers(box.y0, max(box.y0 + 1, box.y1))),
        )
        shade = int(rng.integers(150, 256))
        kind = rng.integers(4)
        if kind == 0:
            _cross(out, x, y, scale, shade)
        elif kind == 1:
            x2, y2 = int(x + rng.normal(0, 40) * scale), int(y + rng.normal(0, 40) * scale)
            _cross(out, x, y, scale, shade)
            _cross(out, x2, y2, scale, shade)
            for t in np.linspace(0, 1, 12):
                cv2.circle(
                    out, (int(x + (x2 - x) * t), int(y + (y2 - y) * t)), max(1, round(0.5 * scale)), shade, -1
                )
        elif kind == 2:
            word = str(rng.choice(_WORDS))
            cv2.putText(
                out,
                word,
                (x, y),
                cv2.FONT_HERSHEY_SIMPLEX,
                float(rng.uniform(0.3, 0.6) * scale),
                shade,
                1,
                cv2.LINE_AA,
            )
        else:
            a, b = int(rng.integers(10, 60) * scale), int(rng.integers(10, 60) * scale)
            cv2.rectangle(out, (x, y), (x + a, y + b), shade, 1)
    return out


def _cross(out: Pixels, x: int, y: int, scale: float, shade: int) -> None:
    arm = max(2, round(3 * scale))
    cv2.line(out, (x - arm, y), (x + arm, y), shade, 1)
    cv2.line(out, (x, y - arm), (x, y + arm), shade, 1)
