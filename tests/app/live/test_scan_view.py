from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QImage, QPaintEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.live.compositor import MARGIN
from app.live.heatmap import AMBER
from app.live.notice import Notice, NoticeKind
from app.live.policy import Answer, Decision, Pairing
from app.live.scan_view import ScanView
from app.theme import Scale
from capture.frame import Pixels
from capture.geometry import Box, Region, region_mask
from capture.scan import Scan, Signal

if TYPE_CHECKING:
    from tests.app.live.conftest import Maker

Blob = Callable[..., NDArray[np.float32]]
Rgb = NDArray[np.int16]


def grabbed(widget: QWidget) -> Rgb:
    """What the widget shows when it is painted anew, int16 (h, w, 3) RGB in device pixels."""
    return as_array(widget.grab().toImage())


def on_screen(window: QWidget) -> Rgb:
    """What stands on the screen, as it was painted bit by bit."""
    return as_array(window.screen().grabWindow(window.winId()).toImage())


def as_array(image: QImage) -> Rgb:
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3).astype(np.int16)


def textured() -> Pixels:
    return np.random.default_rng(3).integers(40, 200, (240, 320), np.uint8)


@pytest.fixture
def view(qtbot: QtBot) -> ScanView:
    """320x240, as large as the frames: one pixel of the frame is one of the screen."""
    widget = ScanView()
    qtbot.addWidget(widget)
    widget.resize(320, 240)
    widget.set_view_mode("whole")
    widget.show()
    return widget


def own(make: Maker, heat: NDArray[np.float32], pixels: Pixels | None = None) -> Decision:
    scan = make.scan(0, 0.0, pixels=textured() if pixels is None else pixels)
    return Decision(scan, Pairing.OWN, make.answer(scan, heat))


WORDS = np.zeros((240, 320), bool)
"""Where the view writes: the upper corners, the chip and the legend."""
WORDS[:45] = True
WORDS[170:] = True


def test_frame_is_shown_pixel_by_pixel(view: ScanView, make: Maker) -> None:
    pixels = textured()
    assert view.present(Decision(make.scan(0, 0.0, pixels=pixels), Pairing.WITHOUT, None))
    shown = grabbed(view)
    assert shown.shape == (240, 320, 3)
    for channel in range(3):
        assert np.array_equal(shown[~WORDS][:, channel], pixels[~WORDS])


def test_colour_frame_keeps_its_colours(view: ScanView, make: Maker) -> None:
    pixels = np.random.default_rng(5).integers(0, 256, (240, 320, 3), np.uint8)
    view.present(Decision(make.scan(0, 0.0, pixels=pixels), Pairing.WITHOUT, None))
    assert np.array_equal(grabbed(view)[~WORDS], pixels[~WORDS])


def test_region_fills_the_view_and_its_aspect_is_kept(view: ScanView, make: Maker) -> None:
    view.set_view_mode("scan")
    view.resize(640, 300)
    pixels = np.full((240, 320), 255, np.uint8)
    pixels[10:200, 30:290] = 180
    view.present(Decision(make.scan(0, 0.0, pixels=pixels), Pairing.WITHOUT, None))
    shown = grabbed(view)[80:200, :, 0]
    bright = shown > 90
    assert shown.max() < 200, "nothing of what surrounds the region is shown"
    across = np.flatnonzero(bright.all(axis=0))
    assert across[-1] - across[0] == pytest.approx((1 - 2 * MARGIN) * 300 / 190 * 260, abs=3)


def test_fill_tints_by_level_and_only_inside_the_fan(view: ScanView, make: Maker) -> None:
    view.set_opacity(0.5)
    decision = own(make, np.ones((64, 64), np.float32), np.full((240, 320), 100, np.uint8))
    view.set_heatmap_mode("off")
    view.present(decision)
    bare = grabbed(view)
    view.set_heatmap_mode("fill")
    tinted = grabbed(view)
    changed = (np.abs(tinted - bare).max(axis=2) > 0) & ~WORDS
    fan = region_mask(make.region)
    assert not (changed & (cv2.dilate(fan, np.ones((3, 3), np.uint8)) == 0)).any()
    inside = (cv2.erode(fan, np.ones((13, 13), np.uint8)) > 0) & ~WORDS
    assert changed[inside].all()
    expected = [0.5 * 100 + 0.5 * part for part in AMBER]
    assert np.abs(tinted[inside] - expected).max() <= 2


@pytest.mark.parametrize("hide", ["off", "peek", "patient_safe", "gate", "edit"])
def test_heat_map_is_hidden_when_it_must_be(view: ScanView, make: Maker, blob: Blob, hide: str) -> None:
    view.set_heatmap_mode("fill")
    decision = own(make, blob())
    bare = decision.scan.frame.pixels
    if hide == "gate":
        assert decision.answer is not None
        low = replace(decision.answer, evidence=make.evidence(instant=None, smoothed=None))
        decision = replace(decision, answer=low)
    view.present(decision)
    if hide == "off":
        view.set_heatmap_mode("off")
    elif hide == "peek":
        view.set_peek(True)
    elif hide == "patient_safe":
        view.set_patient_safe(True)
    elif hide == "edit":
        assert view.enter_region_edit()
    shown, centre = grabbed(view), (slice(60, 150), slice(110, 210))
    assert np.array_equal(shown[centre][:, :, 0], bare[centre])


def test_heat_map_lies_where_the_model_saw_it(view: ScanView, make: Maker, blob: Blob) -> None:
    view.set_heatmap_mode("fill")
    decision = own(make, blob(0.55, 0.45, radius=0.05), np.full((240, 320), 60, np.uint8))
    view.present(decision)
    warm = (grabbed(view)[:, :, 0] - grabbed(view)[:, :, 2]).astype(np.float64)
    warm[WORDS] = 0
    assert decision.answer is not None
    place = decision.answer.prediction.placement
    y, x = np.average(np.mgrid[:240, :320].reshape(2, -1), axis=1, weights=warm.clip(0).ravel())
    assert x + 0.5 == pytest.approx(place.x0 + 0.55 * place.width, abs=1)
    assert y + 0.5 == pytest.approx(place.y0 + 0.45 * place.height, abs=1)


def test_contour_leaves_three_quarters_of_a_gap_to_be_seen(view: ScanView, make: Maker, blob: Blob) -> None:
    view.set_heatmap_mode("contour")
    view.set_opacity(0.6)
    pixels = np.full((240, 320), 150, np.uint8)
    pixels[95:125, 157:163] = 20  # six pixels: a small gap
    view.present(own(make, blob(0.5, 0.5, radius=0.1, peak=1.0), pixels))
    shown = grabbed(view)[:, :, 1]
    contrast = float(shown[100:120, 150:155].mean() - shown[100:120, 159:161].mean())
    assert contrast >= 0.75 * (150 - 20)


def test_older_heat_map_is_dimmer_and_its_line_is_dashed(view: ScanView, make: Maker, blob: Blob) -> None:
    decision = own(make, blob(0.5, 0.5, radius=0.12), np.full((240, 320), 60, np.uint8))
    view.set_heatmap_mode("contour")
    view.present(decision)
    fresh = grabbed(view)
    later = replace(
        decision, scan=make.scan(1, 40.0, pixels=decision.scan.frame.pixels), pairing=Pairing.OLDER
    )
    view.present(later)
    older = grabbed(view)
    line = (fresh[:, :, 0] - fresh[:, :, 2] > 90) & ~WORDS
    assert line.sum() > 100
    gaps = line & (older[:, :, 0] - older[:, :, 2] < 40)
    assert 0.2 < gaps.sum() / line.sum() < 0.7, "part of the line is missing: it is dashed"
    middle = (slice(100, 110), slice(155, 165))
    tint_fresh = (fresh[:, :, 0] - fresh[:, :, 2])[middle].mean()
    tint_older = (older[:, :, 0] - older[:, :, 2])[middle].mean()
    assert 0 < tint_older < 0.7 * tint_fresh


def test_frozen_picture_shows_the_map_of_its_prediction_alone(
    view: ScanView, make: Maker, blob: Blob
) -> None:
    view.set_heatmap_mode("fill")
    decision = own(make, blob())
    assert decision.answer is not None
    answer = replace(decision.answer, evidence=make.evidence(instant=None, smoothed=None))
    frozen = replace(decision.scan, signal=Signal.FROZEN)
    view.present(Decision(frozen, Pairing.OWN, answer))
    shown = grabbed(view)[100:110, 155:165]
    assert (shown[:, :, 0] > shown[:, :, 2] + 20).all()


def test_covering_notice_leaves_nothing_of_the_dead_picture(view: ScanView, make: Maker) -> None:
    pixels = np.full((240, 320), 255, np.uint8)
    view.present(Decision(make.scan(0, 0.0, pixels=pixels), Pairing.WITHOUT, None))
    assert (grabbed(view)[~WORDS] == 255).all()
    view.set_notice(Notice(NoticeKind.LOST, True, "unplugged", 2))
    shown = grabbed(view)
    assert (shown == 255).all(axis=2).mean() < 0.01
    assert (shown.max(axis=2) > 120).sum() > 200, "there are words"
    view.set_notice(None)
    assert (grabbed(view)[~WORDS] == 255).all()


def test_frozen_banner_leaves_the_picture(view: ScanView, make: Maker) -> None:
    pixels = textured()
    view.present(Decision(make.scan(0, 0.0, pixels=pixels), Pairing.WITHOUT, None))
    view.set_notice(Notice(NoticeKind.FROZEN, False))
    assert np.array_equal(grabbed(view)[~WORDS][:, 0], pixels[~WORDS])


def test_hidden_view_says_that_it_painted_nothing(view: ScanView, make: Maker) -> None:
    decision = Decision(make.scan(0, 0.0), Pairing.WITHOUT, None)
    assert view.present(decision)
    view.hide()
    assert not view.present(decision)


def test_prepared_frame_is_painted_as_it_is(view: ScanView, make: Maker) -> None:
    first, second = (make.scan(i, i, pixels=np.full((240, 320), 50 + i, np.uint8)) for i in (0, 1))
    view.present(Decision(first, Pairing.WITHOUT, None))
    view.prepare(second)
    assert (grabbed(view)[~WORDS] == 50).all(), "what is prepared is not shown"
    view.present(Decision(second, Pairing.WITHOUT, None))
    assert (grabbed(view)[~WORDS] == 51).all()


def test_chip_says_whose_map_and_how_old(view: ScanView, make: Maker, blob: Blob) -> None:
    scan = make.scan(0, 0.0, pixels=textured())
    fitting = make.answer(scan, blob())
    gated = Answer(fitting.prediction, make.evidence(instant=None))
    cases: list[tuple[Decision, str]] = [
        (Decision(scan, Pairing.OWN, fitting), "heat-map on its own frame"),
        (Decision(scan, Pairing.OWN, gated), "AI on this frame"),
        (Decision(scan, Pairing.OLDER, fitting), "heat-map {ms} ms old"),
        (Decision(scan, Pairing.WITHOUT, None, behind=True), "AI behind"),
        (Decision(scan, Pairing.WITHOUT, None), ""),
    ]
    for decision, words in cases:
        assert view.chip_pattern(decision)[0].startswith(words)
    view.set_peek(True)
    assert view.chip_pattern(cases[0][0])[0] == "bare scan"


def test_a_frame_that_stands_does_not_grow_old(view: ScanView, make: Maker, blob: Blob) -> None:
    scan = make.scan(0, 0.0, pixels=textured())
    own = Decision(scan, Pairing.OWN, make.answer(scan, blob()))
    assert "{ms}" in view.chip_pattern(own)[0]
    view.set_paused(True)
    assert view.chip_pattern(own)[0] == "heat-map on its own frame"


def test_region_is_dragged_by_its_corner(view: ScanView, make: Maker, qtbot: QtBot) -> None:
    view.present(Decision(make.scan(0, 0.0), Pairing.WITHOUT, None))
    assert view.enter_region_edit() and view.editing_region
    edited: list[Region] = []
    view.region_edited.connect(edited.append)
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(30, 10))
    QTest.mouseMove(view, QPoint(50, 25))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(50, 25))
    assert [region.box for region in edited] == [Box(50, 25, 290, 200)]
    assert edited[0].origin == "manual" and edited[0].fits(320, 240)
    with qtbot.waitSignal(view.region_edit_ended):
        QTest.keyClick(view, Qt.Key.Key_Escape)
    assert not view.editing_region


def test_region_cannot_be_edited_without_a_frame(view: ScanView) -> None:
    assert not view.enter_region_edit()


@pytest.mark.parametrize("factor", ["1.25", "2.0"])
def test_scan_stays_crisp_under_the_systems_scaling(factor: str, tmp_path: Path) -> None:
    """Every pixel of the frame is one pixel of the screen, wherever in the window the view lies."""
    program = Path(__file__).with_name("scaled_grab.py")
    done = subprocess.run(
        [sys.executable, program, factor, tmp_path / "grab.png"],
        cwd=Path(__file__).parents[3], capture_output=True, text=True, timeout=50, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    shown = cv2.imread(str(tmp_path / "grab.png"), cv2.IMREAD_GRAYSCALE)
    assert shown is not None
    frame = np.random.default_rng(3).integers(40, 200, (240, 320), np.uint8)
    below_words = frame[100:, 20:300]
    x, y = cv2.minMaxLoc(cv2.matchTemplate(shown, below_words, cv2.TM_SQDIFF))[2]
    found = shown[y : y + below_words.shape[0], x : x + below_words.shape[1]]
    assert np.array_equal(found, below_words), "the frame was resampled"


def scan_of(view: ScanView) -> Scan:
    assert view.current is not None
    return view.current.scan


def test_current_is_what_was_presented_until_cleared(view: ScanView, make: Maker) -> None:
    decision = Decision(make.scan(7, 0.0), Pairing.WITHOUT, None)
    view.present(decision)
    assert scan_of(view).frame.index == 7
    view.clear()
    assert view.current is None
    assert grabbed(view).max() < 20


class Watched(ScanView):
    """Remembers what it was asked to paint."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[QRect] = []

    def paintEvent(self, event: QPaintEvent) -> None:
        self.asked.append(event.region().boundingRect())
        super().paintEvent(event)


@pytest.fixture
def watched(qtbot: QtBot) -> Watched:
    """Wider than the frames: bars on both sides of the picture."""
    widget = Watched()
    qtbot.addWidget(widget)
    widget.resize(480, 240)
    widget.set_view_mode("whole")
    widget.show()
    return widget


def frames(make: Maker, count: int) -> list[Decision]:
    rng = np.random.default_rng(8)
    pictures = [rng.integers(40, 200, (240, 320), np.uint8) for _ in range(count)]
    return [
        Decision(make.scan(number, 16.0 * number, pixels=picture), Pairing.WITHOUT, None)
        for number, picture in enumerate(pictures)
    ]


def test_another_frame_paints_the_picture_and_not_what_lies_beside_it(watched: Watched, make: Maker) -> None:
    first, second, third = frames(make, 3)
    watched.present(first)
    assert watched.asked[-1] == watched.rect()
    assert watched.present(second)
    assert watched.asked[-1] == QRect(80, 0, 320, 240)
    watched.set_outline(True)
    assert watched.present(third)
    assert watched.asked[-1] == watched.rect()


def test_what_was_painted_in_parts_is_what_is_painted_at_once(
    watched: Watched, make: Maker, blob: Blob
) -> None:
    """Words come, change and go beside the picture; nothing of the old ones stays."""
    bare, other, _ = frames(make, 3)
    answer = make.answer(other.scan, blob())
    with_heat = Decision(other.scan, Pairing.OWN, answer)
    behind = Decision(bare.scan, Pairing.WITHOUT, None, behind=True)
    older = Decision(bare.scan, Pairing.OLDER, answer)
    shown = [bare, with_heat, behind, older, other, bare]
    watched.READABLE_MS = 1e9  # the age stands: both paints say the same
    for decision in shown:
        assert watched.present(decision)
        parts = on_screen(watched)
        watched.repaint()
        assert np.array_equal(parts, on_screen(watched))


def test_words_are_written_anew_in_another_language_or_size(view: ScanView, make: Maker) -> None:
    view.present(frames(make, 1)[0])
    before = grabbed(view)
    view.set_scale(Scale(1.4))
    assert not np.array_equal(grabbed(view), before)
    view.set_scale(Scale())
    assert np.array_equal(grabbed(view), before)
