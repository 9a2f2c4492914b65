"""What of a frame is stored: the scan's box, black outside the scan, and its place in words."""

from __future__ import annotations

from typing import Any, get_args

import cv2
import numpy as np

from capture.frame import Pixels
from capture.geometry import Box, Region, RegionOrigin, Sector, SectorKind, region_mask

LARGEST_PX = 1e9
"""No frame is larger; the apex of an almost straight probe may be far away."""


def stored_box(region: Region) -> Box:
    """The part of the frame that is stored: the scan's box, of even size, which some encoders need.

    What is added lies outside of the scan and is black; only at the frame's own edge a line is left out.
    """
    box = region.box.clipped(region.frame_width, region.frame_height)
    x1 = box.x1 + box.width % 2
    y1 = box.y1 + box.height % 2
    x1 -= 2 * (x1 > region.frame_width)
    y1 -= 2 * (y1 > region.frame_height)
    return Box(box.x0, box.y0, max(x1, box.x0 + 1), max(y1, box.y0 + 1))


def sector_pixels(pixels: Pixels, region: Region) -> Pixels:
    """The scan alone: the stored box of a frame, black outside the scan; a copy.

    Raises:
        ValueError: the region belongs to frames of another size, or has no area.
    """
    height, width = pixels.shape[:2]
    if not region.fits(width, height) or region.box.area == 0:
        raise ValueError(
            f"expected a scan in a frame of {region.frame_width}x{region.frame_height}, got {width}x{height}"
        )
    box = stored_box(region)
    part = pixels[box.y0 : box.y1, box.x0 : box.x1]
    out = np.zeros_like(part)
    cv2.copyTo(part, region_mask(region)[box.y0 : box.y1, box.x0 : box.x1], out)
    return out


def region_words(region: Region) -> dict[str, Any]:
    """A region as JSON."""
    box, sector = region.box.clipped(region.frame_width, region.frame_height), region.sector
    return {
        "box": [box.x0, box.y0, box.x1, box.y1],
        "frame": [region.frame_width, region.frame_height],
        "origin": region.origin,
        "mm_per_px": region.mm_per_px,
        "mm_per_px_from": region.mm_per_px_from,
        "sector": None
        if sector is None
        else {
            "kind": sector.kind,
            "apex": [sector.apex_x, sector.apex_y],
            "radii_px": [sector.r0_px, sector.r1_px],
            "angles_rad": [sector.angle0_rad, sector.angle1_rad],
            "corners": [list(corner) for corner in sector.corners],
        },
    }


def region_from(words: dict[str, Any]) -> Region:
    """The region out of its JSON.

    Raises:
        ValueError: that is none.
    """
    try:
        shape = words["sector"]
        sector = None
        if shape is not None:
            if shape["kind"] not in get_args(SectorKind):
                raise ValueError("expected the kind of a sector")
            corners = tuple((_px(x), _px(y)) for x, y in shape["corners"])
            apex_x, apex_y = map(_px, shape["apex"])
            r0_px, r1_px = map(_px, shape["radii_px"])
            angle0_rad, angle1_rad = map(_px, shape["angles_rad"])
            sector = Sector(shape["kind"], apex_x, apex_y, r0_px, r1_px, angle0_rad, angle1_rad, corners)
        x0, y0, x1, y1 = (int(_px(edge)) for edge in words["box"])
        width, height = (int(_px(side)) for side in words["frame"])
        origin, scale, scale_from = words["origin"], words["mm_per_px"], words["mm_per_px_from"]
        if origin not in get_args(RegionOrigin) or not isinstance(scale_from, str | None):
            raise ValueError("expected where the region came from")
        scale = None if scale is None else _px(scale)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ValueError("expected a region, got something else") from error
    if not (0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height):
        raise ValueError("expected a region inside its frame")
    return Region(Box(x0, y0, x1, y1), width, height, sector, origin, scale, scale_from)


def _px(value: Any) -> float:
    """A finite number that pixels and angles may have."""
    found = float(value)
    if not abs(found) <= LARGEST_PX:
        raise ValueError("expected a number of pixels")
    return found


def cropped_region(region: Region) -> Region:
    """The same scan in coordinates of its own box, which is what is stored."""
    box, stored = region.box.clipped(region.frame_width, region.frame_height), stored_box(region)
    sector = region.sector
    if sector is not None:
        corners = tuple((x - box.x0, y - box.y0) for x, y in sector.corners)
        sector = Sector(
            sector.kind, sector.apex_x - box.x0, sector.apex_y - box.y0, sector.r0_px, sector.r1_px,
            sector.angle0_rad, sector.angle1_rad, corners,
        )  # fmt: skip
    inner = Box(0, 0, box.width, box.height).clipped(stored.width, stored.height)
    return Region(
        inner, stored.width, stored.height, sector, region.origin, region.mm_per_px, region.mm_per_px_from
    )
