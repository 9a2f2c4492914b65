"""Lettering and line work of an invented machine's screen, drawn large and brought down for clean edges."""

from __future__ import annotations

from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.frame import Pixels

Colour = tuple[int, int, int]
UNITS = 960.0
"""Height of every screen in the units that layouts are drawn in; its width follows the aspect."""
_LETTER = 21.5
"""Height of a capital of OpenCV's plain lettering at scale 1, pixels."""
PLAIN, ROMAN, TERMINAL = cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_PLAIN
_CAPITAL = {PLAIN: _LETTER, ROMAN: _LETTER, TERMINAL: 10.0}
WHITE: Colour = (255, 255, 255)


class Pen:
    """A canvas in units of a 960th of its height."""

    def __init__(
        self, width: int, height: int, ground: Colour = (0, 0, 0), *, unit: float | None = None
    ) -> None:
        """`unit` in pixels, for a canvas that is only a part of a screen."""
        self.width, self.height = width, height
        self._fine = 2 if width * height <= 2_200_000 else 1
        unit = height / UNITS if unit is None else unit
        self.k = self._fine * unit
        self.units = width / unit
        """The width in units."""
        self.canvas = np.zeros((height * self._fine, width * self._fine, 3), np.uint8)
        if any(ground):
            # Several times quicker than NumPy's assignment of three values.
            cv2.rectangle(self.canvas, (0, 0), (width * self._fine, height * self._fine), ground, cv2.FILLED)

    def done(self) -> Pixels:
        """RGB (height, width, 3)."""
        if self._fine == 1:
            return self.canvas
        size = (self.width, self.height)
        return np.asarray(cv2.resize(self.canvas, size, interpolation=cv2.INTER_AREA), np.uint8)

    def _at(self, x: float, y: float) -> tuple[int, int]:
        return round(x * self.k), round(y * self.k)

    def _thick(self, units: float) -> int:
        return max(1, round(units * self.k))

    def text(
        self,
        words: str,
        x: float,
        y: float,
        size: float = 14,
        ink: Colour = WHITE,
        *,
        font: int = PLAIN,
        align: Literal["left", "right", "middle"] = "left",
        weight: float = 0.11,
    ) -> float:
        """Write with the foot of the letters at `y`; `size` is the height of a capital. Gives the width."""
        scale = size * self.k / _CAPITAL[font]
        thick = max(1, round(weight * size * self.k))
        (wide, _), _ = cv2.getTextSize(words, font, scale, thick)
        shift = {"left": 0.0, "right": wide / self.k, "middle": wide / self.k / 2}[align]
        cv2.putText(self.canvas, words, self._at(x - shift, y), font, scale, ink, thick, cv2.LINE_AA)
        return float(wide / self.k)

    def box(
        self, x0: float, y0: float, x1: float, y1: float, fill: Colour | None, line: Colour | None = None
    ) -> None:
        if fill is not None:
            cv2.rectangle(self.canvas, self._at(x0, y0), self._at(x1, y1), fill, -1)
        if line is not None:
            cv2.rectangle(self.canvas, self._at(x0, y0), self._at(x1, y1), line, self._thick(1), cv2.LINE_AA)

    def pill(self, x0: float, y0: float, x1: float, y1: float, fill: Colour) -> None:
        """A box with round ends."""
        r = (y1 - y0) / 2
        self.box(x0 + r, y0, x1 - r, y1, fill)
        self.disc(x0 + r, y0 + r, r, fill)
        self.disc(x1 - r, y0 + r, r, fill)

    def line(self, x0: float, y0: float, x1: float, y1: float, ink: Colour, thick: float = 1.2) -> None:
        cv2.line(self.canvas, self._at(x0, y0), self._at(x1, y1), ink, self._thick(thick), cv2.LINE_AA)

    def path(self, points: list[tuple[float, float]], ink: Colour, *, closed: bool = False) -> None:
        corners = np.array([self._at(x, y) for x, y in points], np.int32)
        cv2.polylines(self.canvas, [corners], closed, ink, self._thick(1.4), cv2.LINE_AA)

    def shape(self, points: list[tuple[float, float]], fill: Colour) -> None:
        cv2.fillPoly(
            self.canvas, [np.array([self._at(x, y) for x, y in points], np.int32)], fill, cv2.LINE_AA
        )

    def disc(self, x: float, y: float, r: float, fill: Colour) -> None:
        cv2.circle(self.canvas, self._at(x, y), self._thick(r), fill, -1, cv2.LINE_AA)

    def ring(self, x: float, y: float, r: float, ink: Colour) -> None:
        cv2.circle(self.canvas, self._at(x, y), self._thick(r), ink, self._thick(1.4), cv2.LINE_AA)

    def cross(self, x: float, y: float, arm: float, ink: Colour) -> None:
        """A calliper's end."""
        self.line(x - arm, y, x + arm, y, ink, 1.6)
        self.line(x, y - arm, x, y + arm, ink, 1.6)

    def dots(self, x0: float, y0: float, x1: float, y1: float, ink: Colour, step: float = 9.0) -> None:
        """A dotted line between two points."""
        count = max(2, round(float(np.hypot(x1 - x0, y1 - y0)) / step))
        for t in np.linspace(0, 1, count + 1)[1:-1]:
            self.disc(x0 + (x1 - x0) * float(t), y0 + (y1 - y0) * float(t), 1.1, ink)

    def grey_bar(self, x0: float, y0: float, x1: float, y1: float, table: NDArray[np.uint8]) -> None:
        """The grey map from white at the top to black; `table` (256, 3) are the colours of the scan."""
        (a, b), (c, d) = self._at(x0, y0), self._at(x1, y1)
        rows = np.linspace(255, 0, max(1, d - b)).astype(np.uint8)
        self.canvas[b:d, a:c] = table[rows][:, None, :]

    def picture(self, pixels: Pixels, x0: float, y0: float, x1: float, y1: float) -> None:
        """A small grey picture, fitted."""
        (a, b), (c, d) = self._at(x0, y0), self._at(x1, y1)
        a, b, c, d = max(a, 0), max(b, 0), min(c, self.canvas.shape[1]), min(d, self.canvas.shape[0])
        if c - a < 2 or d - b < 2:
            return
        small = cv2.resize(pixels, (c - a, d - b), interpolation=cv2.INTER_AREA)
        self.canvas[b:d, a:c] = np.asarray(small, np.uint8)[:, :, None]


class Overlay:
    """Thin line work over the scan, kept as the few pixels that it touches."""

    def __init__(self, pen: Pen, ink: Colour) -> None:
        """`pen` was drawn on in white over black."""
        cover = pen.done()[:, :, 0]
        self._rows, self._columns = np.nonzero(cover)
        share = cover[self._rows, self._columns].astype(np.float32)[:, None] / 255
        self._keep, self._add = 1 - share, share * np.array(ink, np.float32)

    def put(self, picture: Pixels) -> None:
        """Draw over an RGB picture, in place."""
        if self._rows.size:
            under = picture[self._rows, self._columns]
            picture[self._rows, self._columns] = (under * self._keep + self._add + 0.5).astype(np.uint8)
