"""Clips as Ultrasound Multi-frame Image objects (PS3.3 A.7).

Not Multi-frame Secondary Capture: viewers play this class as a cine at its own speed, and it alone has the
ultrasound region with the scale in mm. highdicom has no class for it, so it is made with pydicom.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from PIL import Image
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.tag import Tag
from pydicom.uid import UID, JPEGBaseline8Bit, UltrasoundMultiFrameImageStorage

from app.export.dicom_common import Study, finish, put_names
from app.session.exam import Clip
from app.session.reader import ExamReader
from capture.frame import Pixels
from capture.geometry import Region
from capture.recording import DamagedFrameError

QUALITY = 92
"""Of JPEG, 1 to 95: as ultrasound machines store their own cines."""
FRAMES_MOST = 1200
"""Of one object; a longer stretch becomes several."""
_CM, _TISSUE, _TWO_D = 3, 1, 1
"""Codes of the region's units, data type and format (PS3.3 C.8.5.5)."""


def cines(study: Study, reader: ExamReader, clip: Clip, number: int) -> Iterator[Dataset]:
    """A clip as one object, or several where the picture's size changes or it is long."""
    rows = reader.frames()
    if not len(rows):
        return
    wanted = np.flatnonzero((rows["captured_ns"] >= clip.from_ns) & (rows["captured_ns"] <= clip.to_ns))
    if not len(wanted):
        return
    part = 0
    with reader.source() as source:
        pictures: list[bytes] = []
        times: list[int] = []
        shape: tuple[int, ...] = ()
        region: Region | None = None
        for index in wanted.tolist():
            source.seek(index)
            try:
                frame = source.read()
            except DamagedFrameError:
                continue
            if frame is None:
                continue
            if pictures and (frame.pixels.shape != shape or len(pictures) >= FRAMES_MOST):
                yield _cine(study, clip, pictures, times, shape, region, number + part)
                part, pictures, times = part + 1, [], []
            shape, region = frame.pixels.shape, source.region(index)
            pictures.append(jpeg(frame.pixels))
            times.append(int(rows["captured_ns"][index]))
        if pictures:
            yield _cine(study, clip, pictures, times, shape, region, number + part)


def jpeg(pixels: Pixels) -> bytes:
    out = io.BytesIO()
    colour: dict[str, Any] = {"subsampling": "4:2:2"} if pixels.ndim == 3 else {}
    Image.fromarray(pixels).save(out, "JPEG", quality=QUALITY, **colour)
    return out.getvalue()


def _cine(
    study: Study, clip: Clip, pictures: Sequence[bytes], times: Sequence[int], shape: tuple[int, ...],
    region: Region | None, number: int,
) -> Dataset:  # fmt: skip
    digest = hashlib.sha256(b"".join(pictures)).digest()
    uid = study.instance_uid("cine", f"{clip.number}:{number}", digest, study.statement().encode())
    d = FileDataset("", {}, file_meta=file_meta(UltrasoundMultiFrameImageStorage, uid), preamble=b"\0" * 128)
    facts = study.patient_facts()
    d.SOPClassUID, d.SOPInstanceUID = UltrasoundMultiFrameImageStorage, uid
    d.StudyInstanceUID, d.SeriesInstanceUID = study.uid, study.series_uid("cine")
    d.PatientID = facts["patient_id"]
    d.PatientBirthDate, d.PatientSex = facts["patient_birth_date"] or "", facts["patient_sex"] or ""
    started = study.started
    d.StudyDate = "" if started is None else f"{started:%Y%m%d}"
    d.StudyTime = "" if started is None else f"{started:%H%M%S}"
    d.AccessionNumber, d.StudyID = facts["accession_number"] or "", facts["study_id"] or ""
    d.Modality, d.InstanceNumber = "US", number
    d.ImageType = ["DERIVED", "SECONDARY"]
    d.DerivationDescription = f"Scan area of a video; outside of it black. {study.statement()}"
    d.ImageComments = f"Fetus {clip.fetus}. Clip round {_why(clip)}. {study.statement()}"
    d.BurnedInAnnotation = "NO"
    add_times(d, times)
    add_pixels(d, pictures, shape)
    if region is not None and (item := region_item(region)) is not None:
        d.SequenceOfUltrasoundRegions = [item]
    return put_names(finish(d, study, "cine"), study)


def _why(clip: Clip) -> str:
    return f"flag {clip.why.rpartition(':')[2]}" if clip.why.startswith("flag:") else "a picture kept by hand"


def file_meta(sop_class: UID, uid: str) -> FileMetaDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = sop_class, UID(uid)
    meta.TransferSyntaxUID = JPEGBaseline8Bit
    return meta


def add_times(d: Dataset, times: Sequence[int]) -> None:
    """The cine module, with the time of every frame.

    Args:
        d: the object.
        times: of capture, ns.
    """
    steps = np.diff(np.asarray(times, np.int64)) / 1e6
    d.NumberOfFrames = len(times)
    d.FrameIncrementPointer = Tag("FrameTimeVector")
    d.FrameTimeVector = ["0", *(f"{max(step, 0.0):.3f}" for step in steps)]
    rate = 1000 / float(np.median(steps)) if len(steps) and np.median(steps) > 0 else 1.0
    d.CineRate = d.RecommendedDisplayFrameRate = max(1, round(rate))
    d.StartTrim, d.StopTrim, d.PreferredPlaybackSequencing = 1, len(times), 0
    d.EffectiveDuration = f"{float(steps.sum()) / 1000:.6g}"


def add_pixels(d: Dataset, pictures: Sequence[bytes], shape: tuple[int, ...]) -> None:
    """JPEG pictures of one size as encapsulated pixel data."""
    colour = len(shape) == 3
    d.Rows, d.Columns = shape[:2]
    d.SamplesPerPixel = 3 if colour else 1
    d.PhotometricInterpretation = "YBR_FULL_422" if colour else "MONOCHROME2"
    if colour:
        d.PlanarConfiguration = 0
        d.UltrasoundColorDataPresent = 0
    d.BitsAllocated, d.BitsStored, d.HighBit, d.PixelRepresentation = 8, 8, 7, 0
    whole = shape[0] * shape[1] * d.SamplesPerPixel * len(pictures)
    d.LossyImageCompression = "01"
    d.LossyImageCompressionRatio = f"{whole / sum(map(len, pictures)):.2f}"
    d.LossyImageCompressionMethod = "ISO_10918_1"
    d.PixelData = encapsulate(list(pictures), has_bot=True)
    d["PixelData"].VR = "OB"
    d["PixelData"].is_undefined_length = True


def region_item(region: Region) -> Dataset | None:
    """The scan's rectangle and scale (PS3.3 C.8.5.5); None where the scale is not known."""
    if region.mm_per_px is None:
        return None
    item, box = Dataset(), region.box
    item.RegionSpatialFormat, item.RegionDataType, item.RegionFlags = _TWO_D, _TISSUE, 0
    item.RegionLocationMinX0, item.RegionLocationMinY0 = box.x0, box.y0
    item.RegionLocationMaxX1, item.RegionLocationMaxY1 = box.x1 - 1, box.y1 - 1
    item.PhysicalUnitsXDirection = item.PhysicalUnitsYDirection = _CM
    item.PhysicalDeltaX = item.PhysicalDeltaY = region.mm_per_px / 10
    return item
