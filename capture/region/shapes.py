"""Candidate sectors for a blob, and the best of them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from capture.geometry import Sector, SectorKind
from capture.region.evidence import Mask, Plane
from capture.region.lines import DOWN, LEFT, RIGHT, UP, Floats, Line, Outline, Votes, arcs_about, best_centre
from capture.region.marks import Fit, Judge, bounds

_GOOD = 0.85
"""A blob that a shape explains so well has no side in shadow."""
_DRAWN = 0.6
"""Share of a rectangle's outline that must show before it is carried on: else it only stands in for a fan."""
_FLAT_DEG = 2.5
"""Sides this near to upright belong to a rectangle."""
_LEANING_DEG = 25
"""A trapezoid's sides lean no further."""
_CUT, _CUT_BOTTOM = 0.12, 0.3
"""Share of a fan's height (width) over which its side (top) must be straight to be a cut. The bottom needs
more: an arc's lowest part is nearly level over 15 % of its chord, a near rim is highest at its corners."""
_INWARD_DEG = 11
_STEEPEST_DEG = 75
_PHASED = 0.08
"""A near rim of less than this share of the far one belongs to a phased array."""
_BLIND = 0.25
_HARD_RIM = 0.2
"""Rise of the mean grey across a true near rim, of the profile's whole height; a fade rises by less."""


def best_fit(blob: Mask, speckle: Mask, grey: Plane, black: float) -> Fit:
    """The candidate that explains one blob best.

    `blob` and `speckle` (what looks like scan anywhere) are uint8 masks, 0 or 255.
    """
    judge = Judge(blob, speckle)
    best = judge.mark_box()
    if len(judge.outline.x):
        sides = _Sides(judge)
        best = max((best, *map(judge.mark, _plain(judge, sides, grey))), key=_score)
        if best.score < _GOOD:
            best = max((best, *map(judge.mark, _mirrored(judge, sides, grey))), key=_score)
    if best.sector is not None and best.sector.kind == "linear" and best.edge >= _DRAWN:
        return judge.mark(continued(best.sector, grey, black))
    return replace(best, box=cut(best.box, judge.solid, grey))


def cut(
    box: tuple[float, float, float, float], solid: Mask, grey: Plane
) -> tuple[float, float, float, float]:
    """A fan's box, brought back where the screen's viewport cuts the fan off in a straight line."""
    x0, y0, x1, y1 = bounds(solid)
    slack_x, slack_y = 0.02 * (box[2] - box[0]), 0.02 * (box[3] - box[1])
    # Each side is looked at as the left one of the picture turned until it is.
    return (
        x0 if x0 > box[0] + slack_x and _cut_left(solid, grey, x0, _CUT) else box[0],
        y0 if y0 > box[1] + slack_y and _cut_left(solid.T, grey.T, y0, _CUT) else box[1],
        x1 + 1
        if x1 < box[2] - slack_x and _cut_left(solid[:, ::-1], grey[:, ::-1], solid.shape[1] - 1 - x1, _CUT)
        else box[2],
        y1 + 1
        if y1 < box[3] - slack_y
        and _cut_left(solid[::-1].T, grey[::-1].T, solid.shape[0] - 1 - y1, _CUT_BOTTOM)
        else box[3],
    )


def _cut_left(solid: Mask, grey: Plane, at: float, share: float) -> bool:
    """Whether a blob ends at a column in a straight line and at once: a shadow's edge is soft."""
    rows = np.nonzero(solid.any(axis=1))[0]
    run = rows[np.abs(solid.argmax(axis=1)[rows] - at) <= 2]
    if len(run) <= share * len(rows):
        return False
    inside = float(grey[run, int(at) + 2 : int(at) + 5].mean())
    outside = float(grey[run, max(0, int(at) - 5) : max(1, int(at) - 2)].mean())
    return inside - outside > 0.4 * float(grey[solid > 0].mean() - outside)


def continued(sector: Sector, grey: Plane, black: float) -> Sector:
    """A rectangle carried on, up and down, to rows lit over its very width and nowhere beside it.

    A cyst or an empty near field may leave a few lines of reverberation alone at the probe's face.
    """
    (x0, y0), _, (x1, y1), _ = sector.corners
    left, right = round(x0), round(x1)
    lit = grey > black + 4
    inside = lit[:, max(0, left + 3) : max(1, right - 2)].mean(axis=1)
    flanks = (lit[:, max(0, left - 10) : max(0, left - 3)], lit[:, right + 4 : right + 11])
    # One clean flank is enough: a marker or a scale may stand on the other; a banner lights both.
    beside = np.min([f.mean(axis=1) if f.shape[1] else np.ones(len(inside)) for f in flanks], axis=0)
    full = np.nonzero((inside > 0.85) & (beside < 0.15))[0]
    if len(full):
        y0, y1 = min(y0, float(full[0])), max(y1, float(full[-1]))
    return Sector("linear", corners=((x0, y0), (x1, y0), (x1, y1), (x0, y1)))


def _score(fit: Fit) -> float:
    return fit.score


class _Sides:
    """The straight sides of a blob's outline, strongest first."""

    def __init__(self, judge: Judge) -> None:
        self.votes = Votes(judge.outline)
        # From leaning a little inward to the widest fan; what faces further down is the far rim.
        within = (_STEEPEST_DEG + _INWARD_DEG) // 2
        middle = math.radians(_STEEPEST_DEG - within)
        self.lefts = self.votes.facing(LEFT + middle, within, 3)
        self.rights = self.votes.facing(RIGHT - middle, within, 3)


def _plain(judge: Judge, sides: _Sides, grey: Plane) -> Iterator[Sector]:
    """Quadrangles, and fans between two sides that the picture shows."""
    yield from _quads(judge.solid, sides)
    for left in sides.lefts[:2]:
        for right in sides.rights[:2]:
            if left.tilt_deg >= 4 and right.tilt_deg >= 4:
                apex = left.meets(right)
                if apex is not None:
                    yield from _fans(judge, grey, apex, -left.tilt_deg, right.tilt_deg)


def _mirrored(judge: Judge, sides: _Sides, grey: Plane) -> Iterator[Sector]:
    """One side in shadow: fans of the other and its mirror image, the far rim an arc about the apex."""
    for side in (*sides.lefts[:1], *sides.rights[:1]):
        if side.tilt_deg >= 12:
            apex = _apex_along(side, judge.outline, judge.solid.shape[0])
            if apex is not None:
                yield from _fans(judge, grey, apex, -side.tilt_deg, side.tilt_deg)


def _quads(solid: Mask, sides: _Sides) -> Iterator[Sector]:
    x0, y0, x1, y1 = bounds(solid)
    # Where a side shows no straight run, the blob's own bound (often the picture's border) stands in.
    lefts = _with([s for s in sides.lefts if abs(s.tilt_deg) <= _LEANING_DEG][:2], Line(LEFT, -x0, 0))
    rights = _with([s for s in sides.rights if abs(s.tilt_deg) <= _LEANING_DEG][:2], Line(RIGHT, x1, 0))
    tops = _with(sides.votes.facing(UP, 4, 1), Line(UP, -y0, 0))
    bottoms = _with(sides.votes.facing(DOWN, 4, 1), Line(DOWN, y1, 0))
    for left in lefts:
        for right in rights:
            for top in tops:
                for bottom in bottoms:
                    quad = _quad(left, right, top, bottom)
                    if quad is not None:
                        yield quad


def _with(sides: list[Line], bound: Line) -> list[Line]:
    """The sides, and the bound unless one of them runs along it."""
    along = (
        math.cos(side.normal_rad - bound.normal_rad) > math.cos(math.radians(_FLAT_DEG))
        and abs(side.rho - bound.rho) < 3
        for side in sides
    )
    return sides if any(along) else [*sides, bound]


def _quad(left: Line, right: Line, top: Line, bottom: Line) -> Sector | None:
    met = [left.meets(top), right.meets(top), right.meets(bottom), left.meets(bottom)]
    a, b, c, d = met
    if a is None or b is None or c is None or d is None:
        return None
    if b[0] - a[0] < 8 or c[0] - d[0] < 8 or d[1] - a[1] < 8 or c[1] - b[1] < 8:
        return None
    if abs(left.tilt_deg) > _FLAT_DEG or abs(right.tilt_deg) > _FLAT_DEG:
        return Sector("trapezoid", corners=(a, b, c, d))
    x0, x1, y0, y1 = (a[0] + d[0]) / 2, (b[0] + c[0]) / 2, (a[1] + b[1]) / 2, (c[1] + d[1]) / 2
    return Sector("linear", corners=((x0, y0), (x1, y0), (x1, y1), (x0, y1)))


def _fans(
    judge: Judge, grey: Plane, apex: tuple[float, float], from_deg: float, to_deg: float
) -> Iterator[Sector]:
    ys, xs = np.nonzero(judge.solid[::6, ::6])
    across, down = xs * 6 - apex[0], ys * 6 - apex[1]
    angle = np.degrees(np.arctan2(across, down))
    radius = np.sort(np.hypot(across, down)[(angle >= from_deg) & (angle <= to_deg)])
    if len(radius) < 20:
        return
    outer = [r for r, _ in arcs_about(judge.outline, apex, True, 2)]
    outer = _apart([*outer, float(radius[-1 - len(radius) // 500])])
    inner = [r for r, _ in arcs_about(judge.outline, apex, False, 1)]
    inner = _apart([*inner, float(radius[len(radius) // 500])])
    profile = _profile(grey, apex, outer[0], from_deg, to_deg)
    first = _first_light(profile)
    for r1 in outer:
        tops = {first if apex[1] >= 0 and _fades(profile, r0) else r0 for r0 in inner}
        for r0 in sorted(tops):
            if r0 <= 0.9 * r1 and r1 - r0 >= 12:
                kind: SectorKind = "phased" if r0 < _PHASED * r1 else "convex"
                yield Sector(kind, apex[0], apex[1], r0, r1, math.radians(from_deg), math.radians(to_deg))


def _apart(radii: list[float]) -> list[float]:
    """The radii, without those that nearly repeat an earlier one."""
    kept: list[float] = []
    for radius in radii:
        if all(abs(radius - other) > 2 for other in kept):
            kept.append(radius)
    return kept


def _profile(grey: Plane, apex: tuple[float, float], r1: float, from_deg: float, to_deg: float) -> Floats:
    """Mean grey at every whole radius about an apex, between two angles; NaN where all is off the picture."""
    height, width = grey.shape
    angles = np.radians(np.linspace(from_deg, to_deg, 26)[1:-1])
    radii = np.arange(0.0, max(2.0, r1), 1.0)
    x = np.rint(apex[0] + radii[:, None] * np.sin(angles)).astype(np.intp)
    y = np.rint(apex[1] + radii[:, None] * np.cos(angles)).astype(np.intp)
    seen = (x >= 0) & (y >= 0) & (x < width) & (y < height)
    values = grey[np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)] * seen
    count = seen.sum(axis=1)
    return np.where(count > 0, values.sum(axis=1) / np.maximum(count, 1), np.nan)


def _first_light(profile: Floats) -> float:
    """The radius at which anything shows; 0 where the near field is all black and tells nothing."""
    if np.isnan(profile).all():
        return 0.0
    first = int(np.argmax(profile > np.nanmin(profile) + 1.0))
    return float(first) if first < _BLIND * len(profile) else 0.0


def _fades(profile: Floats, r0: float) -> bool:
    """Whether the near rim is only where the picture sinks into black: then it is not the probe's face."""
    at = int(r0)
    before, after = profile[max(0, at - 5) : max(1, at - 1)], profile[at + 2 : at + 7]
    before, after, known = (part[~np.isnan(part)] for part in (before, after, profile))
    if not len(before) or not len(after):
        return False
    return bool(after.mean() - before.mean() < _HARD_RIM * (known.max() - known.min()))


def _apex_along(side: Line, outline: Outline, height: int) -> tuple[float, float] | None:
    """The point on a side, above the blob's middle, about which the far rim is most nearly an arc."""
    across, down = math.cos(side.normal_rad), math.sin(side.normal_rad)
    ys = np.arange(-1.2 * height, float(np.median(outline.y)), 6.0)
    if abs(across) < 0.05 or not len(ys):
        return None
    xs = (side.rho - down * ys) / across
    at = best_centre(outline, xs, ys)
    return None if at is None else (float(xs[at]), float(ys[at]))
