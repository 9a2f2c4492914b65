from __future__ import annotations

from pathlib import Path

import pytest

from inference.dataset import DataSetError, ReaderCall, read_dataset, read_readers
from tests.inference.dataset.site_folder import ROW, write_set

HEADER = "reader,seniority,mode,exam,file,frame,call,confidence,seconds"


def with_readers(folder: Path, *lines: str) -> Path:
    write_set(folder, [ROW | {"exam": "E1"}])
    (folder / "readers.csv").write_text("\n".join((HEADER, *lines)))
    return folder


def test_answers_to_exams_and_to_pictures(tmp_path: Path) -> None:
    folder = with_readers(tmp_path, "R1,senior,unaided,E1,,,1,80,12.5", "R2,,aided,,a.png,0,0,,")
    assert read_readers(read_dataset(folder)) == (
        ReaderCall("R1", "senior", "unaided", True, exam="E1", confidence=80.0, seconds=12.5),
        ReaderCall("R2", "", "aided", False, file="a.png"),
    )
    (folder / "readers.csv").unlink()
    assert read_readers(read_dataset(folder)) == ()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("R1,senior,unaided,E9,,,1,,", "there is no exam E9"),
        ("R1,senior,unaided,,b.png,0,1,,", r"frame 0 of b\.png is not in the data set"),
        ("R1,senior,unaided,,,,1,,", "expected an exam or a file, got neither"),
        ("R1,boss,unaided,E1,,,1,,", "expected seniority as senior or junior"),
        ("R1,senior,helped,E1,,,1,,", "expected mode as unaided or aided"),
        ("R1,senior,unaided,E1,,,,,", "expected call as 0 or 1"),
        ("R1,senior,unaided,E1,,,1,101,", "expected confidence as a number from 0 to 100"),
        ("R0,senior,unaided,E1,,,1,,", "reader R0 has answered this unaided already"),
    ],
)
def test_answers_that_are_none(tmp_path: Path, line: str, words: str) -> None:
    data = read_dataset(with_readers(tmp_path, "R0,senior,unaided,E1,,,1,,", line))
    with pytest.raises(DataSetError, match=rf"readers\.csv row 3: .*{words}"):
        read_readers(data)
