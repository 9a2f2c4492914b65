"""What a DICOM file says of its frames. Only the elements named here are read: no patient, no institution."""

from __future__ import annotations

import logging
import math
import struct
import warnings
import zlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import pydicom
from pydicom.dataset import Dataset, FileDataset
from pydicom.multival import MultiValue
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from capture.limits import check_picture_size
from capture.source import UnreadableSourceError

# What pydicom has to say quotes values of elements: none of it may reach a log, and none is needed here.
pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
logging.getLogger("pydicom").setLevel(logging.CRITICAL)
warnings.filterwarnings("ignore", module="pydicom")

_PIXELS = [
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "PlanarConfiguration",
    "NumberOfFrames",
    "Rows",
    "Columns",
    "PixelAspectRatio",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "ExtendedOffsetTable",
    "ExtendedOffsetTableLengths",
    "RescaleIntercept",
    "RescaleSlope",
    "WindowCenter",
    "WindowWidth",
    "VOILUTFunction",
    *(f"{colour}PaletteColorLookupTableDescriptor" for colour in ("Red", "Green", "Blue")),
    *(f"{colour}PaletteColorLookupTableData" for colour in ("Red", "Green", "Blue")),
    *(f"Segmented{colour}PaletteColorLookupTableData" for colour in ("Red", "Green", "Blue")),
]
_TIMES = ["FrameIncrementPointer", "FrameTime", "FrameTimeVector", "CineRate", "RecommendedDisplayFrameRate"]
_OTHERS = ["Modality", "InstanceNumber", "SequenceOfUltrasoundRegions"]

_PIXEL_DATA = 0x7FE00010
_UNDEFINED = 0xFFFFFFFF
_PIXEL_VRS = (b"OB", b"OW", b"UN")
_MAX_INFLATED = 1 << 30
"""Bytes a deflated file may grow to."""


@dataclass(frozen=True, slots=True, eq=False)
class DicomHeader:
    """The header, and where the pixel data lie in `file`."""

    dataset: FileDataset
    syntax: UID
    file: BinaryIO
    """The open file; whoever asked for the header closes it."""
    start: int
    """First byte of the pixel data's value."""
    length: int | None
    """Bytes of the value as declared; None for encapsulated (compressed) data."""
    vr: str

    @property
    def frames(self) -> int:
        """How many frames are declared, at least 1."""
        return max(1, int(self.number("NumberOfFrames", 1)))

    def number(self, keyword: str, default: float = 0.0) -> float:
        """The (first) value of an element as a finite number; `default` where it is absent or none."""
        try:
            value: Any = self.dataset.get(keyword)
            if isinstance(value, MultiValue):
                value = value[0] if len(value) else None
            found = default if value is None else float(value)
        except (TypeError, ValueError, OverflowError):
            return default
        return found if math.isfinite(found) else default

    def text(self, keyword: str) -> str:
        return str(self.dataset.get(keyword) or "")


def read_header(path: Path) -> DicomHeader:
    """Open a DICOM file and read its header up to the pixel data.

    Raises:
        UnreadableSourceError: no DICOM, no picture in it, or larger than pictures may be.
    """
    name = path.name
    try:
        file: BinaryIO = path.open("rb")
    except OSError as error:
        raise UnreadableSourceError(f"{name}: cannot be read ({error.strerror or error})") from error
    try:
        return _parsed(name, file)
    except UnreadableSourceError:
        file.close()
        raise
    except Exception as error:  # pydicom raises nearly anything on damaged files
        file.close()
        raise UnreadableSourceError(f"{name}: the DICOM header is damaged") from error


def _parsed(name: str, file: BinaryIO) -> DicomHeader:
    meta = file.read(1024)
    file.seek(0)
    if meta[128:132] == b"DICM" and str(DeflatedExplicitVRLittleEndian).encode() in meta:
        file = _inflated(name, file)  # pydicom would inflate without a limit
    dataset = _elements(file)
    syntax = UID(str(dataset.file_meta.get("TransferSyntaxUID") or ""))
    implicit, little = dataset.original_encoding
    if not syntax:
        syntax = ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
    if not syntax.is_valid:  # damaged, and it may hold whatever stood behind it: a name
        raise UnreadableSourceError(f"{name}: the DICOM header is damaged")
    if not (dataset.get("Rows") and dataset.get("Columns")):
        raise UnreadableSourceError(f"{name}: the DICOM file holds no picture")
    check_picture_size(name, int(dataset.Columns), int(dataset.Rows))
    order = "<" if little else ">"
    head = file.read(8)
    if len(head) < 8:
        raise UnreadableSourceError(f"{name}: the DICOM file holds no pixel data")
    group, element = struct.unpack_from(order + "HH", head)
    if group << 16 | element != _PIXEL_DATA:
        raise UnreadableSourceError(f"{name}: the DICOM file holds no pixel data that can be shown")
    if head[4:6] in _PIXEL_VRS:
        vr, length = head[4:6].decode(), struct.unpack(order + "I", file.read(4))[0]
    else:  # implicit, whatever the file says of itself
        vr, length = "OW", struct.unpack_from(order + "I", head, 4)[0]
    return DicomHeader(
        dataset,
        syntax,
        file,
        file.tell(),
        None if length == _UNDEFINED else length,
        vr,
    )


def _elements(file: BinaryIO) -> FileDataset:
    dataset = pydicom.dcmread(
        file, stop_before_pixels=True, force=True, specific_tags=[*_PIXELS, *_TIMES, *_OTHERS]
    )
    _drop_damaged(dataset)
    return dataset


def _drop_damaged(dataset: Dataset) -> None:
    """Take out elements whose value is none: pydicom would raise whenever they are first looked at."""
    for tag in list(dataset.keys()):
        try:
            element = dataset[tag]
            items = list(element.value) if element.VR == "SQ" else []
        except Exception:  # nearly anything
            del dataset[tag]
            continue
        for item in items:
            _drop_damaged(item)


def _inflated(name: str, file: BinaryIO) -> BinaryIO:
    """The file as if it had not been deflated: the same meta elements before inflated ones (PS3.5 A.5)."""
    file.seek(0)
    packed = file.read()
    file.close()
    meta_length = struct.unpack_from("<I", packed, 140)[0]
    body = 144 + meta_length
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    plain = unpacker.decompress(packed[body:], _MAX_INFLATED)
    if unpacker.unconsumed_tail:
        raise UnreadableSourceError(f"{name}: the deflated DICOM file is too large")
    plain_syntax = str(ExplicitVRLittleEndian).encode()
    meta = packed[:body].replace(
        str(DeflatedExplicitVRLittleEndian).encode(),
        plain_syntax.ljust(len(DeflatedExplicitVRLittleEndian), b"\0"),
        1,
    )
    return BytesIO(meta + plain)
