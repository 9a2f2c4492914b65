"""The styles of screen: where things stand and what they look like. All of it is invented."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from capture.phantom.furniture import PLAIN, ROMAN, TERMINAL, WHITE, Colour, Pen
from capture.phantom.instruments import (
    HOSPITAL,
    SYNTHETIC,
    Facts,
    Place,
    body_mark,
    column,
    dotted_ruler,
    focus,
    mark,
    ruler,
    strip,
    tgc,
)


@dataclass(frozen=True, slots=True)
class Layout:
    """One style."""

    scan: Callable[[float], Place]
    """The scan's rectangle on a screen of so many units width."""
    draw: Callable[[Pen, Facts], None]
    draw_over: Callable[[Pen, Facts], None]
    """Line work over the scan, in white."""
    clock: Callable[[float], tuple[float, float, float, Literal["left", "right"]]]
    """x, y, size and side of the running clock."""
    ink: Colour
    mark: Colour
    """Of callipers."""
    ground: Colour = (0, 0, 0)
    font: int = PLAIN
    warm: bool = False
    """Sepia scan."""


# a: banner, settings at the left, grey bar and ruler at the right.
_A_INK: Colour = (206, 214, 218)


def _draw_a(pen: Pen, f: Facts) -> None:
    soft: Colour = (126, 140, 150)
    pen.box(0, 0, pen.units, 66, (30, 36, 42))
    pen.line(0, 66, pen.units, 66, (70, 84, 94))
    pen.text(f"{SYNTHETIC}   {f.patient}", 22, 29, 14, _A_INK)
    pen.text(f"ID {f.number}    GA {f.age}    {HOSPITAL}", 22, 54, 11, soft)
    pen.text("TIs 0.2   MI 0.9", pen.units - 290, 29, 12, _A_INK)
    pen.text("01.01.2000", pen.units - 290, 54, 11, soft)
    rows = ["Obstetric 2", f"Conv 2-7   {f.fps} Hz", f"{f.depth_cm:.1f} cm"]
    column(pen, 22, 112, rows, (150, 200, 226), 11.5)
    rows = ["2D", f"  Gn {f.gain}", f"  DR {f.dynamic_range}", "  Har mid", "  Map 4", "  Pers med", "  SR 2"]
    column(pen, 22, 214, rows, _A_INK)
    right = f.scan[2] + 26
    pen.grey_bar(right, f.scan[1] + 16, right + 13, f.scan[1] + 226, f.table)
    pen.box(right, f.scan[1] + 16, right + 13, f.scan[1] + 226, None, (90, 90, 90))
    ruler(pen, f, f.scan[2] + 6, _A_INK, numbers=5)
    focus(pen, f, f.scan[2] + 46, (240, 196, 90))
    pen.text(SYNTHETIC, (f.scan[0] + f.scan[2]) / 2, 951, 12, _A_INK, align="middle")


def _over_a(pen: Pen, f: Facts) -> None:
    x, y = mark(f)
    pen.ring(x, y, 8, WHITE)
    pen.disc(x, y, 2.2, WHITE)


# b: settings in a tinted column at the right, gain curve at the left, thumbnails below.
_B_INK: Colour = (226, 214, 184)


def _draw_b(pen: Pen, f: Facts) -> None:
    amber, panel = (232, 178, 82), (26, 25, 30)
    left = f.scan[2] + 52
    pen.box(left, 0, pen.units, 960, panel)
    pen.text(SYNTHETIC, 20, 30, 15, amber, font=ROMAN)
    pen.text(f.patient, 20, 58, 12, _B_INK)
    pen.text(f"GA {f.age}", f.scan[2] - 6, 58, 12, _B_INK, align="right")
    groups = (
        ("IMAGE", ["Freq  5.0 MHz", f"Gain  {f.gain}", f"DR    {f.dynamic_range} dB", "Dens  high"]),
        ("VIEW", [f"Depth {f.depth_cm:.1f} cm", f"Rate  {f.fps}/s", f"Focus {f.focus_cm:.1f} cm"]),
        ("OUTPUT", ["Power 96 %", "TIB   0.3", "MI    1.0"]),
    )
    y = 64.0
    for name, rows in groups:
        pen.text(name, left + 16, y, 11, amber, font=ROMAN)
        pen.line(left + 16, y + 9, pen.units - 16, y + 9, (84, 76, 62))
        for row in rows:
            y += 27
            key, _, value = row.partition(" ")
            pen.text(key, left + 16, y + 8, 11, (160, 154, 140))
            pen.text(value.strip(), pen.units - 16, y + 8, 11, _B_INK, align="right")
        y += 54
    pen.text(f"ID {f.number}", left + 16, 880, 10, (160, 154, 140))
    pen.text(HOSPITAL, left + 16, 905, 10, (160, 154, 140))
    ruler(pen, f, f.scan[2] + 8, _B_INK, numbers=1)
    focus(pen, f, f.scan[0] - 8, amber, -1)
    tgc(pen, f, f.scan[0] - 38, (150, 130, 86))
    strip(pen, f, (f.scan[0], 826), (f.scan[2], 950), 5, (60, 56, 50))


def _over_b(pen: Pen, f: Facts) -> None:
    x, y = mark(f)
    pen.path([(x, y), (x + 16, y), (x + 8, y + 14)], WHITE, closed=True)


# c: an older machine: plain letters on black, no frames anywhere, results below at the left.
_C_INK: Colour = (208, 224, 208)


def _draw_c(pen: Pen, f: Facts) -> None:
    w, font = pen.units, TERMINAL
    pen.text(SYNTHETIC, 24, 30, 15, _C_INK, font=font)
    pen.text(f"NAME {f.patient.upper()}", 24, 56, 12, _C_INK, font=font)
    pen.text(f"ID   {f.number}", 24, 80, 12, _C_INK, font=font)
    pen.text(f"{HOSPITAL.upper()}", w - 24, 30, 12, _C_INK, font=font, align="right")
    pen.text("01-JAN-2000", w - 24, 56, 12, _C_INK, font=font, align="right")
    pen.text(f"GA={f.age}", w - 24, 104, 12, _C_INK, font=font, align="right")
    rows = [f"R{f.depth_cm:.0f}.0 G{f.gain} C{f.dynamic_range // 10}", "A3 P100%", f"{f.fps}HZ"]
    for number, row in enumerate(rows):
        pen.text(row, w - 24, 152 + 24 * number, 12, _C_INK, font=font, align="right")
    for number, (name, value) in enumerate(f.results()):
        y = 822 + 26 * number
        pen.text(name, 24, y, 12, _C_INK, font=font)
        pen.text(value, 190, y, 12, _C_INK, font=font, align="right")
    pen.grey_bar(28, 330, 40, 530, f.table)
    dotted_ruler(pen, f, f.scan[2] + 14, _C_INK)
    pen.text("FETUS", w - 24, 936, 13, _C_INK, font=font, align="right")


def _over_c(pen: Pen, f: Facts) -> None:
    x, y = mark(f)
    pen.box(x, y, x + 12, y + 12, None, WHITE)
    pen.line(x, y, x + 12, y + 12, WHITE, 1)


# d: a handheld probe's tablet: a strip of pills above, buttons below, the scan as large as it goes.
_D_INK: Colour = (238, 242, 246)


def _draw_d(pen: Pen, f: Facts) -> None:
    w, grey, dark = pen.units, (44, 48, 56), (150, 158, 168)
    x = 20.0
    for words in (SYNTHETIC, "Obstetric", f.patient, f"GA {f.age}"):
        wide = pen.text(words, -4000, 0, 12, _D_INK, font=ROMAN)
        pen.pill(x, 12, x + wide + 36, 46, grey)
        pen.text(words, x + 18, 35, 12, _D_INK, font=ROMAN)
        x += wide + 48
    pen.box(w - 64, 20, w - 26, 38, None, dark)
    pen.box(w - 61, 23, w - 38, 35, (96, 200, 130))
    pen.box(w - 25, 25, w - 22, 33, dark)
    ruler(pen, f, f.scan[2] + 8, dark, numbers=2, font=ROMAN)
    pen.line(0, 872, w, 872, (52, 56, 64))
    buttons = (
        ("Freeze", ""),
        ("Gain", f"{f.gain} %"),
        ("Depth", f"{f.depth_cm:.1f} cm"),
        ("Presets", "OB"),
        ("Record", ""),
    )
    step = w / len(buttons)
    for number, (name, value) in enumerate(buttons):
        middle = (number + 0.5) * step
        pen.text(name, middle, 934 if value else 928, 12, dark, font=ROMAN, align="middle")
        if value:
            pen.text(value, middle, 907, 14, _D_INK, font=ROMAN, align="middle")
        elif name == "Record":
            pen.disc(middle, 898, 9, (226, 84, 84))
        else:
            pen.line(middle - 5, 889, middle - 5, 907, _D_INK, 4)
            pen.line(middle + 5, 889, middle + 5, 907, _D_INK, 4)


def _over_d(pen: Pen, f: Facts) -> None:
    x, y = mark(f)
    pen.disc(x, y, 8, WHITE)
    y = f.zero + f.focus_cm * f.cm
    pen.line(f.scan[2] - 12, y, f.scan[2] - 2, y, WHITE, 2.4)


# e: a console: thumbnails at the left, touch keys and a results box at the right, blue ground.
_E_INK: Colour = (214, 226, 240)


def _draw_e(pen: Pen, f: Facts) -> None:
    w, key, soft = pen.units, (34, 52, 78), (130, 150, 176)
    left = f.scan[2] + 50
    pen.text(SYNTHETIC, f.scan[0], 30, 14, _E_INK)
    pen.text(f"{f.patient}   {f.number}", f.scan[0], 54, 11, soft)
    pen.text(f"{HOSPITAL}   2000-01-01", f.scan[2], 30, 11, soft, align="right")
    strip(pen, f, (16, 76), (f.scan[0] - 46, 930), 6, (48, 66, 92))
    pen.box(f.scan[0] - 1, f.scan[1] - 1, f.scan[2] + 1, f.scan[3] + 1, (0, 0, 0), (40, 56, 80))
    ruler(pen, f, f.scan[0] - 6, soft, numbers=1, side=-1)
    focus(pen, f, f.scan[2] + 8, (110, 190, 250))
    tgc(pen, f, f.scan[2] + 32, (86, 120, 160))
    pen.box(left, 76, w - 14, 96 + 30 * len(f.results()), (14, 22, 36), (48, 66, 92))
    for number, (name, value) in enumerate(f.results()):
        pen.text(name, left + 12, 106 + 30 * number, 11, soft)
        pen.text(value, w - 26, 106 + 30 * number, 11, _E_INK, align="right")
    names = [("Gain", str(f.gain)), ("Dyn", str(f.dynamic_range)), ("Depth", f"{f.depth_cm:.0f}")]
    names += [("Rate", str(f.fps)), ("MI", "0.9"), ("TIs", "0.2"), ("Map", "C"), ("Enh", "2")]
    wide = (w - 14 - left - 8) / 2
    for number, (name, value) in enumerate(names):
        x, y = left + (number % 2) * (wide + 8), 330 + (number // 2) * 84
        pen.box(x, y, x + wide, y + 74, key, (58, 84, 120))
        pen.text(name, x + wide / 2, y + 28, 10, soft, align="middle")
        pen.text(value, x + wide / 2, y + 58, 15, _E_INK, align="middle")
    pen.grey_bar(left, 690, left + 16, 860, f.table)
    body_mark(pen, w - 80, 775, _E_INK)


def _over_e(pen: Pen, f: Facts) -> None:
    x, y = mark(f)
    pen.path([(x, y - 9), (x + 9, y), (x, y + 9), (x - 9, y)], WHITE, closed=True)


# f: names and results below, rulers at the right and below, a warm grey map.
_F_INK: Colour = (236, 228, 208)


def _draw_f(pen: Pen, f: Facts) -> None:
    w, soft, line = pen.units, (156, 146, 124), (66, 62, 52)
    ruler(pen, f, f.scan[2] + 10, soft)
    for cm in range(-12, 13):
        x = f.middle + cm * f.cm
        if f.scan[0] < x < f.scan[2]:
            pen.line(x, f.scan[3] + 6, x, f.scan[3] + (16 if cm % 5 == 0 else 12), soft, 1.1)
    pen.grey_bar(28, f.scan[1] + 10, 42, f.scan[1] + 250, f.table)
    rows = ["OB 2/3", f"{f.fps} Hz", f"{f.depth_cm:.1f} cm", f"G {f.gain}", f"C {f.dynamic_range}", "F 4.6"]
    for number, row in enumerate(rows):
        pen.text(row, w - 22, f.scan[1] + 26 + 27 * number, 11, _F_INK, align="right")
    pen.text("MI 1.0  TIb 0.3", w - 22, f.scan[3] - 6, 11, soft, align="right")
    pen.box(0, 852, w, 960, (22, 21, 18))
    pen.line(0, 852, w, 852, line)
    pen.text(SYNTHETIC, 24, 886, 15, _F_INK)
    pen.text(f"{f.patient}   {f.number}", 24, 914, 11, soft)
    pen.text(f"{HOSPITAL}   GA {f.age}   1 Jan 2000", 24, 940, 11, soft)
    x = w * 0.47
    for number, (name, value) in enumerate(f.results()):
        at = x + (number // 2) * 0.155 * w, 886 + (number % 2) * 34
        pen.text(name, at[0], at[1], 11, soft)
        pen.text(value, at[0] + 52, at[1], 12, _F_INK)


def _over_f(pen: Pen, f: Facts) -> None:
    x, y = mark(f)
    pen.shape([(x, y), (x + 7, y), (x + 7, y + 16), (x, y + 16)], WHITE)
    pen.line(x + 11, y, x + 11, y + 16, WHITE)


LAYOUTS: dict[str, Layout] = {
    "a": Layout(
        lambda w: (min(190, 0.16 * w), 84, w - min(104, 0.09 * w), 928),
        _draw_a, _over_a, lambda w: (w - 24, 54, 11, "right"), _A_INK, (246, 222, 120),
    ),
    "b": Layout(
        lambda w: (min(84, 0.08 * w), 76, w - min(250, 0.22 * w), 812),
        _draw_b, _over_b, lambda w: (w - 16, 936, 12, "right"), _B_INK, (240, 206, 96), (6, 6, 8),
    ),
    "c": Layout(
        lambda w: (min(230, 0.17 * w), 98, w - min(230, 0.17 * w), 916),
        _draw_c, _over_c, lambda w: (w - 24, 80, 12, "right"), _C_INK, (210, 255, 210), font=TERMINAL,
    ),
    "d": Layout(
        lambda w: (16, 58, w - 64, 866),
        _draw_d, _over_d, lambda w: (w - 80, 35, 12, "right"), _D_INK, (120, 220, 255), (10, 11, 13), ROMAN,
    ),
    "e": Layout(
        lambda w: (min(190, 0.15 * w), 70, w - min(270, 0.21 * w), 936),
        _draw_e, _over_e, lambda w: (w - 14, 54, 13, "right"), _E_INK, (120, 230, 170), (9, 14, 24),
    ),
    "f": Layout(
        lambda w: (min(70, 0.06 * w), 16, w - min(150, 0.13 * w), 826),
        _draw_f, _over_f, lambda w: (w - 22, 886, 13, "right"), _F_INK, (255, 214, 140), warm=True,
    ),
}  # fmt: skip
"""By the style's letter."""
