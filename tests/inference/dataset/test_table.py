from __future__ import annotations

from pathlib import Path

import pytest

from inference.dataset import DataSetError
from inference.dataset.table import label_rows

LINE = "a.png{0}F1{0}S1{0}lip{0}0\n"


def table(path: Path, header: str, *lines: str, encoding: str = "utf-8") -> Path:
    path = path / "labels.csv"
    path.write_bytes(("\n".join((header, *lines))).encode(encoding))
    return path


@pytest.mark.parametrize("divider", [",", ";", "\t"])
def test_dividers_marks_and_empty_lines_of_spreadsheets(tmp_path: Path, divider: str) -> None:
    header = divider.join(("File", "FETUS", "site", "View", "cleft ", ""))
    path = table(tmp_path, header, "", LINE.format(divider), encoding="utf-8-sig")
    (row,) = label_rows(path)
    assert (row.file, row.fetus, row.cleft, row.place) == ("a.png", "F1", False, "labels.csv row 3")


def test_backslashes_of_windows_divide_folders(tmp_path: Path) -> None:
    (row,) = label_rows(table(tmp_path, "file,fetus,site,view,cleft", "sub\\a.png,F,S,lip,"))
    assert row.file == "sub/a.png"
    assert row.cleft is None


@pytest.mark.parametrize(
    ("header", "line", "words"),
    [
        ("file,fetus,view,cleft", "a,b,lip,0", "expected a column site"),
        ("file,fetus,site,view,cleft,cleft", "a,b,c,lip,0,0", "expected each column once, got cleft twice"),
        ("file,fetus,site,view,cleft,judgable", "a,b,c,lip,0,1", "no column judgable; judgeable is meant"),
        ("file,fetus,site,view,cleft", "a,b,c,lip,0,1", "row 2: expected 5 fields, got 6"),
        ("file,fetus,site,view,cleft", '"a,b,c,lip,0', "row 2: not a table"),
        ("", "", "expected a column file, got nothing"),
    ],
)
def test_tables_that_cannot_be_read(tmp_path: Path, header: str, line: str, words: str) -> None:
    with pytest.raises(DataSetError, match=words):
        list(label_rows(table(tmp_path, header, line)))


def test_another_encoding_is_named(tmp_path: Path) -> None:
    path = table(tmp_path, "file,fetus,site,view,cleft", "a.png,F,Köln,lip,0", encoding="latin-1")
    with pytest.raises(DataSetError, match="expected text in UTF-8"):
        list(label_rows(path))
