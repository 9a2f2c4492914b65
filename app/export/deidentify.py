"""De-identified copies of DICOM pictures and cines: header by `deid_profile`, pixels of the scan alone."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileDataset
from pydicom.uid import UID

from app.export.deid_profile import profiled
from app.export.dicom_cine import add_pixels, file_meta, jpeg
from app.export.dicom_common import deidentification_codes
from app.export.plan import ExportPlan, PlannedFile, removed_lines, tag_lines
from app.export.pseudonym import Pseudonyms
from app.refusal import Refusal
from capture.dicom_file import DicomFile
from capture.frame import Frame, Pixels
from capture.geometry import Region, masked
from capture.region.tracker import SETTLE_FRAMES, RegionTracker
from capture.source import EndOfSource, SourceError

PICTURES = {
    "1.2.840.10008.5.1.4.1.1.6.1": "ultrasound picture",
    "1.2.840.10008.5.1.4.1.1.3.1": "ultrasound cine",
    "1.2.840.10008.5.1.4.1.1.7": "secondary capture",
    "1.2.840.10008.5.1.4.1.1.7.2": "multi-frame secondary capture",
    "1.2.840.10008.5.1.4.1.1.7.4": "multi-frame secondary capture",
}
"""Classes that are understood; reports, waveforms and films in other classes are refused."""
_CINE = "1.2.840.10008.5.1.4.1.1.3.1"
_MOST_BYTES = 1 << 30


@dataclass(frozen=True, slots=True, eq=False)
class Clean:
    """One object, ready to leave."""

    name: str
    what: str
    dataset: FileDataset
    removed: tuple[int, ...]
    """Tags of the original that are not in it."""
    picture: Pixels
    warnings: tuple[str, ...]

    def plan(self) -> ExportPlan:
        return ExportPlan(
            (PlannedFile(self.name, self.what),), tag_lines(self.dataset), removed_lines(self.removed), (),
            self.warnings, self.picture,
        )  # fmt: skip

    def data(self) -> bytes:
        out = io.BytesIO()
        self.dataset.save_as(out, enforce_file_format=True)
        return out.getvalue()


def deidentified(path: Path, names: Pseudonyms, called: str = "the file") -> Clean:
    """A copy of a DICOM picture or cine without anything of the patient. Nothing is written.

    Args:
        path: of the original.
        names: make its pseudonyms.
        called: what messages call it; its own name may be a patient's.

    Raises:
        Refusal: it cannot be read, is of another kind, or no scan is found in it. No value of it is quoted.
    """
    header = _header(path, called)
    sop_class = str(header.get("SOPClassUID") or "")
    if sop_class not in PICTURES:
        raise Refusal(f"{called}: expected an ultrasound picture or cine, got another kind of DICOM object")
    pictures, first, without_fan = _pictures(path, called)
    dataset = profiled(header, lambda uid: names.uid("deidentified", uid))
    several = sop_class == _CINE or len(pictures) > 1
    dataset.SOPClassUID = _CINE if several else "1.2.840.10008.5.1.4.1.1.6.1"
    whole = FileDataset(
        "", dataset, file_meta=file_meta(UID(str(dataset.SOPClassUID)), str(dataset.SOPInstanceUID)),
        preamble=b"\0" * 128,
    )  # fmt: skip
    alias = _alias(header, names)
    _mark(whole, alias)
    _fit(whole, header, first.shape, len(pictures), several)
    add_pixels(whole, pictures, first.shape)
    removed = tuple(int(tag) for tag in set(header.keys()) - set(whole.keys()))
    warnings = ["no fan was found, only a box: letters inside it would stay"] if without_fan else []
    what = f"{PICTURES[sop_class]}, {len(pictures)} frames of {first.shape[1]} x {first.shape[0]}"
    suffix = str(dataset.SOPInstanceUID)[-8:]
    return Clean(f"{alias}-{suffix}.dcm", what, whole, removed, first, tuple(warnings))


def _header(path: Path, called: str) -> Dataset:
    try:
        return pydicom.dcmread(path, stop_before_pixels=True)
    except OSError as error:
        raise Refusal(f"{called} cannot be read ({error.strerror or 'damaged'})") from None
    except Exception:
        # pydicom raises nearly anything on damaged files, and quotes values in it.
        raise Refusal(f"{called}: expected a DICOM file, got something else or a damaged one") from None


def _pictures(path: Path, called: str) -> tuple[list[bytes], Pixels, bool]:
    """All frames with the scan alone, as JPEG; the first one's pixels; whether some region has no fan."""
    out: list[bytes] = []
    first: Pixels | None = None
    without_fan, total = False, 0
    try:
        with DicomFile(path) as source:
            tracker = RegionTracker(
                claimed=source.info.claimed_region, mm_per_px_from=source.info.mm_per_px_from
            )
            settled = _settle(source, tracker)
            for frame in _frames(source):
                region = tracker.feed(frame)
                if region.origin == "whole":
                    region = settled
                if not region.fits(frame.width, frame.height):
                    raise Refusal(f"{called}: the frames differ in size")
                without_fan |= region.sector is None or region.sector.kind not in ("convex", "phased")
                clean = masked(frame.pixels, region)
                if first is not None and clean.shape != first.shape:
                    clean = _as(clean, first.shape)
                first = clean if first is None else first
                out.append(jpeg(clean))
                total += len(out[-1])
                if total > _MOST_BYTES:
                    raise Refusal(f"{called}: too long for one object")
            if settled.origin == "whole":
                raise Refusal(
                    f"{called}: no scan is found in the picture, so what is written outside of it cannot be "
                    "blanked; nothing was written"
                )
    except SourceError as error:
        raise Refusal(f"{called}: {str(error).replace(path.name, '').lstrip(': ')}") from None
    if first is None:
        raise Refusal(f"{called}: no frame can be decoded")
    return out, first, without_fan


def _settle(source: DicomFile, tracker: RegionTracker) -> Region:
    """Look at the first frames, again and again where there are few, until the scan is found."""
    region = Region.whole(source.info.width, source.info.height)
    for frame in islice(_again_and_again(source), 2 * SETTLE_FRAMES):
        region = tracker.feed(frame)
        if tracker.steady and region.origin != "whole":
            break
    return region


def _again_and_again(source: DicomFile) -> Iterator[Frame]:
    """Never ends where there is one frame."""
    seen = True
    while seen:
        seen = False
        for frame in _frames(source):
            seen = True
            yield frame


def _frames(source: DicomFile) -> Iterator[Frame]:
    """Every frame from the start."""
    source.seek(0)
    while True:
        try:
            frame = source.read()
        except EndOfSource:
            return
        if frame is not None:
            yield frame


def _as(pixels: Pixels, shape: tuple[int, ...]) -> Pixels:
    """Grey and colour frames may be mixed: all like the first."""
    if len(shape) == 3 and pixels.ndim == 2:
        return np.repeat(pixels[:, :, None], 3, axis=2)
    if len(shape) == 2 and pixels.ndim == 3:
        return np.asarray(pixels.mean(axis=2).round(), np.uint8)
    raise Refusal("the frames differ in size")


def _alias(header: Dataset, names: Pseudonyms) -> str:
    """The same for all pictures of a patient; of a study where the patient has no id."""
    patient = str(header.get("PatientID") or "").strip()
    issuer = str(header.get("IssuerOfPatientID") or "").strip()
    return names.alias(f"{issuer}\0{patient}" if patient else f"\0{header.get('StudyInstanceUID', '')}")


def _mark(dataset: FileDataset, alias: str) -> None:
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.PatientName, dataset.PatientID = f"{alias}^", alias
    dataset.ImageType = ["DERIVED", "SECONDARY"]
    dataset.DerivationDescription = "De-identified; outside of the scan area blanked"
    dataset.SeriesDescription = "De-identified; research use only"
    dataset.BurnedInAnnotation = "NO"
    dataset.PatientIdentityRemoved = "YES"
    dataset.DeidentificationMethod = "PS3.15 basic profile, kept elements by list; scan area alone"
    dataset.DeidentificationMethodCodeSequence = deidentification_codes()
    dataset.LongitudinalTemporalInformationModified = "REMOVED"


def _fit(dataset: FileDataset, header: Dataset, shape: tuple[int, ...], count: int, several: bool) -> None:
    """Scale and cine elements that are true for the frames as they are written."""
    stored = int(header.get("Columns") or shape[1]), int(header.get("Rows") or shape[0])
    if stored != (shape[1], shape[0]):
        _rescale(dataset, shape[1] / stored[0], shape[0] / stored[1])
    if not several:
        for keyword in ("NumberOfFrames", "FrameTime", "FrameTimeVector", "FrameIncrementPointer"):
            if keyword in dataset:
                delattr(dataset, keyword)
        return
    dataset.NumberOfFrames = count
    vector = dataset.get("FrameTimeVector")
    if "FrameTimeVector" in dataset and (not isinstance(vector, (list, pydicom.multival.MultiValue))
                                         or len(vector) != count):  # fmt: skip
        del dataset.FrameTimeVector
    if "FrameTimeVector" not in dataset and "FrameTime" not in dataset:
        rate = float(dataset.get("CineRate") or dataset.get("RecommendedDisplayFrameRate") or 30)
        dataset.FrameTime = f"{1000 / rate:.6g}"
    dataset.FrameIncrementPointer = pydicom.tag.Tag(
        "FrameTimeVector" if "FrameTimeVector" in dataset else "FrameTime"
    )


def _rescale(dataset: FileDataset, across: float, down: float) -> None:
    """The displayed frame is not of the stored size: pixels made square, or a large one smaller."""
    if "PixelSpacing" in dataset:
        del dataset.PixelSpacing
    for item in dataset.get("SequenceOfUltrasoundRegions") or []:
        for keyword, factor in (("RegionLocationMinX0", across), ("RegionLocationMaxX1", across),
                                ("RegionLocationMinY0", down), ("RegionLocationMaxY1", down),
                                ("ReferencePixelX0", across), ("ReferencePixelY0", down)):  # fmt: skip
            if keyword in item:
                setattr(item, keyword, round(int(getattr(item, keyword)) * factor))
        for keyword, factor in (("PhysicalDeltaX", across), ("PhysicalDeltaY", down)):
            if keyword in item:
                setattr(item, keyword, float(getattr(item, keyword)) / factor)
