"""DICOM cines of the phantom: Ultrasound Multi-frame Image Storage (PS3.3 A.7). No patient is in them."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import pydicom
from PIL import Image
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.errors import InvalidDicomError
from pydicom.pixels.encoders.base import get_encoder
from pydicom.tag import Tag
from pydicom.uid import (
    UID,
    ExplicitVRLittleEndian,
    JPEGBaseline8Bit,
    RLELossless,
    UltrasoundMultiFrameImageStorage,
    generate_uid,
)

from capture.frame import Pixels
from capture.geometry import Region
from capture.phantom.encode import made_from
from capture.phantom.film import Film
from capture.phantom.instruments import SYNTHETIC

STORED: dict[str, UID] = {"jpeg": JPEGBaseline8Bit, "rle": RLELossless, "none": ExplicitVRLittleEndian}
"""Ways to keep the pixels, with their transfer syntax."""
_QUALITY = 92
_MOST_BYTES = 0xFFFFFFFE
"""Of uncompressed pixels: their length has 32 bits and is even."""
_CM, _TISSUE, _TWO_D = 3, 1, 1
"""Codes of the region's units, data type and format (PS3.3 C.8.5.5)."""


class DicomWriter:
    """Takes the pictures of a film; the same film gives the same bytes."""

    def __init__(self, path: Path, film: Film, count: int, stored: str = "jpeg") -> None:
        """Raises ValueError where there is no such way to store, or the pixels would not fit."""
        if stored not in STORED:
            raise ValueError(f"expected a way to store among {', '.join(STORED)}, got {stored}")
        recipe = film.recipe
        samples = 3 if recipe.style else 1
        size = recipe.width * recipe.height * samples * count
        if stored == "none" and size > _MOST_BYTES:
            raise ValueError(
                f"expected at most 4.3 GB of uncompressed pixels, got {size / 1e9:.1f} GB: store them as jpeg"
            )
        self._path, self._film, self._count, self._stored = path, film, count, stored
        self._fragments: list[bytes] = []
        self._plain = tempfile.TemporaryFile() if stored == "none" else None  # noqa: SIM115  closed below

    def __enter__(self) -> Self:
        return self

    def add(self, pixels: Pixels) -> None:
        if self._plain is not None:
            self._plain.write(np.ascontiguousarray(pixels).tobytes())
        elif self._stored == "jpeg":
            out = io.BytesIO()
            colour: dict[str, Any] = {"subsampling": "4:2:2"} if pixels.ndim == 3 else {}
            Image.fromarray(pixels).save(out, "JPEG", quality=_QUALITY, **colour)
            self._fragments.append(out.getvalue())
        else:
            self._fragments.append(_run_lengths(pixels))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._write()
        finally:
            if self._plain is not None:
                self._plain.close()

    def _write(self) -> None:
        dataset = _header(self._film, self._count, self._stored)
        if self._plain is not None:
            if self._plain.tell() % 2:
                self._plain.write(b"\0")
            self._plain.seek(0)
            dataset.PixelData = self._plain
        else:
            if self._stored == "jpeg":
                whole = self._film.recipe.width * self._film.recipe.height * dataset.SamplesPerPixel
                ratio = whole * self._count / sum(map(len, self._fragments))
                dataset.LossyImageCompression = "01"
                dataset.LossyImageCompressionRatio = f"{ratio:.2f}"
                dataset.LossyImageCompressionMethod = "ISO_10918_1"
            dataset.PixelData = encapsulate(self._fragments, has_bot=True)
            dataset["PixelData"].is_undefined_length = True
        dataset["PixelData"].VR = "OB"
        dataset.save_as(self._path, enforce_file_format=True)


def _run_lengths(pixels: Pixels) -> bytes:
    high, wide = pixels.shape[:2]
    return get_encoder(RLELossless).encode(
        np.ascontiguousarray(pixels),
        rows=high,
        columns=wide,
        samples_per_pixel=1 if pixels.ndim == 2 else 3,
        photometric_interpretation="MONOCHROME2" if pixels.ndim == 2 else "RGB",
        bits_allocated=8,
        bits_stored=8,
        pixel_representation=0,
        number_of_frames=1,
        planar_configuration=0,
        encoding_plugin="gdcm",
    )


def _header(film: Film, count: int, stored: str) -> FileDataset:
    """Everything but the pixels. Dates are those of the machine's invented clock."""
    recipe, fetus = film.recipe, film.sweep.still.fetus
    comment = made_from(recipe, count)
    uids = [generate_uid(entropy_srcs=[comment, stored, part]) for part in ("object", "series", "study")]
    # One exam's clips belong together: the study hangs on the fetus alone.
    uids[2] = generate_uid(entropy_srcs=[SYNTHETIC, str(recipe.seed), recipe.cleft, str(recipe.age)])
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UltrasoundMultiFrameImageStorage
    meta.MediaStorageSOPInstanceUID = uids[0]
    meta.TransferSyntaxUID = STORED[stored]
    meta.ImplementationClassUID = generate_uid(entropy_srcs=["philtrum"])
    meta.ImplementationVersionName = "PHILTRUM"
    d = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    d.SpecificCharacterSet = "ISO_IR 192"
    d.SOPClassUID, d.SOPInstanceUID = meta.MediaStorageSOPClassUID, uids[0]
    d.SeriesInstanceUID, d.StudyInstanceUID = uids[1], uids[2]
    d.ImageType = ["DERIVED", "PRIMARY", "OBSTETRICAL", "0001", "SYNTHETIC", "PHANTOM"]
    d.DerivationDescription = f"{SYNTHETIC}: computed, no patient"
    d.PatientName, d.PatientID = "SYNTHETIC^PHANTOM", f"PHANTOM-{recipe.seed}"
    d.PatientBirthDate, d.PatientSex = "", ""
    d.QualityControlSubject, d.QualityControlImage = "YES", "YES"
    d.PatientComments = d.ImageComments = comment
    second = 41 * 60 + int(recipe.clock + recipe.start)
    time = f"{(10 + second // 3600) % 24:02d}{second // 60 % 60:02d}{second % 60:02d}"
    for name in ("Study", "Series", "Content", "Acquisition"):
        setattr(d, f"{name}Date", "20000101")
        setattr(d, f"{name}Time", "104100" if name == "Study" else time)
    d.StudyID, d.AccessionNumber, d.ReferringPhysicianName = str(recipe.seed), "", ""
    d.StudyDescription = f"{SYNTHETIC}, {fetus.age_weeks:.1f} weeks"
    d.SeriesDescription, d.SeriesNumber, d.InstanceNumber = f"{SYNTHETIC} {recipe.view}", 1, recipe.take + 1
    d.Modality, d.BodyPartExamined, d.PatientOrientation = "US", "HEAD", ""
    d.Manufacturer, d.ManufacturerModelName = "philtrum", "synthetic phantom"
    d.DeviceSerialNumber, d.SoftwareVersions = "0", "philtrum-phantom"
    d.BurnedInAnnotation = "NO"
    _add_cine(d, recipe.fps, count)
    _add_pixels(d, film, stored)
    d.SequenceOfUltrasoundRegions = [_region_item(film.region)]
    d.TransducerType, d.DepthOfScanField = "CURVED LINEAR", round(film.sweep.still.probe.depth_mm)
    return d


def _add_cine(d: Dataset, fps: float, count: int) -> None:
    d.NumberOfFrames = count
    d.FrameIncrementPointer = Tag("FrameTime")
    d.FrameTime = f"{1000 / fps:.9g}"
    d.CineRate = d.RecommendedDisplayFrameRate = max(1, round(fps))
    d.PreferredPlaybackSequencing, d.StartTrim, d.StopTrim = 0, 1, count
    d.EffectiveDuration = f"{count / fps:.6g}"


def _add_pixels(d: Dataset, film: Film, stored: str) -> None:
    colour = film.recipe.style is not None
    d.Rows, d.Columns = film.recipe.height, film.recipe.width
    d.SamplesPerPixel = 3 if colour else 1
    lossy = "YBR_FULL_422" if stored == "jpeg" else "RGB"
    d.PhotometricInterpretation = lossy if colour else "MONOCHROME2"
    if colour:
        d.PlanarConfiguration = 0
    d.BitsAllocated, d.BitsStored, d.HighBit, d.PixelRepresentation = 8, 8, 7, 0


def _region_item(region: Region) -> Dataset:
    """US Region Calibration: the scan's rectangle and spacing; its zero is where the middle beam begins."""
    item, box = Dataset(), region.box
    mm = region.mm_per_px or 0.0
    item.RegionSpatialFormat, item.RegionDataType, item.RegionFlags = _TWO_D, _TISSUE, 0
    item.RegionLocationMinX0, item.RegionLocationMinY0 = box.x0, box.y0
    item.RegionLocationMaxX1, item.RegionLocationMaxY1 = box.x1 - 1, box.y1 - 1
    item.PhysicalUnitsXDirection = item.PhysicalUnitsYDirection = _CM
    item.PhysicalDeltaX = item.PhysicalDeltaY = mm / 10
    if region.sector is not None:
        sector = region.sector
        item.ReferencePixelX0 = round(sector.apex_x) - box.x0
        item.ReferencePixelY0 = round(sector.apex_y + sector.r0_px) - box.y0
        item.ReferencePixelPhysicalValueX = item.ReferencePixelPhysicalValueY = 0.0
    return item


def comment_of(path: Path) -> str:
    """What a file says that it was made from; empty where it says nothing.

    Raises:
        ValueError: no DICOM file.
    """
    try:
        dataset = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=["ImageComments"])
    except (InvalidDicomError, EOFError) as error:
        raise ValueError(f"{path.name} is no DICOM file") from error
    return str(dataset.get("ImageComments") or "")
