"""Small DICOM objects with planted values of a patient, to be looked for where they must not be."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    UID,
    ExplicitVRLittleEndian,
    JPEGBaseline8Bit,
    UltrasoundImageStorage,
    UltrasoundMultiFrameImageStorage,
    generate_uid,
)

NAME, ID, BORN = "PLANTEDNAME^ALMA", "PLANTEDID77", "19881224"
PLANTED = ("PLANTEDNAME", "ALMA", "PLANTEDID77", "19881224")


def cine(path: Path, *, frames: int = 3, study: str | None = None, side: int = 64) -> Dataset:
    """An ultrasound cine in JPEG, as machines store it; what was written."""
    dataset = _patient(UltrasoundMultiFrameImageStorage, study)
    _picture(dataset, side)
    dataset.NumberOfFrames = frames
    dataset.FrameTime = "40.0"
    dataset.FrameIncrementPointer = 0x00181063
    dataset.PixelData = encapsulate([_jpeg(index, side) for index in range(frames)])
    dataset["PixelData"].is_undefined_length = True
    return _written(dataset, path, JPEGBaseline8Bit)


def still(path: Path, *, study: str | None = None, side: int = 64) -> Dataset:
    """An uncompressed ultrasound picture."""
    dataset = _patient(UltrasoundImageStorage, study)
    _picture(dataset, side)
    dataset.PixelData = _pixels(0, side).tobytes()
    return _written(dataset, path, ExplicitVRLittleEndian)


def _patient(kind: UID, study: str | None) -> Dataset:
    dataset = Dataset()
    dataset.SOPClassUID = kind
    dataset.SOPInstanceUID = generate_uid()
    dataset.StudyInstanceUID = study or generate_uid()
    dataset.SeriesInstanceUID = generate_uid()
    dataset.PatientName, dataset.PatientID, dataset.PatientBirthDate = NAME, ID, BORN
    dataset.PatientSex, dataset.Modality = "F", "US"
    dataset.StudyDate, dataset.StudyTime, dataset.AccessionNumber = "20261122", "101500", "ACC1"
    dataset.StudyID, dataset.SeriesNumber, dataset.InstanceNumber = "1", 1, 1
    return dataset


def _picture(dataset: Dataset, side: int) -> None:
    dataset.Rows = dataset.Columns = side
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit, dataset.PixelRepresentation = 7, 0


def _written(dataset: Dataset, path: Path, syntax: UID) -> Dataset:
    dataset["PixelData"].VR = "OB"
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.save_as(path, enforce_file_format=True)
    return dataset


def _pixels(index: int, side: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.random.default_rng(index).integers(0, 255, (side, side), np.uint8)


def _jpeg(index: int, side: int) -> bytes:
    out = io.BytesIO()
    Image.fromarray(_pixels(index, side)).save(out, "JPEG")
    return out.getvalue()
