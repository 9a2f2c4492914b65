"""A folder of labelled pictures, cines and DICOM files: `philtrum-dataset/1`."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, cast

import cv2
import numpy as np
from PIL import Image
from pydantic import BaseModel, ValidationError

from capture.frame import Frame, Pixels
from capture.geometry import Box, Region
from capture.open import open_source
from capture.picture import read_picture
from capture.region.tracker import RegionTracker
from capture.source import EndOfSource, SeekableSource, SourceError
from inference.dataset.checks import check_rows
from inference.dataset.coco import coco_rows
from inference.dataset.errors import DataSetError
from inference.dataset.row import LabelRow
from inference.dataset.table import label_rows

FORMAT = "philtrum-dataset/1"


class _About(BaseModel):
    """dataset.json."""

    format: Literal["philtrum-dataset/1"]
    name: str
    synthetic: bool
    description: str = ""
    license: str = ""
    domain: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class DataSet:
    """Rows in memory, pictures on disk: one picture at a time is decoded, whatever the size of the set."""

    folder: Path
    name: str
    synthetic: bool
    domain: str
    description: str
    license: str
    rows: tuple[LabelRow, ...]
    _sizes: dict[str, tuple[int, int]] = field(default_factory=dict)
    """(width, height) of the files seen."""
    _digests: dict[str, str] = field(default_factory=dict)
    """Of the files' bytes, as far as they were asked for."""

    def frames(self, rows: Sequence[LabelRow] | None = None) -> Iterator[tuple[LabelRow, Pixels, Region]]:
        """Each labelled picture with its scan's place; each file is opened once.

        Files come in the order of their first row, and the pictures of a file in their own order. Where a row
        does not say where the scan lies, it is found as the program finds it, on all pictures before.

        Args:
            rows: some of the set's own; None for all.

        Raises:
            DataSetError: a file cannot be read, has no such frame, or no place for the scan that is named.
        """
        by_file: dict[str, list[LabelRow]] = defaultdict(list)
        for row in self.rows if rows is None else rows:
            by_file[row.file].append(row)
        for name, wanted in by_file.items():
            yield from self._of_file(name, sorted(wanted, key=lambda row: row.frame))

    def mask(self, row: LabelRow) -> Pixels | None:
        """uint8 (h, w) of the picture's size, 255 in the gap; None where nobody has drawn one.

        Of a finding that is only a box, the whole box.

        Raises:
            DataSetError: the mask's file cannot be read.
        """
        if row.mask:
            try:
                pixels = read_picture(self.folder / row.mask).pixels
            except SourceError as error:
                raise DataSetError(f"{row.place}: {error}") from error
            grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY) if pixels.ndim == 3 else pixels
            return np.where(grey > 127, np.uint8(255), np.uint8(0))
        if row.outline is not None:
            return row.outline.mask()
        if row.finding is None:
            return None
        width, height = self._size(row)
        out = np.zeros((height, width), np.uint8)
        box = row.finding.clipped(width, height)
        out[box.y0 : box.y1, box.x0 : box.x1] = 255
        return out

    def exams(self) -> dict[str, tuple[LabelRow, ...]]:
        """The rows of each exam in the order of their times; rows of no exam are left out."""
        out: dict[str, list[LabelRow]] = defaultdict(list)
        for row in self.rows:
            if row.exam:
                out[row.exam].append(row)
        return {name: tuple(sorted(rows, key=lambda row: row.time_s or 0.0)) for name, rows in out.items()}

    def digest(self, row: LabelRow) -> str:
        """The same for the same picture: of the file's bytes and the frame's index."""
        if row.file not in self._digests:
            with (self.folder / row.file).open("rb") as file:
                self._digests[row.file] = hashlib.file_digest(file, "blake2b").hexdigest()
        return f"{self._digests[row.file]}#{row.frame}"

    def _of_file(self, name: str, rows: list[LabelRow]) -> Iterator[tuple[LabelRow, Pixels, Region]]:
        place = rows[0].place
        try:
            with cast(SeekableSource, open_source(str(self.folder.absolute() / name))) as source:
                count = len(source.times_s)
                for row in rows:
                    if row.frame >= count:
                        raise DataSetError(
                            f"{row.place}: expected a frame from 0 to {count - 1} of {name}, got {row.frame}"
                        )
                info = source.info
                tracker = RegionTracker(claimed=info.claimed_region, mm_per_px_from=info.mm_per_px_from)
                search = any(row.scan is None for row in rows)
                for row in rows:
                    place = row.place
                    frame, found = _reach(source, row, tracker if search else None)
                    self._sizes[name] = (frame.width, frame.height)
                    self._check_sizes(row, frame)
                    yield row, frame.pixels, _region(row, frame, found)
        except DataSetError:
            raise
        except SourceError as error:
            raise DataSetError(f"{place}: {error}") from error

    def _check_sizes(self, row: LabelRow, frame: Frame) -> None:
        """A mask of another size than its picture would lie beside the gap."""
        size = (frame.width, frame.height)
        masked = None
        if row.mask:
            try:
                with Image.open(self.folder / row.mask) as image:
                    masked = image.size
            except (OSError, SyntaxError, ValueError) as error:
                raise DataSetError(f"{row.place}: {row.mask}: expected a picture, got none") from error
        elif row.outline is not None:
            masked = (row.outline.width, row.outline.height)
        if masked is not None and masked != size:
            raise DataSetError(
                f"{row.place}: expected a mask of the picture's {size[0]}x{size[1]}, "
                f"got {masked[0]}x{masked[1]}"
            )

    def _size(self, row: LabelRow) -> tuple[int, int]:
        if row.file not in self._sizes:
            for _ in self._of_file(row.file, [replace(row, scan=Box(0, 0, 1, 1), sector=None)]):
                pass
        return self._sizes[row.file]


def _reach(
    source: SeekableSource, row: LabelRow, tracker: RegionTracker | None
) -> tuple[Frame, Region | None]:
    """The row's frame, and where the tracker, which is shown all frames on the way, sees the scan."""
    if tracker is None:
        source.seek(row.frame)
    try:
        while True:
            frame = source.read()
            if frame is None:
                continue
            found = tracker.feed(frame) if tracker else None
            if frame.index >= row.frame:
                break
    except EndOfSource:
        frame = None
    if frame is None or frame.index != row.frame:
        raise DataSetError(f"{row.place}: frame {row.frame} of {row.file} is damaged")
    return frame, found


def _region(row: LabelRow, frame: Frame, found: Region | None) -> Region:
    scale = frame.mm_per_px if row.mm_per_px is None else row.mm_per_px
    if row.scan is None:
        assert found is not None
        return found if row.mm_per_px is None else replace(found, mm_per_px=scale, mm_per_px_from="labels")
    box = row.scan.clipped(frame.width, frame.height)
    if box != row.scan:
        raise DataSetError(
            f"{row.place}: expected the scan inside the picture of {frame.width}x{frame.height}, got "
            f"{row.scan.x0}, {row.scan.y0}, {row.scan.x1}, {row.scan.y1}"
        )
    return Region(box, frame.width, frame.height, row.sector, "manual", scale, "labels" if scale else None)


def read_dataset(folder: Path | str) -> DataSet:
    """Read what a folder says of its pictures; the pictures themselves are not opened yet.

    Raises:
        DataSetError: dataset.json or the labels are missing or wrong; one line naming file and row.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise DataSetError(f"{folder}: there is no such folder")
    about = _about(folder / "dataset.json")
    table, coco = folder / "labels.csv", folder / "coco.json"
    if table.exists() == coco.exists():
        got = "both" if table.exists() else "neither"
        raise DataSetError(f"{folder.name}: expected labels.csv or coco.json, got {got}")
    rows = tuple(label_rows(table) if table.exists() else coco_rows(coco))
    if not rows:
        raise DataSetError(f"{(table if table.exists() else coco).name}: expected rows, got none")
    check_rows(rows, folder)
    return DataSet(folder, about.name, about.synthetic, about.domain, about.description, about.license, rows)


def _about(path: Path) -> _About:
    try:
        return _About.model_validate_json(path.read_bytes())
    except FileNotFoundError as error:
        example = f'{{"format": "{FORMAT}", "name": "...", "synthetic": false}}'
        raise DataSetError(f"{path.parent.name}: expected a dataset.json such as {example}") from error
    except OSError as error:
        raise DataSetError(f"{path.name}: cannot be read ({error.strerror or error})") from error
    except ValidationError as error:
        wrong = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in wrong["loc"])
        raise DataSetError(f"{path.name}: {where}: {wrong['msg']}") from error
