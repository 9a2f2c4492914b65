"""Scale and scan area that a DICOM header claims (PS3.3 C.8.5.5, US Region Calibration), doubted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydicom.sequence import Sequence

from capture.dicom_header import DicomHeader
from capture.geometry import Box

_CENTIMETRES = 3
"""PhysicalUnitsXDirection and -YDirection: cm (C.8.5.5.1.15)."""
_TWO_D = 1
"""RegionSpatialFormat: 2D, tissue or flow (C.8.5.5.1.1)."""
_PLAUSIBLE_MM = (0.002, 2.0)
_SLACK_PX = 2
"""Writers differ in whether the last column counts; that much over the edge is clipped."""


@dataclass(frozen=True, slots=True)
class Claims:
    mm_per_px: float | None = None
    region: Box | None = None
    warnings: tuple[str, ...] = ()


def read_claims(header: DicomHeader) -> Claims:
    """What can be kept of the header's ultrasound regions.

    A region that leaves the stored picture was written for another size: it and its scale are dropped.
    """
    width, height = int(header.dataset.Columns), int(header.dataset.Rows)
    boxes: list[Box] = []
    scales: list[float] = []
    dropped: list[Box] = []
    for item in _regions(header):
        box = _box(item)
        if box is None or item.get("RegionSpatialFormat") != _TWO_D:
            continue
        inside = box.clipped(width, height)
        over = max(-box.x0, -box.y0, box.x1 - width, box.y1 - height)
        if over > _SLACK_PX or inside.width < 2 or inside.height < 2:
            dropped.append(box)
            continue
        boxes.append(inside)
        scales.append(_mm_per_px(item))
    warnings = [
        f"the DICOM region {box.x0},{box.y0} to {box.x1},{box.y1} lies outside "
        f"the {width} x {height} picture: it and its scale are not used"
        for box in dropped[:1]
    ]
    known = [scale for scale in scales if scale]
    scale = known[0] if known and max(known) <= 1.01 * min(known) else None
    if known and scale is None:
        warnings.append("the DICOM regions differ in scale: no scale is used")
    return Claims(scale, _around(boxes), tuple(warnings))


def _regions(header: DicomHeader) -> list[Any]:
    sequence: Any = header.dataset.get("SequenceOfUltrasoundRegions")
    return list(sequence) if isinstance(sequence, Sequence) else []


def _box(item: Any) -> Box | None:
    """The region's rectangle; the header's last column and row are inside it."""
    try:
        x0, y0 = int(item.RegionLocationMinX0), int(item.RegionLocationMinY0)
        x1, y1 = int(item.RegionLocationMaxX1), int(item.RegionLocationMaxY1)
    except (AttributeError, TypeError, ValueError):
        return None
    return Box(x0, y0, x1 + 1, y1 + 1)


def _mm_per_px(item: Any) -> float:
    """The size of a pixel; 0 where it is unknown, not square or beyond belief."""
    try:
        units = int(item.PhysicalUnitsXDirection), int(item.PhysicalUnitsYDirection)
        across, down = abs(float(item.PhysicalDeltaX)) * 10, abs(float(item.PhysicalDeltaY)) * 10
    except (AttributeError, TypeError, ValueError):
        return 0.0
    plausible = _PLAUSIBLE_MM[0] <= across <= _PLAUSIBLE_MM[1] and abs(across - down) <= 0.01 * across
    return across if units == (_CENTIMETRES, _CENTIMETRES) and plausible else 0.0


def _around(boxes: list[Box]) -> Box | None:
    """One box around all scan areas, for machines that show two side by side."""
    if not boxes:
        return None
    return Box(
        min(box.x0 for box in boxes),
        min(box.y0 for box in boxes),
        max(box.x1 for box in boxes),
        max(box.y1 for box in boxes),
    )
