"""What a screen tells, and the instruments that most of them have: rulers, gain curve, thumbnails."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from capture.frame import Pixels
from capture.phantom.furniture import PLAIN, TERMINAL, Colour, Pen

SYNTHETIC = "SYNTHETIC PHANTOM"
PATIENTS = (
    "DOE, Jane (invented)",
    "ROE, Mary (invented)",
    "NOBODY, Ann (invented)",
    "EXAMPLE, Eve (invented)",
    "PLACEHOLDER, Zoe (invented)",
    "TESTPICTURE, Tess (invented)",
    "MADEUP, Mina (invented)",
    "FICTION, Fay (invented)",
)
HOSPITAL = "Nowhere General"
Place = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """What a screen shows; lengths and places in units of a 960th of its height."""

    scan: Place
    zero: float
    """Height at which the depth is 0."""
    middle: float
    """x of the middle beam."""
    corner: tuple[float, float]
    """Where the leftmost beam leaves the probe."""
    cm: float
    """Length of a centimetre."""
    patient: str
    number: str
    age: str
    age_weeks: float
    depth_cm: float
    focus_cm: float
    gain: int
    dynamic_range: int
    tgc: tuple[float, ...]
    fps: int
    table: NDArray[np.uint8]
    """(256, 3) colours of the grey map."""
    thumbnails: tuple[Pixels, ...]
    measured: Place | None

    @property
    def length_cm(self) -> float:
        """Of what the callipers span."""
        x0, y0, x1, y1 = self.measured or (0, 0, 0, 0)
        return float(np.hypot(x1 - x0, y1 - y0)) / self.cm

    def results(self) -> list[tuple[str, str]]:
        """A biometry table; straight lines through 22 weeks, near enough to look at."""
        w = self.age_weeks - 22
        rows = [
            ("BPD", f"{5.4 + 0.31 * w:.2f} cm"),
            ("HC", f"{20.1 + 1.15 * w:.2f} cm"),
            ("AC", f"{17.4 + 1.1 * w:.2f} cm"),
            ("FL", f"{3.9 + 0.26 * w:.2f} cm"),
        ]
        if self.measured is not None:
            rows.append(("1 D", f"{self.length_cm:.2f} cm"))
        return rows


def ruler(
    pen: Pen, f: Facts, x: float, ink: Colour, *, numbers: int = 0, side: int = 1, font: int = PLAIN
) -> None:
    """Depth ticks each half centimetre along `x`; a number each `numbers` cm, 0 for none."""
    for half in range(61):
        y = f.zero + half / 2 * f.cm
        if half / 2 > f.depth_cm or not f.scan[1] + 2 <= y <= f.scan[3] - 2:
            continue
        cm, whole = half // 2, half % 2 == 0
        long = 12 if whole and cm % 5 == 0 else (8 if whole else 4)
        pen.line(x, y, x + side * long, y, ink, 1.1)
        if numbers and whole and cm and cm % numbers == 0:
            pen.text(str(cm), x + side * 16, y + 4, 10, ink, font=font, align="left" if side > 0 else "right")


def focus(pen: Pen, f: Facts, x: float, ink: Colour, side: int = 1) -> None:
    """A triangle at the focal depth, pointing to the scan."""
    y = f.zero + f.focus_cm * f.cm
    if f.scan[1] < y < f.scan[3]:
        pen.shape([(x, y), (x + side * 12, y - 7), (x + side * 12, y + 7)], ink)


def tgc(pen: Pen, f: Facts, x: float, ink: Colour) -> None:
    """The gain over depth as a curve."""
    top, bottom = f.scan[1] + 0.08 * (f.scan[3] - f.scan[1]), f.scan[3] - 20
    heights = np.linspace(top, bottom, 40)
    gains = np.interp(np.linspace(0, 1, 40), np.linspace(0, 1, len(f.tgc)), f.tgc)
    pen.path([(x + 3.2 * float(g), float(y)) for g, y in zip(gains, heights, strict=True)], ink)


def column(
    pen: Pen, x: float, y: float, rows: list[str], ink: Colour, size: float = 11, step: float = 26, **how: int
) -> None:
    for number, words in enumerate(rows):
        pen.text(words, x, y + number * step, size, ink, font=how.get("font", PLAIN))


def mark(f: Facts) -> tuple[float, float]:
    """Where the sign for the probe's marked side stands: beside the upper left corner of the fan."""
    return max(f.scan[0] + 20, f.corner[0] - 0.6 * f.cm), max(f.scan[1] + 18, f.corner[1])


def strip(
    pen: Pen, f: Facts, low: tuple[float, float], high: tuple[float, float], count: int, line: Colour
) -> None:
    """Thumbnails side by side, or one below the other in a tall strip; places not yet used are empty."""
    across = high[0] - low[0] > high[1] - low[1]
    for number in range(count):
        if across:
            step = (high[0] - low[0]) / count
            place = (low[0] + number * step + 4, low[1], low[0] + (number + 1) * step - 4, high[1])
        else:
            step = (high[1] - low[1]) / count
            place = (low[0], low[1] + number * step + 4, high[0], low[1] + (number + 1) * step - 4)
        if number < len(f.thumbnails):
            tall = f.thumbnails[number].shape[0] / f.thumbnails[number].shape[1]
            width = min(place[2] - place[0], (place[3] - place[1]) / tall)
            mid = (place[0] + place[2]) / 2, (place[1] + place[3]) / 2
            pen.picture(
                f.thumbnails[number],
                mid[0] - width / 2,
                mid[1] - width * tall / 2,
                mid[0] + width / 2,
                mid[1] + width * tall / 2,
            )
        pen.box(*place, None, line)


def dotted_ruler(pen: Pen, f: Facts, x: float, ink: Colour) -> None:
    for cm in range(int(f.depth_cm) + 1):
        y = f.zero + cm * f.cm
        if f.scan[1] + 2 <= y <= f.scan[3] - 2:
            pen.disc(x, y, 2.6 if cm % 5 == 0 else 1.4, ink)
            if cm and cm % 5 == 0:
                pen.text(str(cm), x + 12, y + 5, 11, ink, font=TERMINAL)


def body_mark(pen: Pen, x: float, y: float, ink: Colour) -> None:
    """A belly with the probe on it."""
    pen.path(
        [(x - 34, y - 60), (x - 24, y - 20), (x - 36, y + 20), (x - 28, y + 60)],
        ink,
    )
    pen.path([(x + 34, y - 60), (x + 24, y - 20), (x + 36, y + 20), (x + 28, y + 60)], ink)
    pen.ring(x, y + 10, 3, ink)
    pen.line(x - 10, y + 30, x + 10, y + 24, (110, 190, 250), 4)
