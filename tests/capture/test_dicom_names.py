from __future__ import annotations

from pathlib import Path

import pytest

from capture.dicom_names import named_after_patient
from tests.capture.dicom_net.objects import cine


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("plantedname_alma.dcm", True),
        ("PLANTED NAME.dcm", True),
        ("x-PLANTEDID77", True),
        ("1988-12-24.dcm", True),
        ("x alma 1.dcm", True),
        ("palmated.dcm", False),
        ("IM_0001", False),
        ("loop.dcm", False),
    ],
)
def test_a_name_that_holds_a_value(tmp_path: Path, name: str, told: bool) -> None:
    folder = Path("in")
    path = tmp_path / folder / name
    path.parent.mkdir()
    cine(path)
    assert named_after_patient(path) is told


def test_a_folder_counts_and_garbage_does_not(tmp_path: Path) -> None:
    (tmp_path / "Alma").mkdir()
    cine(tmp_path / "Alma" / "1.dcm")
    assert named_after_patient(tmp_path / "Alma" / "1.dcm")
    (tmp_path / "PLANTEDNAME.dcm").write_bytes(b"no DICOM at all")
    assert not named_after_patient(tmp_path / "PLANTEDNAME.dcm")
    assert not named_after_patient(tmp_path / "gone.dcm")
