"""What lies on a scan of something else: colour boxes, cut corners, curves, dotted outlines, rulers."""

from __future__ import annotations

import cv2
import numpy as np

from capture.frame import Pixels
from capture.phantom.volume import sheet


def dressed(pixels: Pixels, rng: np.random.Generator, *, thin: bool = False) -> Pixels:
    """The picture with some of these things drawn over it; size unchanged.

    `thin` keeps to what hides nothing, and to fewer: for lips, so that a dotted line tells nothing of a view.
    """
    out = pixels.copy()
    for draw, odds in ((_dots, 0.1), (_edge, 0.08), (_curve, 0.06), (_flow, 0.1), (_cut, 0.1)):
        if rng.random() < (0.6 * odds if thin else odds) and not (thin and draw in (_flow, _cut)):
            draw(out, rng)
    return out


def _flow(out: Pixels, rng: np.random.Generator) -> None:
    """Colour Doppler as it looks in grey: a slanted box, in it smooth patches that hide the speckle."""
    h, w = out.shape
    x, y = rng.uniform(0.1, 0.6) * w, rng.uniform(0.1, 0.6) * h
    a, b, lean = rng.uniform(0.15, 0.5) * w, rng.uniform(0.15, 0.5) * h, rng.normal(0, 0.15) * w
    box = np.array([(x, y), (x + a, y), (x + a + lean, y + b), (x + lean, y + b)], np.int32)
    inside = np.zeros_like(out)
    cv2.fillPoly(inside, [box], 255)
    cells = (rng.uniform(3, 14), rng.uniform(3, 14))
    flow = (sheet((h, w), cells, rng) > rng.uniform(0.3, 1.6)) & (inside > 0)
    out[flow] = np.clip(110 + 45 * sheet((h, w), cells, rng)[flow], 0, 255).astype(np.uint8)
    cv2.polylines(out, [box], True, int(rng.integers(80, 256)), 1, cv2.LINE_AA)


def _cut(out: Pixels, rng: np.random.Generator) -> None:
    """A corner or an edge blacked out, as names are taken off pictures."""
    h, w = out.shape
    a, b = int(rng.uniform(0.08, 0.4) * w), int(rng.uniform(0.05, 0.3) * h)
    x, y = (0 if rng.random() < 0.3 else w - a), (0 if rng.random() < 0.3 else h - b)
    out[y : y + b, x : x + a] = 0


def _curve(out: Pixels, rng: np.random.Generator) -> None:
    """An ECG along the bottom."""
    h, w = out.shape
    x = np.arange(w)
    beat = (x / w * rng.uniform(1, 6)) % 1
    peak = np.exp(-(((beat - 0.5) * 40) ** 2)) + 0.2 * np.exp(-(((beat - 0.75) * 12) ** 2))
    y = h * rng.uniform(0.85, 0.98) - peak * h * rng.uniform(0.04, 0.14)
    cv2.polylines(
        out, [np.stack([x, y], 1).astype(np.int32)], False, int(rng.integers(120, 256)), 1, cv2.LINE_AA
    )


def _dots(out: Pixels, rng: np.random.Generator) -> None:
    """A measured ellipse or line, dotted."""
    h, w = out.shape
    x, y, turn = rng.uniform(0.3, 0.7) * w, rng.uniform(0.3, 0.7) * h, rng.uniform(0, 3.1)
    a, b = rng.uniform(0.1, 0.4) * w, rng.uniform(0, 0.35) * h * (rng.random() < 0.7)
    shade = int(rng.integers(120, 256))
    for t in np.linspace(0, 6.28, int(rng.integers(20, 70))):
        u, v = a * np.cos(t), b * np.sin(t)
        at = (int(x + u * np.cos(turn) - v * np.sin(turn)), int(y + u * np.sin(turn) + v * np.cos(turn)))
        cv2.circle(out, at, 1, shade, -1)


def _edge(out: Pixels, rng: np.random.Generator) -> None:
    """A grey bar and a ruler at the side, or round corners."""
    h, w = out.shape
    if rng.random() < 0.5:
        bar = np.linspace(255, 0, max(2, h // 3)).astype(np.uint8)
        x, y = int(rng.integers(0, max(1, w - 8))), int(rng.integers(0, max(1, h - len(bar))))
        out[y : y + len(bar), x : x + 5] = bar[:, None]
        for k in range(0, h, max(4, h // int(rng.integers(4, 20)))):
            cv2.line(out, (w - 6, k), (w - 1, k), 200, 1)
        return
    r = int(rng.uniform(0.05, 0.5) * min(h, w))
    keep = np.zeros_like(out)
    cv2.rectangle(keep, (r, 0), (w - r, h), 255, -1)
    cv2.rectangle(keep, (0, r), (w, h - r), 255, -1)
    for corner in ((r, r), (w - r, r), (r, h - r), (w - r, h - r)):
        cv2.circle(keep, corner, r, 255, -1)
    out[keep == 0] = 0
