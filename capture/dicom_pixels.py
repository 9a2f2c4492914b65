"""One stored DICOM frame to displayed pixels, whatever its transfer syntax and photometric interpretation."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pydicom.encaps import encapsulate
from pydicom.pixels.decoders.base import Decoder, get_decoder
from pydicom.pixels.processing import apply_color_lut

from capture.decode import likely_aspect, square
from capture.dicom_frames import frame_spans, read_spans
from capture.dicom_header import DicomHeader
from capture.frame import Pixels
from capture.limits import reduced
from capture.recording import DamagedFrameError
from capture.source import UnreadableSourceError


class StoredFrames:
    """The frames of one DICOM file, decoded one at a time."""

    def __init__(self, header: DicomHeader, name: str) -> None:
        """Find the frames.

        Raises:
            UnreadableSourceError: there is not one whole frame, or no decoder for them.
        """
        self._header = header
        self._decoder = _decoder(header, name)
        self._photometric = header.text("PhotometricInterpretation") or "MONOCHROME2"
        self._aspect = _pixel_aspect(header)
        if header.number("BitsAllocated", 8) not in (8, 16):
            raise UnreadableSourceError(f"{name}: expected 8 or 16 bits a sample in the DICOM file")
        self._table = _grey_table(header) if self._photometric.startswith("MONOCHROME") else None
        self._spans = frame_spans(header)
        if not self._spans:
            raise UnreadableSourceError(
                f"{name}: the DICOM file is cut off before the end of its first frame"
            )

    @property
    def count(self) -> int:
        """How many frames are wholly there."""
        return len(self._spans)

    def pixels(self, index: int) -> Pixels:
        """uint8 (h, w) grey or (h, w, 3) RGB.

        Raises:
            DamagedFrameError: the frame cannot be decoded.
        """
        try:
            shown = self._eight_bits(*self._stored(index))
        except Exception as error:  # the decoders behind pydicom raise nearly anything
            raise DamagedFrameError(f"frame {index} cannot be decoded") from error
        return reduced(square(shown, self._aspect))

    def _stored(self, index: int) -> tuple[NDArray[Any], str]:
        """The samples as stored, and the photometric interpretation that the decoder has left them in."""
        header = self._header
        data = read_spans(header.file, self._spans[index])
        if header.syntax.is_encapsulated:
            data = encapsulate([data], has_bot=False)
        elif len(data) % 2:
            data += b"\0"
        options: dict[str, Any] = {
            "rows": int(header.dataset.Rows),
            "columns": int(header.dataset.Columns),
            "number_of_frames": 1,
            "samples_per_pixel": int(header.number("SamplesPerPixel", 1)),
            "planar_configuration": int(header.number("PlanarConfiguration")),
            "bits_allocated": int(header.number("BitsAllocated", 8)),
            "bits_stored": int(header.number("BitsStored", 8)),
            "pixel_representation": int(header.number("PixelRepresentation")),
            "photometric_interpretation": self._photometric,
            "pixel_keyword": "PixelData",
            "pixel_vr": header.vr,
        }
        stored, properties = self._decoded(data, options)
        return stored, str(properties.get("photometric_interpretation"))

    def _decoded(self, data: bytes, options: dict[str, Any]) -> tuple[NDArray[Any], dict[str, Any]]:
        """By Pillow where it can: several times as fast as the others, and nothing where there is damage."""
        plugin = "pillow" if "pillow" in self._decoder.available_plugins else ""
        return self._decoder.as_array(data, index=0, raw=True, decoding_plugin=plugin, **options)

    def _eight_bits(self, stored: NDArray[Any], photometric: str) -> Pixels:
        if self._photometric == "PALETTE COLOR":
            coloured: NDArray[Any] = apply_color_lut(stored, self._header.dataset)
            return (coloured >> 8 if coloured.dtype == np.uint16 else coloured).astype(np.uint8, copy=False)
        if self._table is not None:
            low = -len(self._table) // 2 if np.issubdtype(stored.dtype, np.signedinteger) else 0
            if stored.dtype == np.uint8 and len(self._table) == 256:
                return cv2.LUT(stored, self._table).astype(np.uint8, copy=False)
            return np.take(self._table, stored.astype(np.int32) - low, mode="clip")
        if stored.dtype != np.uint8:
            stored = (stored >> max(0, int(self._header.number("BitsStored", 16)) - 8)).astype(np.uint8)
        if photometric in ("YBR_FULL", "YBR_FULL_422"):  # the full range of ITU-R BT.601, as in JPEG
            ycrcb = np.ascontiguousarray(stored[..., [0, 2, 1]])
            return cv2.cvtColor(ycrcb, cv2.COLOR_YCrCb2RGB).astype(np.uint8, copy=False)
        return stored


def _decoder(header: DicomHeader, name: str) -> Decoder:
    try:
        decoder = get_decoder(header.syntax)
    except NotImplementedError:
        decoder = None
    if decoder is None or not decoder.is_available:
        raise UnreadableSourceError(f"{name}: DICOM pictures stored as {header.syntax.name} cannot be read")
    return decoder


def _pixel_aspect(header: DicomHeader) -> float:
    """Width over height of a pixel; DICOM stores height and width (PS3.3 C.7.6.3.1.7)."""
    ratio: Any = header.dataset.get("PixelAspectRatio")
    try:
        down, across = (int(part) for part in ratio)
        return likely_aspect(None if down <= 0 or across <= 0 else Fraction(across, down))
    except (TypeError, ValueError):
        return 1.0


def _grey_table(header: DicomHeader) -> NDArray[np.uint8]:
    """Stored value (from the lowest possible) to 0-255: rescale, window if there is one, polarity.

    PS3.3 C.11.1 and C.11.2.1.2; without a window the full range of the stored bits is shown. A header whose
    numbers are beyond all reason gives black and white, no fault.
    """
    with np.errstate(all="ignore"):
        level = np.nan_to_num(_grey_levels(header))
    if header.text("PhotometricInterpretation") == "MONOCHROME1":
        level = 1 - level
    table: NDArray[np.uint8] = (np.clip(level, 0, 1) * 255).round().astype(np.uint8)
    return table


def _grey_levels(header: DicomHeader) -> NDArray[np.float64]:
    """Grey of each stored value, from the lowest possible on; shown from 0 to 1."""
    bits = min(16, max(1, int(header.number("BitsStored", 8))))
    low = -(1 << (bits - 1)) if header.number("PixelRepresentation") else 0
    values = np.arange(low, low + (1 << bits), dtype=np.float64)
    slope = header.number("RescaleSlope", 1.0) or 1.0
    values = values * slope + header.number("RescaleIntercept")
    center, width = header.number("WindowCenter", np.nan), header.number("WindowWidth")
    function = header.text("VOILUTFunction") or "LINEAR"
    if np.isnan(center) or width < 1 or (function == "LINEAR" and width < 2):
        return np.asarray((values - values.min()) / (values.max() - values.min()))
    if function == "SIGMOID":
        return np.asarray(1 / (1 + np.exp(-4 * (values - center) / width)))
    if function == "LINEAR_EXACT":
        return (values - center) / width + 0.5
    return (values - (center - 0.5)) / (width - 1) + 0.5
