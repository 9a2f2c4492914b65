"""How well a candidate explains a blob."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from capture.geometry import Sector
from capture.region.evidence import Mask
from capture.region.lines import Floats, outline_of

_REACH_PX = 2
"""An outline counts as drawn in the picture where the blob's edge runs within this distance."""
_UNSEEN = 0.4
"""Mark of an outline that lies on or beyond the picture's border: neither shown nor refuted."""
_DENSE_ENOUGH = 0.45
"""A scan may be more than half cyst, bladder or shadow, but hardly ever less than this is speckle."""


@dataclass(frozen=True, slots=True)
class Fit:
    """A sector in working pixels with its marks, each 0-1."""

    sector: Sector | None
    box: tuple[float, float, float, float]
    fill: float
    """Share of the shape that the blob fills."""
    edge: float
    """Share of the shape's outline, away from the picture's border, that the picture shows."""
    out: float
    """Share of the blob that the shape leaves out."""
    cover: float
    """Share of all that looks like scan anywhere in the picture which the shape holds."""
    dense: float
    """Share of the shape that looks like scan."""
    score: float


class Judge:
    """Marks candidates for one blob; half of working size is fine enough to count areas."""

    def __init__(self, blob: Mask, speckle: Mask) -> None:
        contours, _ = cv2.findContours(blob, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        # Holes (cysts, shadows inside) belong to the scan.
        self.solid = np.zeros_like(blob)
        cv2.drawContours(self.solid, contours, -1, 255, cv2.FILLED)
        self.outline = outline_of(self.solid, contours)  # type: ignore[arg-type]
        self._rim = np.zeros_like(blob)
        cv2.drawContours(self._rim, contours, -1, 255, 2 * _REACH_PX + 1)
        self._half = np.ascontiguousarray(self.solid[::2, ::2])
        self._speckle = np.ascontiguousarray(speckle[::2, ::2])
        self._area = max(1, cv2.countNonZero(self._half))
        self._speckled = max(1, cv2.countNonZero(self._speckle))

    def mark(self, sector: Sector) -> Fit:
        penalty = {"linear": 0.0, "trapezoid": 0.03, "phased": 0.02, "convex": 0.02}[sector.kind]
        return self._mark(np.array(sector.polygon(24)), sector, penalty)

    def mark_box(self) -> Fit:
        x0, y0, x1, y1 = bounds(self.solid)
        return self._mark(np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)]), None, 0.05)

    def _mark(self, points: Floats, sector: Sector | None, penalty: float) -> Fit:
        height, width = self.solid.shape
        shape = np.zeros_like(self._half)
        cv2.fillPoly(shape, [np.rint(points * 8).astype(np.int32)], 255, shift=4)
        inside = max(1, cv2.countNonZero(shape))
        shared = cv2.countNonZero(cv2.bitwise_and(shape, self._half))
        speckled = cv2.countNonZero(cv2.bitwise_and(shape, self._speckle))
        fill, out = shared / inside, 1 - shared / self._area
        cover, dense = speckled / self._speckled, speckled / inside
        edge = _edge(points, self._rim)
        x0, y0 = np.clip(points.min(axis=0), 0, (width, height))
        x1, y1 = np.clip(points.max(axis=0) + 1, 0, (width, height))
        score = (
            0.3 * fill
            + 0.45 * edge
            + 0.25 * min(1.0, dense / _DENSE_ENOUGH)
            - 2.0 * max(0.0, out - 0.01)
            - 0.8 * (1 - cover)
            - penalty
        )
        box = (float(x0), float(y0), float(x1), float(y1))
        return Fit(sector, box, fill, edge, out, cover, dense, score)


def bounds(solid: Mask) -> tuple[float, float, float, float]:
    """The blob's box (x0, y0, x1, y1), stray fringes left out."""
    columns = np.count_nonzero(solid, axis=0)
    rows = np.count_nonzero(solid, axis=1)
    wide = np.nonzero(columns > 0.04 * columns.max())[0]
    tall = np.nonzero(rows > 0.04 * rows.max())[0]
    return float(wide[0]), float(tall[0]), float(wide[-1]), float(tall[-1])


def _edge(points: Floats, rim: Mask) -> float:
    """Share of the outline that runs along the blob's edge; what the picture's border hides counts a part."""
    height, width = rim.shape
    closed = np.concatenate((points, points[:1]))
    knots = np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(closed, axis=0).T))))
    at = np.arange(0.0, knots[-1], 4.0)
    x, y = np.interp(at, knots, closed[:, 0]), np.interp(at, knots, closed[:, 1])
    inside = (x > 3) & (y > 3) & (x < width - 4) & (y < height - 4)
    count = int(np.count_nonzero(inside))
    columns, rows = np.rint(x[inside]).astype(np.intp), np.rint(y[inside]).astype(np.intp)
    drawn = float(np.count_nonzero(rim[rows, columns]))
    return (drawn + _UNSEEN * (len(at) - count)) / len(at)
