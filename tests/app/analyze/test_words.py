from __future__ import annotations

from app import words as window
from app.analyze import words
from inference.evidence_types import BARS, Status, ViewTally


def test_files_and_films_say_what_the_window_says() -> None:
    assert words.STATUS == window.STATUS
    assert words.REASON == window.REASON
    assert words.VERDICT == window.VERDICT
    assert words.VIEW == window.VIEW
    assert words.STANDING == window.STANDING
    assert words.SYNTHETIC == window.SYNTHETIC
    for status in Status:
        for bars in (2, BARS):
            tally = ViewTally("lip", 6 * bars, bars, status, None)
            assert words.tally_word(tally) == window.tally_word(tally)


def test_no_status_reads_as_normal() -> None:
    said = " ".join([*words.STATUS.values(), *words.REASON.values(), *words.VERDICT.values()]).lower()
    assert "normal" not in said and "healthy" not in said
