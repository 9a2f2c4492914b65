"""Finding the scan in one or several frames, and saying why where none is found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2

from capture.frame import Pixels
from capture.geometry import Box, Region, Sector
from capture.region.blobs import blobs, levels_of_black, speckle_of
from capture.region.evidence import Evidence, Mask, look, pool
from capture.region.furniture import on_a_page, panels, separate_parts
from capture.region.marks import Fit
from capture.region.shapes import best_fit

_LEAST_SCORE = 0.45
_CLEAR_SCORE = 0.9
"""No other level of brightness will tell it much better."""
_LEAST_SHARE = 0.1
"""A scan smaller than this part of the picture is an inset of a page or a thumbnail, not a live scan."""
_LEAST_DENSE_WHOLE = 0.4
"""A picture that is all scan is speckle nearly everywhere; else its border was taken for the scan's."""
_MOST_COLOURED = 0.5
_MOST_PANELS = 2
"""Two fields side by side are one scan; more panels are a page of pictures."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Where the scan is, or the whole picture and why."""

    region: Region
    score: float
    """0-1; how well outline, filling and texture agree."""
    reason: str | None = None
    """Why no sector was found, in words for the user; None where one was."""

    @property
    def found(self) -> bool:
        return self.reason is None


def find(frames: Sequence[Pixels], claimed: Box | None = None) -> Finding:
    """The scan in frames of one size, uint8 (h, w) or (h, w, 3) RGB; several frames tell more than one.

    `claimed` is what a file's header says; it is used only where nothing is found and it proves plausible.

    Raises:
        ValueError: no frames, or frames of different sizes.
    """
    return find_in(pool(look(pixels) for pixels in frames), claimed)


def find_in(evidence: Evidence, claimed: Box | None = None) -> Finding:
    """As `find`, from evidence already pooled."""
    whole = Region.whole(evidence.width, evidence.height)
    if min(evidence.shape) < 24:
        return Finding(whole, 0.0, "no sector found: the picture is too small")
    speckle = speckle_of(evidence)
    best: Fit | None = None
    why = "nothing in it looks like a scan"
    for blob in blobs(evidence, speckle):
        fit = best_fit(blob, speckle, evidence.grey, levels_of_black(evidence)[0])
        refused = _refused(fit, evidence)
        if refused is not None:
            why = refused if fit.score >= _LEAST_SCORE else why
        elif best is None or fit.score > best.score:
            best = fit
            if best.score >= _CLEAR_SCORE:
                break
    if best is None or best.score < _LEAST_SCORE:
        header = _claimed_region(claimed, evidence, speckle)
        if header is not None:
            return Finding(header, 0.0)
        return Finding(whole, 0.0, f"no sector found: {why}")
    divided = panels(evidence.grey, evidence.coloured, best.box)
    if (
        separate_parts(speckle) > _MOST_PANELS
        or divided.paper
        or divided.columns * divided.rows > _MOST_PANELS
    ):
        return Finding(whole, 0.0, "no sector found: the picture shows several panels")
    return Finding(_region_of(best, evidence), min(1.0, best.score))


def _refused(fit: Fit, evidence: Evidence) -> str | None:
    """Why a shape that fits is no scan all the same, or None."""
    height, width = evidence.shape
    x0, y0, x1, y1 = fit.box
    share = (x1 - x0) * (y1 - y0) / (width * height)
    if share < _LEAST_SHARE:
        return "the only scan in it is smaller than a tenth of the picture"
    fan = fit.sector is not None and not fit.sector.corners
    if share > 0.85 and fit.dense < _LEAST_DENSE_WHOLE and not fan:
        return "nothing in it stands out from the background"
    if on_a_page(evidence.grey, fit.box):
        return "what looks like a scan is a figure on a page"
    inside = evidence.coloured[int(y0) : int(y1), int(x0) : int(x1)]
    if inside.size and float(inside.mean()) > _MOST_COLOURED:
        return "it is mostly coloured"
    return None


def _region_of(fit: Fit, evidence: Evidence) -> Region:
    """A fit brought to displayed pixels."""
    full = 1 / evidence.scale
    x0, y0, x1, y1 = (round(v * full) for v in fit.box)
    box = Box(x0, y0, x1, y1).clipped(evidence.width, evidence.height)
    sector = fit.sector
    if sector is not None:
        sector = Sector(
            sector.kind,
            sector.apex_x * full,
            sector.apex_y * full,
            sector.r0_px * full,
            sector.r1_px * full,
            sector.angle0_rad,
            sector.angle1_rad,
            tuple((x * full, y * full) for x, y in sector.corners),
        )
    return Region(box, evidence.width, evidence.height, sector)


def _claimed_region(claimed: Box | None, evidence: Evidence, speckle: Mask) -> Region | None:
    """A header's box where it proves plausible: in the picture, not all of it, full of scan.

    Headers often span the whole frame, or are stale after a resize.
    """
    if claimed is None or claimed.clipped(evidence.width, evidence.height) != claimed:
        return None
    share = claimed.area / (evidence.width * evidence.height)
    if not _LEAST_SHARE <= share <= 0.9:
        return None
    x0, y0, x1, y1 = (round(v * evidence.scale) for v in (claimed.x0, claimed.y0, claimed.x1, claimed.y1))
    inside = cv2.countNonZero(speckle[y0:y1, x0:x1])
    if inside < 0.9 * max(1, cv2.countNonZero(speckle)) or inside < 0.3 * (x1 - x0) * (y1 - y0):
        return None
    return Region(claimed, evidence.width, evidence.height, None, "dicom")
