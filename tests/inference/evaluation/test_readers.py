from __future__ import annotations

from typing import Any

import pytest

from inference.dataset import ReaderCall
from inference.evaluation.levels import exam_calls
from inference.evaluation.readers import ReaderStudy
from tests.inference.evaluation.made_up import POINTS, frames_of, manifest_of

FRAMES = frames_of(
    *[({"cleft": True, "kind": "median"}, 0.9 if at else 0.1) for at in range(6)],
    *[({"cleft": False}, 0.1) for _ in range(6)],
    ({"cleft": None}, 0.9),
)

pytestmark = pytest.mark.usefixtures("few_draws")


def said(reader: str, mode: Any, right: str, seconds: float = 30, **more: Any) -> list[ReaderCall]:
    """One answer a frame; '1' in `right` where the reader is right."""
    out = []
    for at, mark in enumerate(right):
        call = (at < 6) == (mark == "1")
        fields: dict[str, Any] = {"seniority": "junior", "confidence": 80.0, "seconds": seconds} | more
        out.append(ReaderCall(reader=reader, mode=mode, call=call, file=f"{at}.png", **fields))
    return out


def table(*calls: ReaderCall) -> dict[str, Any]:
    return ReaderStudy(calls, FRAMES, exam_calls(FRAMES, manifest_of()), POINTS).table()


def test_groups_in_the_form_of_the_published_table() -> None:
    found = table(
        *said("s", "unaided", "111111" + "111110", 20, seniority="senior"),
        *said("a", "unaided", "111000" + "111110", 30),
        *said("b", "unaided", "110000" + "111111", 40),
        *said("a", "aided", "111110" + "111110", 34),
    )
    senior, junior, aided = found["groups"]
    assert (senior["seniority"], senior["mode"], senior["readers"]) == ("senior", "unaided", 1)
    assert (senior["sensitivity"]["value"], senior["specificity"]["hits"]) == (1.0, 5)
    assert (junior["readers"], junior["sensitivity"]["hits"], junior["sensitivity"]["n"]) == (2, 5, 12)
    assert junior["seconds"]["value"] == 35
    assert (aided["mode"], aided["sensitivity"]["hits"]) == ("aided", 5)
    assert (found["model"]["sensitivity"]["hits"], found["model"]["sensitivity"]["n"]) == (5, 6)


def test_the_change_with_help_is_tested_on_the_same_cases() -> None:
    found = table(
        *said("a", "unaided", "100000" + "111111", 30),
        *said("a", "aided", "111111" + "011111", 36),
        *said("b", "unaided", "111111" + "111111", 30),
    )
    (change,) = found["change"]
    tests = change["tests"]
    assert (change["readers"], tests["n"]) == (1, 12)
    assert (tests["sensitivity"]["first_only"], tests["sensitivity"]["second_only"]) == (5, 0)
    assert tests["sensitivity"]["p"] == pytest.approx(2 / 32)
    assert tests["specificity"]["second_only"] == 1
    assert change["seconds"]["value"] == 6


def test_each_reader_is_compared_with_the_model() -> None:
    found = table(*said("a", "unaided", "111111" + "111111"))
    (reader,) = found["readers"]
    tests = reader["against_model"]
    # The model misses the first frame, the reader nothing.
    assert (tests["sensitivity"]["second_only"], tests["sensitivity"]["first_only"]) == (1, 0)
    assert tests["delong"]["auc_second"] == 1.0


def test_confidence_is_that_in_the_call() -> None:
    calls = said("a", "unaided", "1" * 12)
    sure = [
        ReaderCall("a", "junior", "unaided", call.call, file=call.file, confidence=90 if call.call else 10)
        for call in calls
    ]
    # Hardly sure of "no cleft" lies below sure of "cleft", and above sure of "no cleft".
    wrong = ReaderCall("a", "junior", "unaided", False, file="0.png", confidence=5)
    found = table(wrong, *sure[1:])
    assert found["groups"][0]["auc"]["value"] == 1.0
    assert found["groups"][0]["seconds"] is None


def test_without_confidence_there_is_no_area() -> None:
    found = table(*said("a", "unaided", "1" * 12, confidence=None))
    assert found["groups"][0]["auc"] is None
    assert found["readers"][0]["against_model"]["delong"] is None


def test_answers_to_cases_of_unknown_truth_are_counted_as_left_out() -> None:
    assert table(*said("a", "unaided", "1" * 13))["left_out"] == 1
