"""One labelled picture, and how it is read from the words of a table."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal, TypeVar, cast

from capture.geometry import Box, Sector, SectorKind
from inference.dataset.errors import DataSetError
from inference.dataset.outline import Outline

LabelView = Literal["lip", "palate", "other"]
VIEWS: tuple[LabelView, ...] = ("lip", "palate", "other")
LOOK_ALIKES = (
    "philtrum",
    "oblique",
    "low_nostril",
    "shadow",
    "cord",
    "hand",
    "open_mouth",
    "motion",
    "poor_fluid",
    "scar",
)
"""What may be taken for a cleft."""
NEEDED = ("file", "fetus", "site", "view", "cleft")
_SCAN = ("x0", "y0", "x1", "y1")
_FINDING = ("box_x0", "box_y0", "box_x1", "box_y1")
COLUMNS = (
    *("file", "frame", "fetus", "site", "exam", "clip", "time_s", "view", "cleft", "judgeable"),
    *("kind", "extent", "quality", "width_mm", "gap_px", "contrast", "look_alikes", "mm_per_px"),
    *(*_SCAN, "sector", "mask", *_FINDING),
)
_LIMIT_PX = 100_000
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class LabelRow:
    """What is known of one picture. Empty texts and None stand for "not known"."""

    file: str
    """Relative to the data set's folder, with forward slashes."""
    frame: int
    """Index in the file, from 0."""
    fetus: str
    site: str
    view: LabelView
    cleft: bool | None
    """A gap is in the picture and can be seen."""
    judgeable: bool = True
    """False: a gap that nobody could see, or structures out of sight; neither a positive nor a negative."""
    exam: str = ""
    clip: str = ""
    time_s: float | None = None
    """Within the exam, seconds."""
    kind: str = ""
    extent: str = ""
    quality: float | None = None
    """Of the plane, 0 to 1."""
    width_mm: float | None = None
    """Of the cleft at the lip's free border."""
    gap_px: float | None = None
    """Area of the gap in a picture of 256 px, in its pixels."""
    contrast: float | None = None
    """Of the gap against its surroundings, in pooled deviations."""
    look_alikes: tuple[str, ...] = ()
    mm_per_px: float | None = None
    scan: Box | None = None
    """Where the scan lies, in displayed pixels; None: to be found."""
    sector: Sector | None = None
    mask: str = ""
    """Relative path of a PNG of the picture's size; above 127 lies the gap."""
    finding: Box | None = None
    outline: Outline | None = None
    """Of the gap, from a COCO file."""
    more: tuple[tuple[str, str], ...] = ()
    """Columns of the table that are not named here."""
    place: str = ""
    """For messages: 'labels.csv row 7'."""

    def column(self, name: str) -> str:
        """The text of a column that this class does not name; empty where there is none."""
        return dict(self.more).get(name, "")


def row_of(fields: Mapping[str, str], place: str, outline: Outline | None = None) -> LabelRow:
    """A row from its texts by column name.

    Raises:
        DataSetError: a text is missing, is no number, or out of range, or two of them contradict each other.
    """
    read = Fields(fields, place)
    row = LabelRow(
        file=read.path("file", needed=True),
        frame=read.number("frame", int, 0, 10_000_000) or 0,
        fetus=read.needed("fetus"),
        site=read.needed("site"),
        view=cast(LabelView, read.one_of("view", VIEWS)),
        cleft=read.flag("cleft"),
        judgeable=read.flag("judgeable") is not False,
        exam=read.text("exam"),
        clip=read.text("clip"),
        time_s=read.number("time_s", float, 0, 1e6),
        kind=read.text("kind").lower(),
        extent=read.text("extent").lower(),
        quality=read.number("quality", float, 0, 1),
        width_mm=read.number("width_mm", float, 0, 100),
        gap_px=read.number("gap_px", float, 0, 65536),
        contrast=read.number("contrast", float, -1000, 1000),
        look_alikes=read.names("look_alikes", LOOK_ALIKES),
        mm_per_px=read.number("mm_per_px", float, 1e-4, 10),
        scan=read.box(_SCAN),
        sector=read.sector("sector"),
        mask=read.path("mask"),
        finding=read.box(_FINDING),
        outline=outline,
        more=tuple((name, text) for name, text in fields.items() if name not in COLUMNS and text),
        place=place,
    )
    if row.cleft and row.view == "other":
        raise DataSetError(f"{place}: expected cleft 0 or empty with view other, got cleft 1")
    if row.cleft and row.kind == "none":
        raise DataSetError(f"{place}: expected a kind of cleft or nothing with cleft 1, got kind none")
    if row.sector is not None and row.scan is None:
        raise DataSetError(f"{place}: expected {', '.join(_SCAN)} beside the sector, got none")
    return row


class Fields:
    """Texts of a row, turned into values; each failure names place and column."""

    def __init__(self, fields: Mapping[str, str], place: str) -> None:
        self._fields, self._place = fields, place

    def text(self, name: str) -> str:
        return self._fields.get(name, "").strip()

    def needed(self, name: str) -> str:
        text = self.text(name)
        if not text:
            raise self.wrong(name, "a value", "nothing")
        return text

    def wrong(self, name: str, wanted: str, got: str) -> DataSetError:
        shown = got if len(got) <= 60 else f"{got[:57]}..."
        return DataSetError(f"{self._place}: expected {name} as {wanted}, got {shown}")

    def path(self, name: str, *, needed: bool = False) -> str:
        text = (self.needed(name) if needed else self.text(name)).replace("\\", "/")
        path = PurePosixPath(text)
        if path.is_absolute() or ".." in path.parts or ":" in text.partition("/")[0]:
            raise self.wrong(name, "a path inside the data set's folder", text)
        return str(path) if text else ""

    def one_of(self, name: str, choices: tuple[str, ...]) -> str:
        text = self.needed(name).lower()
        if text not in choices:
            raise self.wrong(name, " or ".join(choices), text)
        return text

    def names(self, name: str, choices: tuple[str, ...]) -> tuple[str, ...]:
        names = tuple(part.strip().lower() for part in self.text(name).split(";") if part.strip())
        for part in names:
            if part not in choices:
                raise self.wrong(name, f"names among {', '.join(choices)}, with ; between them", part)
        return names

    def flag(self, name: str) -> bool | None:
        text = self.text(name).lower()
        if text not in ("", "0", "1", "0.0", "1.0", "true", "false"):
            raise self.wrong(name, "0, 1 or nothing", text)
        return None if not text else text in ("1", "1.0", "true")

    def number(self, name: str, kind: Callable[[float], _Value], low: float, high: float) -> _Value | None:
        text = self.text(name)
        if not text:
            return None
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not low <= value <= high or (kind is int and value != int(value)):
            what = "a whole number" if kind is int else "a number"
            raise self.wrong(name, f"{what} from {low:g} to {high:g}", text)
        return kind(value)

    def box(self, names: tuple[str, ...]) -> Box | None:
        """Whole pixels; outlines with fractions are widened to them."""
        ends = [self.number(name, float, -_LIMIT_PX, _LIMIT_PX) for name in names]
        if all(end is None for end in ends):
            return None
        if any(end is None for end in ends):
            raise DataSetError(f"{self._place}: expected all of {', '.join(names)} or none, got some")
        x0, y0, x1, y1 = (end or 0.0 for end in ends)
        box = Box(math.floor(x0), math.floor(y0), math.ceil(x1), math.ceil(y1))
        if box.area == 0:
            raise DataSetError(
                f"{self._place}: expected {names[0]} < {names[2]} and {names[1]} < {names[3]}, "
                f"got {x0:g}, {y0:g}, {x1:g}, {y1:g}"
            )
        return box

    def sector(self, name: str) -> Sector | None:
        """`convex;apex_x;apex_y;r0;r1;angle0;angle1`, or `linear;` and its corners, x;y each."""
        kind, *numbers = self.text(name).split(";")
        if not kind:
            return None
        try:
            values = [float(number) for number in numbers]
        except ValueError:
            values = []
        if kind in ("convex", "phased") and len(values) == 6:
            x, y, r0, r1, angle0, angle1 = values
            return Sector(cast(SectorKind, kind), x, y, r0, r1, angle0, angle1)
        if kind in ("linear", "trapezoid") and len(values) >= 6 and len(values) % 2 == 0:
            corners = tuple(zip(values[::2], values[1::2], strict=True))
            return Sector(cast(SectorKind, kind), corners=corners)
        raise self.wrong(
            name, "convex;apex_x;apex_y;r0;r1;angle0;angle1 or linear; and its corners", self.text(name)
        )
