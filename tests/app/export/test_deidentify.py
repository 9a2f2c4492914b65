from __future__ import annotations

import argparse
import logging
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pydicom
import pytest
from dicomanonymizer.simpledicomanonymizer import initialize_actions
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.tag import Tag
from pydicom.uid import ExplicitVRLittleEndian, UltrasoundMultiFrameImageStorage, generate_uid

from app.__main__ import main
from app.commands import export
from app.export import deid_profile
from app.export.deidentify import deidentified
from app.export.pseudonym import Pseudonyms
from app.refusal import Refusal
from app.session.synthetic import SyntheticScans
from capture.frame import Pixels
from capture.geometry import region_mask
from capture.open import open_source
from tests.app.export.conftest import PLANTED

NAME, GIVEN, NUMBER, BORN, DOCTOR = "Quibblesworth", "Zaphira", "ZQ-4711-X", "19870605", "Drummelfink"


def cine_frames(count: int = 6) -> tuple[list[Pixels], Pixels]:
    """A fan of speckle with the name above it, and which pixels are outside the fan."""
    scans = SyntheticScans(640, 480)
    outside = region_mask(scans.region) == 0
    rng = np.random.default_rng(3)
    frames = []
    for number in range(count):
        speckle = scans.pixels(number)
        speckle = np.where(outside, 0, np.maximum(speckle, rng.integers(20, 60, speckle.shape))).astype(
            np.uint8
        )
        cv2.putText(speckle, f"{NAME} {GIVEN} {NUMBER}", (8, 20), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (255,), 2)
        cv2.putText(speckle, DOCTOR, (8, 470), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (255,), 2)
        frames.append(speckle)
    return frames, outside.astype(np.uint8)


def planted_cine(path: Path, frames: list[Pixels]) -> None:
    """A cine with names in every kind of element."""
    meta = FileMetaDataset()
    uid = generate_uid()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = UltrasoundMultiFrameImageStorage, uid
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    d = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    d.SOPClassUID, d.SOPInstanceUID = UltrasoundMultiFrameImageStorage, uid
    d.StudyInstanceUID, d.SeriesInstanceUID = generate_uid(), generate_uid()
    d.PatientName, d.PatientID, d.PatientBirthDate = f"{NAME}^{GIVEN}", NUMBER, BORN
    d.OtherPatientIDs, d.PatientComments, d.ImageComments = NUMBER, f"{NAME} called", f"seen by {DOCTOR}"
    d.StudyDate = d.SeriesDate = d.ContentDate = BORN
    d.StudyDescription, d.SeriesDescription, d.ProtocolName = f"for {NAME}", DOCTOR, GIVEN
    d.ReferringPhysicianName = d.OperatorsName = d.PerformingPhysicianName = f"{DOCTOR}^"
    d.InstitutionName, d.StationName, d.AccessionNumber = f"{DOCTOR} clinic", GIVEN, NUMBER
    d.Manufacturer, d.ManufacturerModelName = f"GE Healthcare for {NAME}", GIVEN
    d.ImageType = ["ORIGINAL", "PRIMARY", GIVEN.upper()]
    d.TransducerType, d.Modality, d.DeviceSerialNumber = GIVEN.upper(), "US", NUMBER
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = NUMBER[:16], "99X", NAME
    d.ProcedureCodeSequence, d.ViewCodeSequence = [item], [item]
    asked = Dataset()
    asked.ScheduledPerformingPhysicianName, asked.PatientName = f"{DOCTOR}^", f"{NAME}^{GIVEN}"
    d.RequestAttributesSequence = [asked]
    region = Dataset()
    region.RegionSpatialFormat, region.RegionDataType, region.RegionFlags = 1, 1, 0
    region.RegionLocationMinX0, region.RegionLocationMinY0 = 64, 29
    region.RegionLocationMaxX1, region.RegionLocationMaxY1 = 575, 460
    region.PhysicalUnitsXDirection = region.PhysicalUnitsYDirection = 3
    region.PhysicalDeltaX = region.PhysicalDeltaY = 0.01
    region.add_new(0x00091001, "LO", NAME)
    region.add_new(0x00080070, "LO", NAME)
    d.SequenceOfUltrasoundRegions = [region]
    block = d.private_block(0x0009, "ACME ULTRASOUND", create=True)
    block.add_new(1, "LO", NAME)
    block.add_new(2, "SQ", [asked])
    d.private_block(0x0045, DOCTOR, create=True).add_new(1, "UN", NAME.encode())
    d.add_new(0x60003000, "OB", NAME.encode() + b"\0")
    d.add_new(0x60000022, "LO", NAME)
    d.NumberOfFrames, d.FrameTime, d.FrameIncrementPointer = len(frames), "33.3", Tag("FrameTime")
    d.Rows, d.Columns = frames[0].shape
    d.SamplesPerPixel, d.PhotometricInterpretation = 1, "MONOCHROME2"
    d.BitsAllocated, d.BitsStored, d.HighBit, d.PixelRepresentation = 8, 8, 7, 0
    d.PixelData = np.stack(frames).tobytes()
    d["PixelData"].VR = "OB"
    d.save_as(path, enforce_file_format=True)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("in") / f"{NAME}_{GIVEN}.dcm"
    planted_cine(path, cine_frames()[0])
    return path


def test_no_planted_value_is_in_anything_written(
    original: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    out, picture = tmp_path / "out", tmp_path / "first.png"
    parser = argparse.ArgumentParser()
    export.add_parser(parser.add_subparsers(), "")
    shown = ["export", "deidentify", str(original), "--preview", "--picture", str(picture)]
    assert export.run(parser.parse_args(shown)) == 0
    assert not out.exists(), "a preview writes nothing"
    assert export.run(parser.parse_args(["export", "deidentify", str(original), "--out", str(out)])) == 0
    said = capsys.readouterr()
    (path,) = out.iterdir()
    texts = [said.out.replace(str(tmp_path), ""), said.err, caplog.text, path.name]
    for word in (*PLANTED, NAME.upper(), GIVEN.upper()):
        for text in texts:
            assert word not in text
        for file in [path, picture, *tmp_path.rglob("philtrum-home/**/*")]:
            assert not file.is_file() or word.encode() not in file.read_bytes(), (file.name, word)
    assert "removes (0009,1001) private or unknown" in said.out
    assert "removes (0010,4000) PatientComments" in said.out
    assert "keeps   (0028,0010) Rows: 480" in said.out


def test_pixels_outside_the_scan_are_uniform_and_those_inside_stay(original: Path, tmp_path: Path) -> None:
    clean = deidentified(original, Pseudonyms(b"k" * 32))
    path = tmp_path / clean.name
    path.write_bytes(clean.data())
    frames, outside = cine_frames()
    clear = cv2.erode(outside, np.ones((25, 25), np.uint8), borderValue=1) > 0
    inside = cv2.erode(1 - outside, np.ones((25, 25), np.uint8)) > 0
    assert clear[:24, :400].any(), "the name's own place is looked at"
    with open_source(str(path)) as source:
        assert source.info.frames == len(frames)
        assert source.info.mm_per_px == pytest.approx(0.1)
        for original_frame in frames:
            frame = source.read()
            assert frame is not None
            grey = frame.pixels if frame.pixels.ndim == 2 else frame.pixels[..., 0]
            assert int(grey[clear].max()) <= 2
            assert float(np.abs(grey[inside].astype(int) - original_frame[inside]).mean()) < 4


def test_a_picture_without_a_scan_is_refused_without_its_name(tmp_path: Path) -> None:
    page = np.full((480, 640), 200, np.uint8)
    cv2.putText(page, NAME, (100, 200), cv2.FONT_HERSHEY_SIMPLEX, 2, (0,), 3)
    path = tmp_path / f"{NAME}.dcm"
    planted_cine(path, [page] * 2)
    header = pydicom.dcmread(path)
    del header.SequenceOfUltrasoundRegions
    header.save_as(path, enforce_file_format=True)
    with pytest.raises(Refusal, match="no scan is found") as refused:
        deidentified(path, Pseudonyms(b"k" * 32), "file 1 of 1")
    assert NAME not in str(refused.value)


@pytest.mark.parametrize("cut", [0, 40, 600, 4000])
def test_damaged_files_are_refused_in_one_line_without_values(
    original: Path, tmp_path: Path, cut: int
) -> None:
    path = tmp_path / f"{NAME}.dcm"
    path.write_bytes(original.read_bytes()[:cut])
    with pytest.raises(Refusal) as refused:
        deidentified(path, Pseudonyms(b"k" * 32), "file 1 of 1")
    message = str(refused.value)
    assert "\n" not in message and not any(word in message for word in PLANTED)
    assert refused.value.__cause__ is None, "a traceback would show what the library quotes"


def test_two_files_of_one_patient_stay_together_and_keys_part_them(original: Path) -> None:
    one, again = (deidentified(original, Pseudonyms(b"k" * 32)).dataset for _ in range(2))
    other = deidentified(original, Pseudonyms(b"j" * 32)).dataset
    assert (one.PatientID, one.StudyInstanceUID) == (again.PatientID, again.StudyInstanceUID)
    assert one.PatientID != other.PatientID and one.StudyInstanceUID != other.StudyInstanceUID
    header = pydicom.dcmread(original)
    assert one.StudyInstanceUID != header.StudyInstanceUID


def test_kept_elements_are_none_that_the_profile_takes_away() -> None:
    """PS3.15 Table E.1-1, as dicom-anonymizer keeps it."""
    table = set(initialize_actions("dicomfields_2026c"))
    for keyword in (*deid_profile.NUMBERS, *deid_profile.WORDS, *deid_profile.REGION_NUMBERS, "Manufacturer"):
        tag = Tag(keyword)
        assert (tag.group, tag.element) not in table, keyword
    for keyword in deid_profile.UIDS:
        assert (Tag(keyword).group, Tag(keyword).element) in table, keyword


def test_text_does_not_pass_as_a_number() -> None:
    header = Dataset()
    header.add_new(0x00180050, "LO", NAME)
    header.add_new("CineRate", "LO", NAME)
    header.add_new("FrameTime", "DS", "33.3")
    out = deid_profile.profiled(header, lambda uid: "1.2.3")
    assert "CineRate" not in out and out.FrameTime == 33.3


def test_the_command_line_prints_one_line_for_bad_input(tmp_path: Path) -> None:
    path = tmp_path / f"{NAME}.dcm"
    path.write_bytes(b"no dicom")
    command = [sys.executable, "-m", "app", "export", "deidentify", str(path), "--preview"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert run.stderr.count("\n") == 1 and NAME not in run.stderr + run.stdout


def test_where_only_a_box_is_found_a_person_has_to_look_first(
    shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two scans side by side: their box has the machine's banner in it."""
    dual = str(shared_data / "gdcm-US-ALOKA-16_big.dcm")
    assert main(["export", "deidentify", dual, "--out", str(tmp_path / "out")]) == 2
    assert "--reviewed" in capsys.readouterr().err
    assert not list((tmp_path / "out").iterdir())
    assert main(["export", "deidentify", dual, "--out", str(tmp_path / "out"), "--reviewed"]) == 0
    assert len(list((tmp_path / "out").iterdir())) == 1
