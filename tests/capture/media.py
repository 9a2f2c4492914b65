"""Films, pictures and DICOM files made by the tests. Every picture carries a number that can be read back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID, ExplicitVRLittleEndian, UltrasoundMultiFrameImageStorage, generate_uid

Pixels = NDArray[np.uint8]
SIZE = (64, 96)
"""(height, width) of the numbered pictures."""
_BITS = 8
_DARK, _BRIGHT = 50, 200


def numbered(number: int, size: tuple[int, int] = SIZE) -> Pixels:
    """Grey bars, one for each bit of the number, least significant first."""
    height, width = size
    bars = [_BRIGHT if number >> bit & 1 else _DARK for bit in range(_BITS)]
    row = np.repeat(np.array(bars, np.uint8), width // _BITS)
    return np.tile(np.pad(row, (0, width - row.size), "edge"), (height, 1))


def number_of(pixels: Pixels) -> int:
    """The number in a picture, whatever a codec has done to it."""
    grey = pixels if pixels.ndim == 2 else pixels.mean(axis=2)
    step = grey.shape[1] // _BITS
    middle = grey[grey.shape[0] // 2]
    return sum(1 << bit for bit in range(_BITS) if middle[step * bit + step // 2] > (_DARK + _BRIGHT) / 2)


def coloured(number: int, size: tuple[int, int] = SIZE) -> Pixels:
    """The numbered picture with a red patch at the bottom left."""
    rgb = np.repeat(numbered(number, size)[..., None], 3, axis=2)
    rgb[size[0] * 3 // 4 :, : size[1] // 4] = (220, 30, 30)
    return rgb


def write_film(
    path: Path,
    pictures: Iterable[Pixels] | int = 12,
    *,
    codec: str = "mpeg4",
    pix_fmt: str = "yuv420p",
    rate: int | Fraction = 25,
    stamps: Sequence[int] | None = None,
    gop: int = 5,
    b_frames: int = 0,
    options: dict[str, str] | None = None,
    full_range: bool = False,
    aspect: Fraction | None = None,
    rotation_deg: int = 0,
    container: str | None = None,
    container_options: dict[str, str] | None = None,
) -> Path:
    """Encode pictures; `stamps` are in units of 1/`rate` s where they are not simply 0, 1, 2."""
    images = [numbered(i) for i in range(pictures)] if isinstance(pictures, int) else list(pictures)
    with av.open(str(path), "w", format=container, container_options=container_options or {}) as out:
        stream = out.add_stream(codec, rate=rate, options=options or {})
        assert isinstance(stream, av.VideoStream)
        context = stream.codec_context
        context.height, context.width = images[0].shape[:2]
        context.pix_fmt = pix_fmt
        context.gop_size = gop
        context.max_b_frames = b_frames
        context.time_base = 1 / Fraction(rate)
        if codec in ("mpeg4", "mpeg2video", "mjpeg"):
            context.qmin = context.qmax = 2
        if full_range:
            context.color_range = 2
        if aspect:
            context.sample_aspect_ratio = aspect
        if rotation_deg:
            stream.set_display_rotation(rotation_deg)
        for i, image in enumerate(images):
            frame = av.VideoFrame.from_ndarray(image, format="gray" if image.ndim == 2 else "rgb24")
            if pix_fmt not in ("gray", "rgb24"):
                frame = frame.reformat(
                    format=pix_fmt, dst_colorspace="ITU601", dst_color_range=2 if full_range else 1
                )
            frame.pts = stamps[i] if stamps else i
            frame.time_base = context.time_base
            for packet in stream.encode(frame):
                out.mux(packet)
        for packet in stream.encode(None):
            out.mux(packet)
    return path


def write_dicom(
    path: Path,
    frames: Sequence[Pixels] | Sequence[NDArray[np.uint16]] = (),
    *,
    fragments: Sequence[bytes] | None = None,
    syntax: str = ExplicitVRLittleEndian,
    elements: dict[str, Any] | None = None,
    bot: bool = True,
) -> Path:
    """A DICOM ultrasound file of the given frames, or of compressed fragments, one for each frame."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UltrasoundMultiFrameImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = UID(syntax)
    dataset = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.PatientName = "Secret^Name"
    dataset.PatientID = "SECRET-ID"
    dataset.Modality = "US"
    first = frames[0] if len(frames) else np.zeros(SIZE, np.uint8)
    dataset.Rows, dataset.Columns = first.shape[:2]
    dataset.SamplesPerPixel = 1 if first.ndim == 2 else 3
    dataset.PhotometricInterpretation = "MONOCHROME2" if first.ndim == 2 else "RGB"
    dataset.BitsAllocated = first.dtype.itemsize * 8
    dataset.BitsStored = dataset.BitsAllocated
    dataset.HighBit = dataset.BitsStored - 1
    dataset.PixelRepresentation = 0
    if first.ndim == 3:
        dataset.PlanarConfiguration = 0
    dataset.NumberOfFrames = len(fragments) if fragments is not None else len(frames)
    if fragments is not None:
        dataset.PixelData = encapsulate(list(fragments), has_bot=bot)
        dataset["PixelData"].is_undefined_length = True
    else:
        data = b"".join(np.ascontiguousarray(frame).tobytes() for frame in frames)
        dataset.PixelData = data + b"\0" * (len(data) % 2)
    dataset["PixelData"].VR = "OB" if dataset.BitsAllocated == 8 else "OW"
    for keyword, value in (elements or {}).items():
        setattr(dataset, keyword, value)
    dataset.save_as(path, enforce_file_format=True)
    return path


def us_region(x0: int, y0: int, x1: int, y1: int, cm_per_px: float = 0.01) -> Dataset:
    """An item of SequenceOfUltrasoundRegions; the last column and row are inside."""
    item = Dataset()
    item.RegionSpatialFormat = 1
    item.RegionDataType = 1
    item.RegionLocationMinX0, item.RegionLocationMinY0 = x0, y0
    item.RegionLocationMaxX1, item.RegionLocationMaxY1 = x1, y1
    item.PhysicalUnitsXDirection = item.PhysicalUnitsYDirection = 3
    item.PhysicalDeltaX = item.PhysicalDeltaY = cm_per_px
    return item
