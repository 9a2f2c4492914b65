"""How large a picture may be: no file, whatever its header claims, takes more memory than is planned for."""

from __future__ import annotations

import cv2

from capture.frame import Pixels
from capture.source import UnreadableSourceError

MAX_PICTURE_PIXELS = 8192 * 4320
"""Largest picture that is decoded at all: 8K, 35 megapixels. Decoding one takes up to about 0.6 GB."""

MAX_FRAME_PIXELS = 4096 * 4096
"""Largest frame that is handed on; larger ones are shown smaller by a whole number."""

MAX_FILM_FRAME_BYTES = 128 * 2**20
"""Largest raw film frame: a decoder keeps up to about eight of them (8K 4:2:0 with 10 bits has 95 MiB)."""


def check_picture_size(name: str, width: int, height: int) -> None:
    """Refuse a picture before it is decoded.

    Raises:
        UnreadableSourceError: it is empty, or larger than `MAX_PICTURE_PIXELS`.
    """
    if width < 1 or height < 1:
        raise UnreadableSourceError(f"{name}: the picture has no size ({width} x {height})")
    if width * height > MAX_PICTURE_PIXELS:
        raise UnreadableSourceError(
            f"{name}: the picture is too large, {width} x {height} ({width * height / 1e6:.0f} megapixels); "
            f"the limit is {MAX_PICTURE_PIXELS / 1e6:.0f} megapixels"
        )


def reduction(width: int, height: int) -> int:
    """The whole number by which a picture of that size is shown smaller; 1 for all usual ones."""
    factor = 1
    while (width // factor) * (height // factor) > MAX_FRAME_PIXELS:
        factor += 1
    return factor


def reduction_warning(width: int, height: int) -> str | None:
    """What to tell people when a picture of that size is shown smaller, else None."""
    factor = reduction(width, height)
    if factor == 1:
        return None
    return f"{width} x {height} is shown at 1/{factor} of its size: {width // factor} x {height // factor}"


def reduced(pixels: Pixels) -> Pixels:
    """The picture, made smaller where it is larger than frames may be."""
    height, width = pixels.shape[:2]
    factor = reduction(width, height)
    if factor == 1:
        return pixels
    smaller = cv2.resize(pixels, (width // factor, height // factor), interpolation=cv2.INTER_AREA)
    return smaller.astype(pixels.dtype, copy=False)
