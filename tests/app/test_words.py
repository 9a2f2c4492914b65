from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import pytest
from pytestqt.qtbot import QtBot

from app import words
from app.language import set_language
from inference.evidence_types import Evidence, Reason, Status, Verdict, ViewTally
from inference.prediction import View


@pytest.mark.parametrize(
    ("seconds", "words_"), [(0.0, "0:00.0"), (59.96, "0:59.9"), (61.25, "1:01.2"), (-0.1, "0:00.0")]
)
def test_a_time_in_the_exam_is_never_rounded_up(seconds: float, words_: str) -> None:
    assert words.running_words(seconds) == words_


@pytest.fixture(params=["en", "zh"])
def language(request: pytest.FixtureRequest, qtbot: QtBot) -> Iterator[str]:
    set_language(request.param)
    yield request.param
    set_language("en")


def evidence(status: Status, reason: Reason = Reason.STEADY_LOW, **changes: Any) -> Evidence:
    fields: dict[str, Any] = {
        "status": status, "reason": reason, "view": "lip", "quality": 0.9, "instant": 0.5, "smoothed": 0.5,
        "hits": 3, "window": 10, "tallies": {}, "flags": (), "verdict": Verdict.NOT_ASSESSED, "scan_index": 0,
    }  # fmt: skip
    return Evidence(**(fields | changes))


def test_every_state_has_a_word_of_its_own(language: str) -> None:
    for texts in (
        [words.status_word(status) for status in Status],
        [words.reason_sentence(reason) for reason in Reason],
        [words.verdict_sentence(verdict) for verdict in Verdict],
        [words.view_name(view) for view in get_args(View)],
    ):
        assert all(texts)
        assert len(set(texts)) == len(texts)


def test_chinese_is_chinese_all_through(qtbot: QtBot) -> None:
    texts = [*words.STATUS.values(), *words.REASON.values(), *words.VERDICT.values(), *words.VIEW.values()]
    set_language("zh")
    try:
        for text in (*texts, words.STANDING, words.SYNTHETIC):
            assert any("\u4e00" <= letter <= "\u9fff" for letter in words.word(text)), text
    finally:
        set_language("en")


def test_no_word_says_normal() -> None:
    for text in (*words.STATUS.values(), *words.REASON.values(), *words.VERDICT.values()):
        assert "normal" not in text.lower()
        assert "healthy" not in text.lower()


def test_the_reason_counts_scans_where_there_is_something_to_count(language: str) -> None:
    counted = words.hits_sentence(evidence(Status.LOOK_AGAIN, Reason.SOME_HITS))
    assert "3" in counted
    assert "10" in counted
    gathering = words.hits_sentence(evidence(Status.GATHERING, Reason.TOO_FEW_FRAMES))
    assert gathering == words.reason_sentence(Reason.TOO_FEW_FRAMES)


def test_the_plane_is_named_only_in_a_view(qtbot: QtBot) -> None:
    assert words.plane_words(evidence(Status.NO_SIGN)) == "Lip view · good plane"
    assert (
        words.plane_words(evidence(Status.NO_SIGN, view="palate", quality=0.5)) == "Palate view · fair plane"
    )
    assert words.plane_words(evidence(Status.GATHERING, quality=0.1)).endswith("poor plane")
    assert words.plane_words(evidence(Status.SEARCHING, view="other")) == ""
    assert words.plane_words(evidence(Status.NOT_ASSESSED)) == ""


def test_the_checklist_never_calls_an_unseen_view_anything_but_unseen(qtbot: QtBot) -> None:
    assert words.tally_word(ViewTally("lip", 0, 0, Status.NOT_ASSESSED, None)) == "not seen yet"
    assert words.tally_word(ViewTally("lip", 14, 2, Status.GATHERING, None)) == "gathering 2/5"
    assert words.tally_word(ViewTally("lip", 40, 5, Status.NO_SIGN, None)) == "no sign"
    assert words.tally_word(ViewTally("lip", 40, 5, Status.LOOK_AGAIN, None)) == "look again"
