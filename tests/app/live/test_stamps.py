from __future__ import annotations

from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from app.live.stamps import Stamps


class Ink:
    """Fills its box and counts how often it was asked to."""

    def __init__(self, colour: str = "#ff0000") -> None:
        self.colour, self.times = colour, 0

    def __call__(self, painter: QPainter, box: QRect) -> None:
        self.times += 1
        assert (box.x(), box.y()) == (0, 0)
        painter.fillRect(box, QColor(self.colour))


def picture(ratio: float = 1.0) -> QImage:
    made = QImage(round(40 * ratio), round(30 * ratio), QImage.Format.Format_RGB32)
    made.setDevicePixelRatio(ratio)
    made.fill(0)
    return made


def test_a_drawing_is_made_once_and_laid_down_wherever_it_is_wanted(qtbot: QtBot) -> None:
    stamps, ink, image = Stamps(), Ink(), picture()
    painter = QPainter(image)
    stamps.put(painter, QRect(3, 4, 5, 6), "word", ink)
    stamps.put(painter, QRect(20, 10, 5, 6), "word", ink)
    stamps.put(painter, QRect(), "nothing", ink)
    painter.end()
    assert ink.times == 1
    red = QColor("#ff0000")
    for x, y in ((3, 4), (7, 9), (20, 10), (24, 15)):
        assert image.pixelColor(x, y) == red
    for x, y in ((2, 4), (8, 9), (3, 10), (25, 15)):
        assert image.pixelColor(x, y) == QColor(0, 0, 0)


def test_another_key_size_or_scaling_is_another_drawing(qtbot: QtBot) -> None:
    stamps, ink = Stamps(), Ink()
    box = QRect(0, 0, 5, 6)
    for ratio, place, key in (
        (1.0, box, "a"), (1.0, box, "b"), (1.0, QRect(0, 0, 6, 6), "a"), (2.0, box, "a"), (1.0, box, "a"),
    ):  # fmt: skip
        image = picture(ratio)
        painter = QPainter(image)
        stamps.put(painter, place, key, ink)
        painter.end()
    assert ink.times == 4


def test_the_oldest_goes_when_there_are_many(qtbot: QtBot) -> None:
    stamps, ink, image = Stamps(), Ink(), picture()
    painter = QPainter(image)
    for number in range(Stamps.MOST + 1):
        stamps.put(painter, QRect(0, 0, 2, 2), number, ink)
    assert ink.times == Stamps.MOST + 1
    stamps.put(painter, QRect(0, 0, 2, 2), Stamps.MOST, ink)
    assert ink.times == Stamps.MOST + 1
    stamps.put(painter, QRect(0, 0, 2, 2), 0, ink)
    painter.end()
    assert ink.times == Stamps.MOST + 2
