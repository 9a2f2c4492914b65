"""One picture as it came from a source."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One displayed picture, shared read-only between threads.

    `pixels` is uint8, C-contiguous and not writeable: (h, w) grey or (h, w, 3) RGB, full range 0-255,
    already rotated and de-interlaced to what a person is meant to see. A source may mix grey and RGB
    frames, and sizes, in one stream.
    """

    index: int
    """Position in the source, from 0. For live sources a jump means lost frames."""
    captured_ns: int
    """`time.monotonic_ns()` at which the frame arrived (live) or was due (paced file)."""
    pixels: Pixels
    media_s: float | None = None
    """Time in the recording, seconds from its first frame; None for live sources."""
    mm_per_px: float | None = None
    """Size of a pixel in mm where the source knows it (square pixels), else None."""

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])


def make_frame(
    index: int,
    captured_ns: int,
    pixels: Pixels,
    media_s: float | None = None,
    mm_per_px: float | None = None,
) -> Frame:
    """A frame whose pixels are contiguous and read-only; copies only when it has to.

    The caller gives the array away: nobody may write to it afterwards.

    Raises:
        ValueError: the array is not uint8 of shape (h, w) or (h, w, 3).
    """
    if pixels.dtype != np.uint8 or pixels.ndim not in (2, 3) or (pixels.ndim == 3 and pixels.shape[2] != 3):
        raise ValueError(f"expected uint8 (h, w) or (h, w, 3), got {pixels.dtype} {pixels.shape}")
    owned = np.ascontiguousarray(pixels)
    owned.flags.writeable = False
    return Frame(index, captured_ns, owned, media_s, mm_per_px)
