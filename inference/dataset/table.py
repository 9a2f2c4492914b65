"""labels.csv: one row a picture, as spreadsheets write it."""

from __future__ import annotations

import csv
import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path

from inference.dataset.errors import DataSetError
from inference.dataset.row import COLUMNS, NEEDED, LabelRow, row_of


def label_rows(path: Path) -> Iterator[LabelRow]:
    """Rows of labels.csv in their order.

    Raises:
        DataSetError: see `row_of`, or a column is missing.
    """
    for number, fields in table_rows(path, COLUMNS, NEEDED):
        yield row_of(fields, f"{path.name} row {number}")


def table_rows(
    path: Path, columns: tuple[str, ...], needed: tuple[str, ...]
) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Rows of a table with their numbers as a spreadsheet counts them: the header is row 1.

    Commas, semicolons or tabs divide; names of columns are read without regard to case. Empty rows are
    passed over.

    Raises:
        DataSetError: no text in UTF-8, a column is missing, is there twice or looks mistyped, or a row has
            more fields than the header.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline()
            file.seek(0)
            divider = max(",;\t", key=first.count)
            lines = csv.reader(file, delimiter=divider, strict=True)
            header = _header(path, next(lines, []), columns, needed)
            for number, values in enumerate(lines, 2):
                if not any(value.strip() for value in values):
                    continue
                if len(values) > len(header):
                    raise DataSetError(
                        f"{path.name} row {number}: expected {len(header)} fields, got {len(values)}"
                    )
                yield number, dict(zip(header, (value.strip() for value in values), strict=False))
    except UnicodeDecodeError as error:
        raise DataSetError(f"{path.name}: expected text in UTF-8, got another encoding") from error
    except csv.Error as error:
        raise DataSetError(f"{path.name} row {lines.line_num}: not a table ({error})") from error
    except OSError as error:
        raise DataSetError(f"{path.name}: cannot be read ({error.strerror or error})") from error


def _header(path: Path, names: list[str], columns: tuple[str, ...], needed: tuple[str, ...]) -> list[str]:
    header = [name.strip().lower().replace(" ", "_") for name in names]
    absent = [name for name in columns if name not in header]
    for name in header:
        if name and header.count(name) > 1:
            raise DataSetError(f"{path.name}: expected each column once, got {name} twice")
        likely = difflib.get_close_matches(name, absent, 1, 0.8) if name not in columns else []
        if likely:
            raise DataSetError(f"{path.name}: there is no column {name}; {likely[0]} is meant?")
    for name in needed:
        if name not in header:
            raise DataSetError(f"{path.name}: expected a column {name}, got {', '.join(header) or 'nothing'}")
    return header
