"""When the frames of a DICOM cine are due (PS3.3 C.7.6.5, Cine Module)."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

from pydicom.tag import Tag

from capture.dicom_header import DicomHeader
from capture.timing import ASSUMED_FPS, even_times

_FRAME_TIME_VECTOR = Tag("FrameTimeVector")
_PLAUSIBLE_MS = (0.5, 20_000.0)


def frame_times(header: DicomHeader, count: int) -> tuple[tuple[float, ...], str | None]:
    """Times of `count` frames, seconds from the first, and a warning where they had to be assumed.

    Taken from FrameTimeVector where the header points to it, FrameTime, FrameTimeVector, CineRate,
    RecommendedDisplayFrameRate, in this order: what was measured goes before what is recommended.
    """
    if count <= 1:
        return (0.0,) * count, None
    vector = _vector(header, count)
    points_to: Any = header.dataset.get("FrameIncrementPointer")
    if vector and points_to == _FRAME_TIME_VECTOR:
        return vector, None
    interval_ms = header.number("FrameTime")
    if _PLAUSIBLE_MS[0] <= interval_ms <= _PLAUSIBLE_MS[1]:
        return even_times(count, interval_ms / 1000), None
    if vector:
        return vector, None
    for keyword in ("CineRate", "RecommendedDisplayFrameRate"):
        rate = header.number(keyword)
        if rate > 0 and _PLAUSIBLE_MS[0] <= 1000 / rate <= _PLAUSIBLE_MS[1]:
            return even_times(count, 1 / rate), None
    return (
        even_times(count, 1 / ASSUMED_FPS),
        f"the DICOM file tells no frame rate: {ASSUMED_FPS:g} frames a second assumed",
    )


def _vector(header: DicomHeader, count: int) -> tuple[float, ...] | None:
    """Times from the increments, ms, of which the first is 0; None where there are too few or bad ones."""
    values: Any = header.dataset.get("FrameTimeVector")
    try:
        steps_ms = [float(value) for value in values][1:count]
    except (TypeError, ValueError):
        return None
    if len(steps_ms) != count - 1 or not all(0 < step <= _PLAUSIBLE_MS[1] for step in steps_ms):
        return None
    return (0.0, *accumulate(step / 1000 for step in steps_ms))
