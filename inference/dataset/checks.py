"""What rows must not say of each other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from inference.dataset.errors import DataSetError
from inference.dataset.row import LabelRow


def check_rows(rows: Sequence[LabelRow], folder: Path) -> None:
    """Raises `DataSetError` for the first contradiction, or file that is not there."""
    pictures: dict[tuple[str, int], LabelRow] = {}
    sites: dict[str, LabelRow] = {}
    exams: dict[str, LabelRow] = {}
    there: set[str] = set()
    for row in rows:
        twin = pictures.setdefault((row.file, row.frame), row)
        if twin is not row:
            raise DataSetError(
                f"{row.place}: {row.file} frame {row.frame} is labelled already in {twin.place}"
            )
        first = sites.setdefault(row.fetus, row)
        if first.site != row.site:
            raise DataSetError(
                f"{row.place}: expected fetus {row.fetus} at site {first.site} as in {first.place}, "
                f"got site {row.site}"
            )
        _check_exam(row, exams)
        for name in (row.file, row.mask):
            if name and name not in there:
                if not (folder / name).is_file():
                    raise DataSetError(f"{row.place}: {name}: there is no such file")
                there.add(name)


def _check_exam(row: LabelRow, exams: dict[str, LabelRow]) -> None:
    if not row.exam:
        return
    first = exams.setdefault(row.exam, row)
    if first.fetus != row.fetus:
        raise DataSetError(
            f"{row.place}: expected exam {row.exam} of fetus {first.fetus} as in {first.place}, "
            f"got fetus {row.fetus}"
        )
    if (first.time_s is None) != (row.time_s is None):
        raise DataSetError(
            f"{row.place}: expected time_s in all rows of exam {row.exam} or in none; {first.place} differs"
        )
