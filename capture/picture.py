"""One picture file to displayed pixels: PNG, JPEG, BMP, TIFF, WebP, JPEG 2000, portable maps."""

from __future__ import annotations

import struct
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from capture.decode import over_black
from capture.frame import Pixels
from capture.limits import MAX_PICTURE_PIXELS, check_picture_size, reduced, reduction_warning
from capture.source import UnreadableSourceError

# For the whole process, and so for the pictures inside DICOM files, too.
Image.MAX_IMAGE_PIXELS = MAX_PICTURE_PIXELS
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)
warnings.filterwarnings("ignore", category=UserWarning, module="PIL")  # broken EXIF: the picture tells

_FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "WEBP", "JPEG2000", "PPM")

_DAMAGE = (OSError, SyntaxError, ValueError, EOFError, IndexError, struct.error, Image.DecompressionBombError)
"""What Pillow raises for damaged pictures (SyntaxError: broken chunks)."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    pixels: Pixels
    format: str
    """Pillow's name of the file format in lower case: 'png', 'jpeg'."""
    warnings: tuple[str, ...]


def read_picture(path: Path) -> Picture:
    """Decode a picture file.

    Raises:
        UnreadableSourceError: no picture, damaged, or larger than `MAX_PICTURE_PIXELS`.
    """
    try:
        with Image.open(path, formats=_FORMATS) as image:
            check_picture_size(path.name, image.width, image.height)
            pages = getattr(image, "n_frames", 1)
            ImageOps.exif_transpose(image, in_place=True)
            pixels, notes = _eight_bits(image)
            if pages > 1:
                notes.append(f"only the first of {pages} pages is shown")
            note = reduction_warning(pixels.shape[1], pixels.shape[0])
            if note:
                notes.append(note)
            return Picture(reduced(pixels), (image.format or "picture").lower(), tuple(notes))
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise UnreadableSourceError(
            f"{path.name}: the picture is too large; the limit is {MAX_PICTURE_PIXELS / 1e6:.0f} megapixels"
        ) from error
    except MemoryError as error:
        raise UnreadableSourceError(f"{path.name}: the picture is too large for the memory") from error
    except _DAMAGE as error:
        raise UnreadableSourceError(f"{path.name}: the picture is damaged or cut off") from error


def _eight_bits(image: Image.Image) -> tuple[Pixels, list[str]]:
    """uint8 (h, w) grey or (h, w, 3) RGB, and what people should know about it."""
    mode = image.mode
    if mode.startswith("I;16") or mode == "I":
        return _from_whole_numbers(np.asarray(image))
    if mode == "F":
        return _from_real_numbers(np.asarray(image, np.float32))
    if mode in ("L", "RGB"):
        return np.array(image, np.uint8), []
    if mode == "1":
        return np.array(image.convert("L"), np.uint8), []
    if mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        return over_black(np.asarray(image if mode == "RGBA" else image.convert("RGBA"))), []
    return np.array(image.convert("RGB"), np.uint8), []


def _from_whole_numbers(values: NDArray[Any]) -> tuple[Pixels, list[str]]:
    """16 bits to 8. Values that all fit in 12 bits are taken for 12-bit data, as scanners export them."""
    top = int(values.max(initial=0))
    if top > 0xFFFF or int(values.min(initial=0)) < 0:
        return _from_real_numbers(values.astype(np.float32))
    bits = 12 if 0xFF < top <= 0xFFF else 16
    notes = ["the picture uses 12 of its 16 bits and is shown brighter by 16"] if bits == 12 else []
    return (values.astype(np.uint16) >> (bits - 8)).astype(np.uint8), notes


def _from_real_numbers(values: NDArray[np.float32]) -> tuple[Pixels, list[str]]:
    finite = np.nan_to_num(values, posinf=0.0, neginf=0.0)
    low, high = float(finite.min()), float(finite.max())
    scaled = (finite - low) * (255 / (high - low)) if high > low else np.zeros_like(finite)
    return scaled.astype(np.uint8), [f"grey values from {low:g} to {high:g} are shown as black to white"]
