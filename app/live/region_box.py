"""Dragging the region's box by hand: pure, in frame pixels."""

from __future__ import annotations

from dataclasses import dataclass, replace

from capture.geometry import Box, Region

SMALLEST = 32
"""A region is at least this many pixels across: less is a slip of the hand."""


@dataclass(frozen=True, slots=True)
class Grip:
    """What of the box moves with the hand: -1 the left or upper edge, 1 the right or lower, 0 neither."""

    across: int
    down: int

    @property
    def whole(self) -> bool:
        """The box moves as one."""
        return self.across == 0 and self.down == 0


def grip_at(box: Box, x: float, y: float, reach: float) -> Grip | None:
    """The corner, edge or (inside) whole box at a point; corners before edges.

    Args:
        box: in frame pixels.
        x: of the point, frame pixels.
        y: of the point, frame pixels.
        reach: how far from an edge still counts; generous, for gloved hands.
    """
    if not (box.x0 - reach <= x <= box.x1 + reach and box.y0 - reach <= y <= box.y1 + reach):
        return None
    across = -1 if abs(x - box.x0) <= reach else 1 if abs(x - box.x1) <= reach else 0
    down = -1 if abs(y - box.y0) <= reach else 1 if abs(y - box.y1) <= reach else 0
    return Grip(across, down)


def dragged(box: Box, grip: Grip, dx: float, dy: float, width: int, height: int) -> Box:
    """The box after its grip moved by (dx, dy), inside a frame of width x height and never too small."""
    if grip.whole:
        left = min(max(round(box.x0 + dx), 0), width - box.width)
        top = min(max(round(box.y0 + dy), 0), height - box.height)
        return Box(left, top, left + box.width, top + box.height)
    x0, y0, x1, y1 = box.x0, box.y0, box.x1, box.y1
    if grip.across < 0:
        x0 = min(max(round(x0 + dx), 0), x1 - SMALLEST)
    elif grip.across > 0:
        x1 = max(min(round(x1 + dx), width), x0 + SMALLEST)
    if grip.down < 0:
        y0 = min(max(round(y0 + dy), 0), y1 - SMALLEST)
    elif grip.down > 0:
        y1 = max(min(round(y1 + dy), height), y0 + SMALLEST)
    return Box(max(0, x0), max(0, y0), min(width, x1), min(height, y1))


def by_hand(region: Region, box: Box) -> Region:
    """The region of that box: what was found of the fan belongs to the old box and goes."""
    return replace(region, box=box, sector=None, origin="manual")
