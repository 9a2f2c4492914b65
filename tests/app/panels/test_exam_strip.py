from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from app.panels.exam_strip import ExamStrip, age_text, age_words, weeks_of
from app.session.exam import Exam


@pytest.mark.parametrize("text", ["20+3", "18+0", "27+6", "4+1"])
def test_weeks_and_days_come_back_as_they_were_typed(text: str) -> None:
    assert age_text(weeks_of(text)) == text


def test_an_age_in_tenths_of_a_week_is_shown_to_the_nearest_day() -> None:
    assert age_text(weeks_of("20,5")) == "20+4"
    assert age_text(None) == "" == age_words(None) == age_words(20.0)
    assert "Outside" in age_words(17.9) and "Outside" in age_words(28.1)


def test_an_age_that_was_not_touched_is_not_taken_again(qtbot: QtBot) -> None:
    strip = ExamStrip()
    qtbot.addWidget(strip)
    exam = Exam(id="E-20260101-AAAA", started="2026-01-01T00:00:00+00:00", started_ns=0,
                gestational_age_weeks=20.5)  # fmt: skip
    given: list[object] = []
    strip.age_given.connect(given.append)
    strip.show_exam(exam, "A")
    strip.put_away()
    assert given == []
    strip.age.setText("21+0")
    strip.put_away()
    assert given == [21.0]
