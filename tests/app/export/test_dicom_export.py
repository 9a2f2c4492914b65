from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset

from app.export.content import ReportContent
from app.export.dicom_export import DicomChoice, DicomExport
from app.export.from_exam import content_of
from app.export.patient import Patient
from app.export.pseudonym import Pseudonyms
from app.session.reader import ExamReader
from app.session.store import ExamStore
from app.words import STANDING
from capture.open import open_source
from tests.app.export.conftest import PLANTED

PATIENT = Patient(
    "Quibblesworth^Zaphira", "ZQ-4711-X", birth_date="19870605", sex="F", issuer="Clinic",
    accession_number="A77", study_uid="1.2.3.4", study_id="S1", study_description="Anomaly scan",
    referring_physician="Drummelfink^", requested_procedure_id="R1", scheduled_step_id="P1",
)  # fmt: skip
EXPLAINED = (
    "Unrecognized defined term <99PHILTRUM>",
    "needed to build DICOMDIR - Study Date",
    "needed to build DICOMDIR - Study Time",
    "needed to build DICOMDIR - Study ID",
    "attribute <Laterality>",
)
"""Warnings of dciodvfy that docs/dicom-out.md explains; errors there are none."""


@pytest.fixture(scope="module")
def folder(
    exam: ExamReader, content: ReportContent, names: Pseudonyms, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """De-identified in one folder, with the patient in the other, and a fractional segmentation."""
    out = tmp_path_factory.mktemp("dicom")
    for name, patient in (("nobody", None), ("patient", PATIENT)):
        (out / name).mkdir()
        list(DicomExport(exam, content, DicomChoice(patient), names).write(out / name))
    (out / "fractional").mkdir()
    choice = DicomChoice(segmentation="fractional", overlays=False, cines=False, report=False)
    list(DicomExport(exam, content, choice, names).write(out / "fractional"))
    return out


def objects(folder: Path, kind: str) -> list[Dataset]:
    return [pydicom.dcmread(path) for path in sorted(folder.glob(f"*-{kind}-*.dcm"))]


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dciodvfy (Debian's dicom3tools) is not here")
@pytest.mark.parametrize("whose", ["nobody", "patient", "fractional"])
def test_dciodvfy_finds_no_error(folder: Path, whose: str) -> None:
    found: dict[str, list[str]] = {}
    files = sorted((folder / whose).glob("*.dcm"))
    assert files
    for path in files:
        run = subprocess.run(["dciodvfy", path], capture_output=True, text=True, check=False)
        lines = [
            line for line in (run.stdout + run.stderr).splitlines()
            if line.startswith("Error")
            or (line.startswith("Warning") and not any(known in line for known in EXPLAINED))
        ]  # fmt: skip
        if lines:
            found[path.name] = lines
    assert not found


def test_every_kind_is_there_and_refers_to_the_pictures(folder: Path) -> None:
    made = folder / "nobody"
    kinds = {kind: objects(made, kind) for kind in ("still", "overlay", "cine", "segmentation", "report")}
    assert all(kinds.values())
    stills = {one.SOPInstanceUID for one in kinds["still"]}
    for one in kinds["segmentation"]:
        assert (
            one.ReferencedSeriesSequence[0].ReferencedInstanceSequence[0].ReferencedSOPInstanceUID in stills
        )
        assert one.SegmentSequence[0].SegmentAlgorithmType == "AUTOMATIC"
        assert one.pixel_array.any()
    (report,) = kinds["report"]
    assert report.ContentTemplateSequence[0].TemplateIdentifier == "1500"
    referred = report.to_json()
    shown = [one for one in kinds["segmentation"] if one.SOPInstanceUID in referred]
    assert shown, "the flag refers to its segmentation"
    assert any(uid in referred for uid in stills)
    assert "Lip view suspect, palate view without a sign; ask an expert" in referred
    assert "Isolated cleft palate is not excluded" in referred and "SYNTHETIC" in referred


def test_segmentation_lies_on_its_still(folder: Path) -> None:
    stills = {one.SOPInstanceUID: one for one in objects(folder / "nobody", "still")}
    for one in objects(folder / "nobody", "segmentation"):
        source = one.ReferencedSeriesSequence[0].ReferencedInstanceSequence[0].ReferencedSOPInstanceUID
        picture, mask = stills[source].pixel_array, one.pixel_array
        assert mask.shape[-2:] == picture.shape[:2]
        assert (picture[mask.reshape(picture.shape[:2]) > 0] > 0).mean() > 0.5
    fractional = objects(folder / "fractional", "segmentation")
    assert fractional
    assert all(one.SegmentationType == "FRACTIONAL" for one in fractional)
    assert len(np.unique(fractional[0].pixel_array)) > 2


def test_a_reader_sees_what_has_to_be_said(folder: Path) -> None:
    for whose in ("nobody", "patient"):
        for path in sorted((folder / whose).glob("*.dcm")):
            one = pydicom.dcmread(path)
            assert "research use only" in one.SeriesDescription and "SYNTHETIC" in one.SeriesDescription
            if "ImageComments" in one:
                assert STANDING in one.ImageComments and "SYNTHETIC" in one.ImageComments
    still, seen = (objects(folder / "nobody", kind)[0] for kind in ("still", "overlay"))
    assert seen.Rows > still.Rows, "the words stand below the picture, not on it"


def test_the_pixels_of_stills_are_those_kept(folder: Path, content: ReportContent) -> None:
    kept = content.fetuses[0].views[0].pictures[0].raw
    assert any(
        one.pixel_array.shape == kept.shape and np.array_equal(one.pixel_array, kept)
        for one in objects(folder / "nobody", "still")
    )


def test_cines_play_here_with_their_times_and_scale(folder: Path, exam: ExamReader) -> None:
    (path, *_) = sorted((folder / "nobody").glob("*-cine-*.dcm"))
    with open_source(str(path)) as source:
        assert source.info.frames is not None and source.info.frames > 20
        assert source.info.mm_per_px == pytest.approx(0.1)
        assert source.info.fps == pytest.approx(30, rel=0.02)
        frame = source.read()
    assert frame is not None
    with exam.source() as recorded:
        first = recorded.read()
    assert first is not None and frame.pixels.shape[:2] == first.pixels.shape[:2]


def test_nothing_typed_and_no_date_is_in_the_de_identified(folder: Path, exam: ExamReader) -> None:
    day = exam.exam.started[:10]
    forbidden = (*PLANTED, exam.exam.id, day, day.replace("-", ""))
    for path in [*(folder / "nobody").iterdir(), *(folder / "fractional").iterdir()]:
        data = path.read_bytes()
        for word in forbidden:
            assert word.encode() not in data, (path.name, word)
            assert word not in path.name
        one = pydicom.dcmread(path)
        assert one.PatientIdentityRemoved == "YES"
        assert one.PatientID == content_alias(exam) == str(one.PatientName).rstrip("^")
        assert not one.StudyDate and not one.StudyTime


def content_alias(exam: ExamReader) -> str:
    return Pseudonyms(b"k" * 32).alias(exam.exam.id)


def test_the_chosen_patient_is_in_every_object_and_in_no_file_name(folder: Path) -> None:
    for path in (folder / "patient").iterdir():
        one = pydicom.dcmread(path)
        assert (one.PatientName, one.PatientID) == ("Quibblesworth^Zaphira", "ZQ-4711-X")
        assert (one.StudyInstanceUID, one.AccessionNumber) == ("1.2.3.4", "A77")
        assert one.PatientIdentityRemoved == "NO"
        assert not any(word in path.name for word in PLANTED)


def test_same_content_same_uids_and_none_shared_between_named_and_nameless(
    folder: Path, exam: ExamReader, content: ReportContent, names: Pseudonyms
) -> None:
    def uids(whose: str) -> set[str]:
        found = set()
        for path in (folder / whose).iterdir():
            one = pydicom.dcmread(path)
            found |= {str(one.SOPInstanceUID), str(one.SeriesInstanceUID), str(one.StudyInstanceUID)}
        return found

    assert not uids("nobody") & uids("patient")
    again = DicomExport(exam, content, DicomChoice(cines=False), names)
    made = {str(one.dataset.SOPInstanceUID) for one in again.objects()}
    assert made <= uids("nobody")


def test_the_plan_says_what_will_be_written(
    folder: Path, exam: ExamReader, content: ReportContent, names: Pseudonyms
) -> None:
    plan = DicomExport(exam, content, DicomChoice(), names).plan()
    written = {path.name for path in (folder / "nobody").iterdir()}
    planned = {file.name for file in plan.files}
    assert written <= planned
    assert {name for name in planned - written if "segmentation" not in name} == set()
    assert plan.picture is not None
    assert any(line.keyword == "PatientID" for line in plan.kept)
    named = DicomExport(exam, content, DicomChoice(PATIENT), names).plan()
    assert not any(word in line for line in named.lines() for word in PLANTED)


def test_an_exam_of_no_pictures_gives_nothing(
    tmp_path: Path, content: ReportContent, names: Pseudonyms
) -> None:
    store = ExamStore(tmp_path / "exams")
    writer = store.new_exam()
    writer.close()
    reader = store.open(writer.id)
    export = DicomExport(reader, content_of(reader), DicomChoice(), names)
    assert list(export.objects()) == []
    assert export.plan().files == ()
