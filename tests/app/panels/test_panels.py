from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app import theme
from app.errors import Notice
from app.kept import KeptFrame
from app.language import set_language
from app.panels import kept_frames, status_line
from app.panels.kept_frames import KeptFramesPanel
from app.panels.panel import BOLD, MEDIUM, fitting_font, put_text, wrapped
from app.panels.score_arc import ScoreArc, angle_of
from app.panels.shapes import draw_shape
from app.panels.status_line import Figure, StatusLine
from app.panels.status_panel import WORD_PX, WORD_SMALLEST_PX, StatusPanel
from app.panels.timeline import Timeline
from app.panels.timeline_data import Mark
from app.panels.toasts import MOST, Toasts
from app.panels.top_bar import TopBar, TopBarText
from app.panels.view_checklist import VERDICT_HIGH, ViewChecklist
from app.theme import ALIGN_LEFT, Scale
from app.words import STANDING, status_word, verdict_sentence
from capture.frame import make_frame
from capture.geometry import Region
from capture.scan import Scan, Signal
from inference.evidence_types import Evidence, Reason, Status, Verdict, ViewTally
from tests.app.panels.test_timeline_data import Point
from tests.app.window_fakes import HEIGHT, WIDTH, FakeEngine, picture

Rgb = NDArray[np.uint8]


@pytest.fixture(autouse=True)
def dark(qapp: QApplication) -> None:
    """As `create_app` makes it."""
    qapp.setStyle("Fusion")
    qapp.setPalette(theme.dark_palette())
    qapp.setFont(theme.load_fonts())


def evidence(status: Status, **changes: Any) -> Evidence:
    fields: dict[str, Any] = {
        "status": status, "reason": Reason.STEADY_LOW, "view": "lip", "quality": 0.9, "instant": 0.8,
        "smoothed": 0.5, "hits": 3, "window": 10, "tallies": {}, "flags": (),
        "verdict": Verdict.NOT_ASSESSED, "scan_index": 0,
    }  # fmt: skip
    return Evidence(**(fields | changes))


def pixels(image: QImage) -> Rgb:
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    flat = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return flat[:, : image.width() * 3].reshape(image.height(), image.width(), 3).copy()


def seen(widget: QWidget) -> Rgb:
    return pixels(widget.grab().toImage())


def near(picture: Rgb, colour: str, reach: int = 40) -> NDArray[np.bool_]:
    """Where the picture has about that colour."""
    ink = QColor(colour)
    wanted = np.array([ink.red(), ink.green(), ink.blue()])
    close: NDArray[np.bool_] = np.abs(picture.astype(int) - wanted).max(axis=2) < reach
    return close


def test_every_state_has_a_shape_of_its_own_without_colour(qtbot: QtBot) -> None:
    shapes: dict[Status, NDArray[np.bool_]] = {}
    for status in Status:
        image = QImage(48, 48, QImage.Format.Format_RGB888)
        image.fill(0)
        painter = QPainter(image)
        draw_shape(painter, QRectF(4, 4, 40, 40), status, "white")
        painter.end()
        shapes[status] = pixels(image)[..., 0] > 128
    for one, other in itertools.combinations(Status, 2):
        different = np.count_nonzero(shapes[one] ^ shapes[other])
        assert different > 80, (one, other)


def test_the_state_is_told_in_large_letters_and_a_flag_on_a_plate(qtbot: QtBot) -> None:
    panel = StatusPanel()
    qtbot.addWidget(panel)
    panel.resize(362, 118)
    for status in Status:
        panel.show_evidence(evidence(status))
        inked = near(seen(panel), theme.STATUS_COLOUR[status])
        rows = np.flatnonzero(inked.any(axis=1))
        assert rows.size, status
        assert np.ptp(rows) >= 24, status
    panel.show_evidence(evidence(Status.FLAG))
    plate = near(seen(panel)[:54], theme.STATUS_COLOUR[Status.FLAG])
    assert plate.mean() > 0.6


def test_words_of_every_state_fit_their_panel_in_both_languages(qtbot: QtBot) -> None:
    try:
        for language in ("en", "zh"):
            set_language(language)
            for status, factor in itertools.product(Status, (0.6, 0.72, 1.0, 2.0)):
                scale = Scale(factor)
                room = scale.px(362 - 12 - 32 - 16 - 12)
                font = fitting_font(scale, status_word(status), room, WORD_PX, WORD_SMALLEST_PX, BOLD)
                assert QFontMetrics(font).horizontalAdvance(status_word(status)) <= room, status
                assert font.pixelSize() >= scale.px(28)
    finally:
        set_language("en")


def test_the_arc_is_as_long_as_the_smoothed_score_and_grey_without_one(qtbot: QtBot) -> None:
    arc = ScoreArc()
    qtbot.addWidget(arc)
    arc.resize(362, 236)
    arc.set_points(0.45, 0.7)
    arc.show_evidence(evidence(Status.LOOK_AGAIN))
    assert arc.number == "0.50"
    amber = np.argwhere(near(seen(arc), theme.AMBER))
    radius = (362 - 130) / 2
    middle_y, middle_x = 30 + radius, 362 / 2
    angles = np.degrees(np.arctan2(middle_y - amber[:, 0], amber[:, 1] - middle_x)) % 360
    assert angles.max() == pytest.approx(angle_of(0.0), abs=3)
    assert angles.min() == pytest.approx(angle_of(0.5), abs=3)
    for status in (Status.SEARCHING, Status.NOT_ASSESSED):
        arc.show_evidence(evidence(status))
        assert arc.number == "—"
        assert not near(seen(arc), theme.STATUS_COLOUR[Status.LOOK_AGAIN]).any()


def test_the_dot_is_the_score_of_this_scan(qtbot: QtBot) -> None:
    arc = ScoreArc()
    qtbot.addWidget(arc)
    arc.resize(362, 236)
    radius = (362 - 130) / 2
    for score in (0.1, 0.5, 0.95):
        arc.show_evidence(evidence(Status.NO_SIGN, instant=score, smoothed=0.3))
        angle = math.radians(angle_of(score))
        ring = radius * 0.92
        x, y = 181 + ring * math.cos(angle), 30 + radius - ring * math.sin(angle)
        assert near(seen(arc), theme.BRIGHT)[round(y), round(x)]


def test_the_checklist_fills_its_bars(qtbot: QtBot) -> None:
    checklist = ViewChecklist()
    qtbot.addWidget(checklist)
    checklist.resize(362, 158)
    empty = near(seen(checklist), theme.CYAN).sum()
    tallies = {
        "lip": ViewTally("lip", 30, 5, Status.NO_SIGN, None),
        "palate": ViewTally("palate", 12, 2, Status.NO_SIGN, None),
    }
    checklist.show_evidence(evidence(Status.NO_SIGN, tallies=tallies, verdict=Verdict.NO_SIGN_SHOWN))
    seven = near(seen(checklist), theme.CYAN).sum()
    assert empty == 0
    assert seven == pytest.approx(7 * 16 * 11, rel=0.25)


def test_a_long_verdict_has_room_that_was_kept_for_it(qtbot: QtBot) -> None:
    checklist = ViewChecklist()
    qtbot.addWidget(checklist)
    checklist.resize(362, 158)
    checklist.show()
    checklist.show_evidence(evidence(Status.FLAG, verdict=Verdict.PALATE_MISSING))
    before = checklist.sizeHint()
    font = checklist.scale.font(18, MEDIUM)
    for verdict in Verdict:
        checklist.show_evidence(evidence(Status.FLAG, verdict=verdict))
        assert checklist.sizeHint() == before, "what stands below must not move"
        words = verdict_sentence(verdict)
        needed = QFontMetrics(font).boundingRect(
            QRect(0, 0, before.width(), 1000), Qt.TextFlag.TextWordWrap, words
        )
        assert needed.height() <= checklist.scale.px(VERDICT_HIGH), words


@pytest.mark.parametrize("width", [640, 1000, 1366, 1920])
def test_the_standing_sentence_is_whole_whatever_else_gives_way(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    line = StatusLine()
    qtbot.addWidget(line)
    line.set_scale(Scale.of(width, width * 9 // 16))
    line.resize(width, line.height())
    drawn: list[str] = []
    figures = tuple(Figure(f"name {n}", "123456 fps", warn=n == 7) for n in range(8))
    line.show_figures(figures)

    def put(
        painter: QPainter,
        box: Any,
        text: str,
        font: Any,
        colour: str,
        align: Any = ALIGN_LEFT,
        lines: int = 1,
    ) -> int:
        drawn.extend(wrapped(text, QFontMetrics(font), round(box.width()), lines))
        return put_text(painter, box, text, font, colour, align, lines)

    monkeypatch.setattr(status_line, "put_text", put)
    line.grab()
    assert STANDING in " ".join(drawn)
    shown = [figure for figure in figures if figure.name in drawn]
    if shown:
        assert figures[7] in shown, "a warning is the last to go"


def test_no_source_text_or_model_on_the_patient_safe_bar(qtbot: QtBot) -> None:
    bar = TopBar()
    qtbot.addWidget(bar)
    bar.resize(1200, 56)
    bar.show_text(TopBarText("live", "Jane_Doe.mp4", "Exam 1", "model", True))
    full = (seen(bar).max(axis=2) > 100).sum()
    bar.set_patient_safe(True)
    assert 0 < (seen(bar).max(axis=2) > 100).sum() < 0.7 * full


def test_kept_frames_are_numbered_and_clicked(qtbot: QtBot) -> None:
    panel = KeptFramesPanel()
    qtbot.addWidget(panel)
    panel.resize(362, 270)
    scan = Scan(make_frame(0, 0, picture(0)), Region.whole(WIDTH, HEIGHT), 0, False, Signal.MOVING)
    prediction = FakeEngine().predict(scan)
    frames = tuple(
        KeptFrame(f"hand:{n}", "hand", scan, prediction, Status.LOOK_AGAIN, "lip") for n in range(6)
    )
    panel.show_frames(frames)
    panel.grab()
    chosen: list[int] = []
    panel.chosen.connect(chosen.append)
    for at in (QPoint(40, 70), QPoint(320, 70), QPoint(40, 190), QPoint(340, 190), QPoint(100, 10)):
        QTest.mouseClick(panel, Qt.MouseButton.LeftButton, pos=at)
    assert chosen == [0, 3, 4]


def test_the_best_of_each_view_are_seen_however_many_flags_there_are(qtbot: QtBot) -> None:
    panel = KeptFramesPanel()
    qtbot.addWidget(panel)
    scan = Scan(make_frame(0, 0, picture(0)), Region.whole(WIDTH, HEIGHT), 0, False, Signal.MOVING)
    flags = [KeptFrame(f"flag:{n}", "flag", scan, None, Status.FLAG, "lip") for n in range(6)]
    best = [KeptFrame(f"best:lip:{rank}", "best", scan, None, Status.FLAG, "lip", rank) for rank in (1, 2)]
    panel.resize(360, 142)  # one row of four
    panel.show_frames((*flags, *best))
    seen = ["flag:0", "flag:1", "flag:2", "best:lip:1", "flag:3", "flag:4", "flag:5", "best:lip:2"]
    assert [frame.key for frame in panel.frames] == seen
    panel.show()
    panel.resize(360, 500)
    assert [frame.key for frame in panel.frames] == [frame.key for frame in (*flags, *best)]


def test_below_a_kept_frame_stands_its_score_or_why_there_is_none(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []
    monkeypatch.setattr(kept_frames, "put_text", lambda painter, box, text, *a, **k: drawn.append(text))
    panel = KeptFramesPanel()
    qtbot.addWidget(panel)
    panel.resize(362, 270)
    scan = Scan(make_frame(0, 0, picture(0)), Region.whole(WIDTH, HEIGHT), 0, False, Signal.MOVING)
    own = FakeEngine(0.87).predict(scan)
    panel.show_frames(
        (
            KeptFrame("hand:1", "hand", scan, own, Status.LOOK_AGAIN, "lip"),
            KeptFrame("hand:2", "hand", scan, own, Status.SEARCHING, "other"),
            KeptFrame("hand:3", "hand", scan, None, Status.NOT_ASSESSED, "other"),
            KeptFrame("best:palate", "best", scan, own, Status.GATHERING, "palate"),
        )
    )
    panel.grab()
    assert [text for text in drawn if text not in ("Kept", "4", "1", "2", "3")] == [
        "Lip 0.87",
        "no view",
        "—",
        "Palate 0.87",
    ]


def test_toasts_come_are_few_and_go(qtbot: QtBot) -> None:
    page, beside = QWidget(), QWidget()
    qtbot.addWidget(page)
    beside.setParent(page)
    page.resize(800, 600)
    beside.resize(600, 500)
    toasts = Toasts(page, beside)
    page.show()
    for number in range(6):
        toasts.show_notice(Notice("warning", f"notice {number}", 0.0))
    toasts.show_notice(Notice("warning", "notice 5", 1.0))
    assert toasts.texts == [f"notice {number}" for number in range(6 - MOST, 6)]
    assert beside.geometry().contains(toasts.geometry())
    QTest.mouseClick(toasts, Qt.MouseButton.LeftButton, pos=QPoint(10, 10))
    assert len(toasts.texts) == MOST - 1
    for _ in range(MOST - 1):
        QTest.mouseClick(toasts, Qt.MouseButton.LeftButton, pos=QPoint(10, 10))
    assert not toasts.isVisible()


def test_the_timeline_draws_scores_marks_and_playhead_and_tells_where_it_is_clicked(qtbot: QtBot) -> None:
    timeline = Timeline()
    qtbot.addWidget(timeline)
    timeline.resize(1000, 184)
    timeline.set_scale(Scale())
    timeline.show()
    timeline.show_loop(tuple(step / 25 for step in range(250)))
    timeline.build()
    timeline.set_points(0.45, 0.7)
    for step in range(250):
        flagged = step > 125
        point = Point("lip", Status.FLAG if flagged else Status.NO_SIGN, 0.3, 0.85 if flagged else 0.2)
        timeline.track.add(point, step / 25)
    timeline.marks = (Mark(8.0, True), Mark(2.0, False))
    timeline.refresh(0.0)
    timeline.show_position(5.0, "5.00 / 10.00 s", True)
    qtbot.wait(1)
    shown = seen(timeline)
    flagged_columns = np.flatnonzero(near(shown, theme.CORAL, 30).any(axis=0))
    assert flagged_columns.min() > 480
    assert np.flatnonzero(near(shown, theme.CYAN, 30).any(axis=0)).max() < 520
    asked: list[int] = []
    timeline.seek_asked.connect(asked.append)
    assert timeline.plot is not None
    where = timeline.plot.viewport()
    QTest.mouseClick(where, Qt.MouseButton.LeftButton, pos=QPoint(where.width() // 4, where.height() // 2))
    assert asked == [pytest.approx(62, abs=2)]
    timeline.plot.close()


def test_text_breaks_between_words_and_anywhere_in_chinese(qtbot: QtBot) -> None:
    metrics = QFontMetrics(Scale().font(18))
    wide = metrics.horizontalAdvance("one two three")
    assert wrapped("one two three four five six", metrics, wide + 2, 2)[0] == "one two three"
    assert wrapped("short", metrics, wide, 3) == ["short"]
    assert wrapped("", metrics, wide, 3) == []
    chinese = wrapped(
        "胎儿两个切面均已显示结果不明确请专家再看", metrics, metrics.horizontalAdvance("胎儿两个切面"), 9
    )
    assert len(chinese) > 2
    assert "".join(chinese) == "胎儿两个切面均已显示结果不明确请专家再看"
    long = wrapped("Donaudampfschifffahrtsgesellschaft", metrics, wide, 2)
    assert long[-1].endswith("…")
