"""Key pictures: the best frame of each view and of each flag, bare and with its heat-map; scan only."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from app.analyze import words
from app.analyze.drawing import BACK, PLAIN, QUIET, STATUS_COLOUR, put_heat, put_words, scan_picture
from app.analyze.facts import ModelFacts
from app.live.heatmap import HeatGate, heat_layer
from capture.frame import Pixels
from inference.analysis import Row
from inference.evidence_types import Flag, Status, ViewTally
from inference.prediction import Prediction

LARGEST = 2048
"""Pixels across or down a key picture; a larger scan is made smaller."""
MOST_FLAGS = 200
"""Flags that get pictures: a recording with more is not read picture by picture."""
RECENT_FLAGS = 16
"""Only these can still change: a flag is opened again within 30 counted pictures, and each takes several."""
_CAPTION = 64
_NARROWEST = 720
"""Pixels across below which the caption would not fit."""

_Key = TypeVar("_Key", str, int)


@dataclass(frozen=True, slots=True, eq=False)
class _Kept:
    """A candidate: everything its two files need, without the frame."""

    frame: int
    bare: Pixels
    overlaid: Pixels
    score: float


class KeyPictures:
    """Watches rows go by and keeps the picture of whatever is the best so far; writes them into a folder.

    A flag's pictures are written when it closes, so that memory holds those of the open one alone; should it
    open again and find a better frame, they are written over.
    """

    def __init__(self, folder: Path, facts: ModelFacts) -> None:
        self._folder = folder
        self._facts = facts
        self._views: dict[str, _Kept] = {}
        self._flags: dict[int, _Kept] = {}
        self._made: _Kept | None = None
        self.files: list[str] = []
        """Names of what was written, in the order of writing."""

    def look(self, row: Row) -> None:
        """Note a row; writes the pictures of flags that closed with it.

        Raises:
            OSError: a picture cannot be written.
        """
        evidence = row.evidence
        for view, tally in evidence.tallies.items():
            self._offer(self._views, str(view), tally, row)
        is_open = 0
        for flag in evidence.flags[-RECENT_FLAGS:]:
            if flag.open:
                is_open = flag.number
            if flag.number <= MOST_FLAGS:
                self._offer(self._flags, flag.number, flag, row)
        for number in [number for number in self._flags if number != is_open]:
            self._write_flag(number)

    def finish(self) -> None:
        """Write what is still held.

        Raises:
            OSError: a picture cannot be written.
        """
        for number in sorted(self._flags):
            self._write_flag(number)
        for view in sorted(self._views):
            self._write(f"view-{view}", self._views[view])

    def _offer(self, kept: dict[_Key, _Kept], key: _Key, of: ViewTally | Flag, row: Row) -> None:
        """Keep this row's picture under `key` if `of` calls it the best."""
        if row.prediction is None or of.best is None or not _shown(row):
            return
        index = row.scan.frame.index
        if of.best.scan.frame.index == index and (key not in kept or kept[key].frame != index):
            kept[key] = self._picture(row, row.prediction)

    def _picture(self, row: Row, prediction: Prediction) -> _Kept:
        if self._made is not None and self._made.frame == row.scan.frame.index:
            return self._made
        bare, scale = scan_picture(row.scan, LARGEST, LARGEST, enlarge=False)
        overlaid = bare.copy()
        facts = self._facts
        gate = HeatGate(facts.look_again, facts.release, facts.heat_threshold)
        shown = gate.opens(prediction, row.evidence)
        layer = heat_layer(prediction, facts.heat_threshold) if shown else None
        if layer is not None:
            put_heat(overlaid, scale, row.scan.region, layer)
        self._made = _Kept(
            row.scan.frame.index, bare, self._captioned(overlaid, row, prediction), prediction.cleft
        )
        return self._made

    def _captioned(self, picture: Pixels, row: Row, prediction: Prediction) -> Pixels:
        height, width = picture.shape[:2]
        canvas = np.full((height + _CAPTION, max(width, _NARROWEST), 3), BACK, np.uint8)
        left = (canvas.shape[1] - width) // 2
        canvas[:height, left : left + width] = picture
        evidence, frame = row.evidence, row.scan.frame
        time = "" if frame.media_s is None else f" · {frame.media_s:.2f} s"
        said = (
            f"{words.VIEW[prediction.view]} · model score {prediction.cleft:.2f} · frame {frame.index}{time}"
        )
        status = words.STATUS[evidence.status]
        put_words(canvas, (12, height + 6), status, 16, STATUS_COLOUR[evidence.status], "SemiBold")
        put_words(canvas, (canvas.shape[1] - 12, height + 7), said, 14, PLAIN, anchor="right")
        put_words(canvas, (12, height + 28), words.STANDING, 13, QUIET)
        made = f"{self._facts.name} {self._facts.version}"
        made += f" · {words.SYNTHETIC}" if self._facts.synthetic else ""
        put_words(canvas, (12, height + 45), made, 12, QUIET)
        return canvas

    def _write_flag(self, number: int) -> None:
        kept = self._flags.pop(number, None)
        if kept is not None:
            self._write(f"flag-{number:03d}", kept)

    def _write(self, stem: str, kept: _Kept) -> None:
        about = PngInfo()
        about.add_text("Description", words.STANDING)
        about.add_text("Software", f"Philtrum, {self._facts.name} {self._facts.version}")
        if self._facts.synthetic:
            about.add_text("Comment", words.SYNTHETIC)
        for name, pixels in ((f"{stem}.png", kept.bare), (f"{stem}-overlay.png", kept.overlaid)):
            Image.fromarray(pixels).save(self._folder / name, pnginfo=about, compress_level=4)
            if name not in self.files:
                self.files.append(name)


def _shown(row: Row) -> bool:
    """Whether the row's picture may be stored: only where what lies outside the scan is known."""
    return row.scan.region.origin != "whole" and row.evidence.status is not Status.NOT_ASSESSED
