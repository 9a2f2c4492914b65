from __future__ import annotations

import itertools

import numpy as np
import pytest
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from app import theme
from app.theme import Scale
from inference.evidence_types import Status, Verdict

# Machado, Oliveira, Fernandes 2009, severity 1.0; on linear RGB.
DEFICIENCIES = {
    "protan": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deutan": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritan": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def lab_of(colour: str, matrix: list[list[float]]) -> np.ndarray:
    """CIE L*a*b* (D65) of a colour as seen through a deficiency."""
    ink = QColor(colour)
    srgb = np.array([ink.redF(), ink.greenF(), ink.blueF()])
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.array(matrix) @ linear, 0, 1)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = to_xyz @ seen / np.array([0.9505, 1.0, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_states_that_matter_differ_for_colour_blind_eyes(deficiency: str) -> None:
    told_apart = (Status.FLAG, Status.LOOK_AGAIN, Status.NO_SIGN)
    for one, other in itertools.combinations(told_apart, 2):
        colours = theme.STATUS_COLOUR[one], theme.STATUS_COLOUR[other]
        labs = [lab_of(colour, DEFICIENCIES[deficiency]) for colour in colours]
        assert np.linalg.norm(labs[0] - labs[1]) > 20, (one, other)


def test_no_state_is_green() -> None:
    for colour in (*theme.STATUS_COLOUR.values(), *theme.VERDICT_COLOUR.values()):
        hue, _, saturation = QColor(colour).hslHue(), 0, QColor(colour).hslSaturationF()
        assert not (80 < hue < 170 and saturation > 0.15), colour
    assert set(theme.STATUS_COLOUR) == set(Status)
    assert set(theme.VERDICT_COLOUR) == set(Verdict)


def test_words_stand_out_from_the_panel() -> None:
    def luminance(colour: str) -> float:
        ink = QColor(colour)
        parts = np.array([ink.redF(), ink.greenF(), ink.blueF()])
        linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        return float(np.array([0.2126, 0.7152, 0.0722]) @ linear)

    for colour in (theme.BRIGHT, theme.PLAIN, theme.QUIET, theme.FAINT, *theme.STATUS_COLOUR.values()):
        contrast = (luminance(colour) + 0.05) / (luminance(theme.PANEL) + 0.05)
        assert contrast >= 4.5, colour  # WCAG 2.1, 1.4.3


@pytest.mark.parametrize(
    ("size", "factor"),
    [((1920, 1080), 1.0), ((1366, 768), 0.72), ((3840, 2160), 2.0), ((640, 400), 0.6), ((9000, 9000), 2.4)],
)
def test_the_drawing_follows_the_window(size: tuple[int, int], factor: float) -> None:
    assert Scale.of(*size).factor == pytest.approx(factor, abs=0.011)


def test_lengths_and_letters_never_vanish(qtbot: QtBot) -> None:
    small = Scale(theme.SMALLEST)
    assert small.px(1) == 1
    assert small.px(0) == 1
    assert small.font(12).pixelSize() >= 10


def test_the_shipped_letters_are_found(qtbot: QtBot) -> None:
    from PySide6.QtGui import QFontInfo, QFontMetrics

    font = theme.load_fonts()
    assert QFontInfo(font).family() == theme.FAMILY
    metrics = QFontMetrics(font)
    assert len({metrics.horizontalAdvance(digit) for digit in "0123456789"}) == 1
