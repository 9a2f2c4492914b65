"""Straight sides and arcs of a blob, found by votes of its outline."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.region.evidence import Mask

Floats = NDArray[np.float64]

UP, DOWN, LEFT, RIGHT = -math.pi / 2, math.pi / 2, math.pi, 0.0
"""Directions of an outward normal, atan2(dy, dx)."""

_SPREAD_DEG = 9
"""A point votes for lines whose normal is this near to its own: an outline in speckle is ragged."""
_BIN_PX = 1.5
BORDER_PX = 2
"""Outline this near to the picture's border says where the picture ends, not where the scan does."""
_MOST_POINTS = 600
"""Enough of an outline to vote; more only costs time."""


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """Points of a blob's outline with their outward normals; the picture's own border left out."""

    x: Floats
    y: Floats
    normal_rad: Floats


@dataclass(frozen=True, slots=True)
class Line:
    """The points with cos(n) x + sin(n) y = rho; the blob lies on the side of smaller values."""

    normal_rad: float
    rho: float
    votes: float

    def meets(self, other: Line) -> tuple[float, float] | None:
        """Where two lines cross, (x, y), or None where they are as good as parallel."""
        across = math.sin(other.normal_rad - self.normal_rad)
        if abs(across) < 1e-3:
            return None
        x = (self.rho * math.sin(other.normal_rad) - other.rho * math.sin(self.normal_rad)) / across
        y = (other.rho * math.cos(self.normal_rad) - self.rho * math.cos(other.normal_rad)) / across
        return x, y

    @property
    def tilt_deg(self) -> float:
        """How far a left or right side leans outward going down; 0 upright."""
        return math.degrees(math.asin(max(-1.0, min(1.0, -math.sin(self.normal_rad)))))


def outline_of(solid: Mask, contours: Sequence[NDArray[np.int32]]) -> Outline:
    """The outline of a uint8 mask (0, 255) from its outer contours, every point of them."""
    height, width = solid.shape
    points = np.concatenate([c[:, 0, :] for c in contours]) if contours else np.zeros((0, 2), np.int32)
    x, y = points[:, 0], points[:, 1]
    inner = (x >= BORDER_PX) & (y >= BORDER_PX) & (x < width - BORDER_PX) & (y < height - BORDER_PX)
    x, y = x[inner], y[inner]
    every = -(-len(x) // _MOST_POINTS) or 1
    x, y = x[::every], y[::every]
    soft = cv2.GaussianBlur(solid, (13, 13), 3.0)
    slope_x = cv2.Sobel(soft, cv2.CV_16S, 1, 0)[y, x]
    slope_y = cv2.Sobel(soft, cv2.CV_16S, 0, 1)[y, x]
    normal = np.arctan2(-slope_y.astype(np.float64), -slope_x.astype(np.float64))
    return Outline(x.astype(np.float64), y.astype(np.float64), normal)


class Votes:
    """The outline's votes for every straight line, by normal (whole degrees) and distance."""

    def __init__(self, outline: Outline) -> None:
        self._outline = outline
        reach = float(np.hypot(outline.x, outline.y).max()) if len(outline.x) else 0.0
        self._offset = reach
        self._columns = int(2 * reach / _BIN_PX) + 3
        own = np.rint(np.degrees(outline.normal_rad)).astype(np.int64)
        turns = np.arange(-_SPREAD_DEG, _SPREAD_DEG + 1)
        degrees = (own[None, :] + turns[:, None]) % 360
        angle = np.radians(np.arange(360))
        rho = np.cos(angle)[degrees] * outline.x + np.sin(angle)[degrees] * outline.y
        bins = ((rho + reach) / _BIN_PX).astype(np.int64)
        counts = np.bincount((degrees * self._columns + bins).ravel(), minlength=360 * self._columns)
        votes = counts.reshape(360, self._columns).astype(np.float64)
        votes[:, 1:] += 0.5 * votes[:, :-1].copy()
        self._votes = votes

    def facing(self, facing_rad: float, within_deg: int, keep: int) -> list[Line]:
        """The strongest straight sides whose outward normal lies within `within_deg` of `facing_rad`."""
        centre = round(math.degrees(facing_rad))
        degrees = np.arange(centre - within_deg, centre + within_deg + 1)
        votes = self._votes[degrees % 360].copy()
        found: list[Line] = []
        for _ in range(keep if votes.size else 0):
            row, column = (int(i) for i in np.unravel_index(int(votes.argmax()), votes.shape))
            count = float(votes[row, column])
            if count < 8 or (found and count < 0.25 * found[0].votes):
                break
            rho = (column + 0.25) * _BIN_PX - self._offset
            found.append(_refined(self._outline, math.radians(float(degrees[row])), rho, count))
            votes[max(0, row - 6) : row + 7, max(0, column - 6) : column + 7] = 0
        return found


def arcs_about(
    outline: Outline, apex: tuple[float, float], outward: bool, keep: int
) -> list[tuple[float, float]]:
    """(radius, votes) of the strongest arcs about `apex`: the far rim (`outward`) or the near one."""
    radius, facing = _polar(outline, np.array([apex[0]]), np.array([apex[1]]), outward)
    radius, facing = radius[0], facing[0]
    if not facing.any():
        return []
    votes = np.bincount((radius[facing] / _BIN_PX).astype(np.int64)).astype(np.float64)
    votes[1:] += 0.5 * votes[:-1].copy()
    found: list[tuple[float, float]] = []
    for _ in range(keep):
        at = int(votes.argmax())
        if votes[at] < 6 or (found and votes[at] < 0.3 * found[0][1]):
            break
        near = facing & (np.abs(radius - (at + 0.3) * _BIN_PX) <= 2 * _BIN_PX)
        found.append((float(radius[near].mean()), float(votes[at])))
        votes[max(0, at - 5) : at + 6] = 0
    return found


def best_centre(outline: Outline, xs: Floats, ys: Floats) -> int | None:
    """Which of the points (xs, ys) the far rim is most nearly an arc about; None where it is about none."""
    every = 1 + len(outline.x) // 400
    thin = Outline(outline.x[::every], outline.y[::every], outline.normal_rad[::every])
    radius, facing = _polar(thin, xs, ys, True)
    bins = (radius / _BIN_PX).astype(np.int64)
    columns = int(bins.max()) + 1 if bins.size else 1
    flat = bins + np.arange(len(xs))[:, None] * columns
    votes = np.bincount(flat[facing], minlength=len(xs) * columns).reshape(len(xs), columns)
    peaks = (votes[:, 1:] + votes[:, :-1]).max(axis=1) if columns > 1 else votes.max(axis=1)
    at = int(peaks.argmax())
    return at if peaks[at] * every >= 12 else None


def _polar(outline: Outline, xs: Floats, ys: Floats, outward: bool) -> tuple[Floats, NDArray[np.bool_]]:
    """Distance of every outline point from every centre, and whether it faces away from (or to) it."""
    dx, dy = outline.x - xs[:, None], outline.y - ys[:, None]
    radius = np.hypot(dx, dy)
    along = dx * np.cos(outline.normal_rad) + dy * np.sin(outline.normal_rad)
    limit = math.cos(math.radians(16)) * radius
    return radius, (along >= limit) if outward else (along <= -limit)


def _refined(outline: Outline, normal_rad: float, rho: float, votes: float) -> Line:
    """A line through its voters by least squares, twice, the far ones dropped."""
    for reach in (3.0, 1.8):
        distance = np.cos(normal_rad) * outline.x + np.sin(normal_rad) * outline.y - rho
        facing = np.cos(outline.normal_rad - normal_rad) >= math.cos(math.radians(2 * _SPREAD_DEG))
        near = (np.abs(distance) <= reach) & facing
        if int(near.sum()) < 6:
            break
        x, y = outline.x[near], outline.y[near]
        cx, cy = float(x.mean()), float(y.mean())
        x, y = x - cx, y - cy
        along = 0.5 * math.atan2(2 * float((x * y).mean()), float((x * x).mean() - (y * y).mean()))
        across = along + math.pi / 2
        if math.cos(across - normal_rad) < 0:
            across += math.pi
        normal_rad, rho = across, math.cos(across) * cx + math.sin(across) * cy
    return Line(normal_rad, rho, votes)
