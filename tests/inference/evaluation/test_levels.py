from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from inference.evaluation.cases import Frames
from inference.evaluation.levels import (
    exam_calls,
    exam_cases,
    frame_cases,
    listed_apart,
    performance,
    verdict_counts,
    view_cases,
)
from inference.evidence_types import Verdict
from tests.inference.evaluation.made_up import (
    POINTS,
    answer_of,
    cases_of,
    frames_of,
    manifest_of,
    row_of,
)

pytestmark = pytest.mark.usefixtures("few_draws")


def exam_of(
    name: str, fetus: str, lip: float, palate: float, **more: Any
) -> list[tuple[dict[str, Any], float]]:
    """Enough of each view for its bars; the scores given, the labels of a cleft where they are high."""
    out = []
    for number, (view, score) in enumerate((("lip", lip), ("palate", palate))):
        for at in range(31):
            label: dict[str, Any] = {"exam": name, "fetus": fetus, "view": view, "clip": str(number)}
            out.append((label | {"time_s": number * 10 + at / 20} | more, score))
    return out


def test_only_frames_that_can_be_judged_count_at_frame_level() -> None:
    frames = frames_of(
        ({"cleft": True}, 0.9),
        ({"cleft": False}, 0.5),
        ({"cleft": None}, 0.9),
        ({"cleft": True, "judgeable": False}, 0.1),
        ({"cleft": False, "quality": 0.2}, 0.8),
        ({"view": "other"}, 0.9),
    )
    cases = frame_cases(frames, POINTS)
    assert list(cases.name) == ["0.png#0", "1.png#0"]
    assert cases.truth.tolist() == [True, False]
    assert cases.flagged.tolist() == [True, False]
    assert cases.looked.tolist() == [True, True]


def test_what_is_left_out_is_listed_and_counted() -> None:
    frames = frames_of(
        ({"cleft": True}, 0.9),
        ({"cleft": False}, 0.1),
        ({"cleft": None}, 0.9),
        ({"cleft": False, "kind": "notch", "judgeable": False}, 0.8),
        ({"cleft": True, "judgeable": False}, 0.5),
        ({"cleft": True, "quality": 0.1}, 0.2),
        ({"cleft": False, "quality": 0.1}, 0.9),
    )
    apart = listed_apart(frames, POINTS)
    hidden, poor = apart["not_judgeable"], apart["poor_planes"]
    assert (hidden["frames"], hidden["positives"]) == (2, 2)
    assert (hidden["positives_flagged"]["hits"], hidden["positives_look_again"]["hits"]) == (1, 2)
    assert (poor["frames"], poor["positives"], poor["others"]) == (2, 1, 1)
    assert poor["others_not_flagged"]["hits"] == 0
    assert apart["unlabelled"] == 1
    everything = apart["all_frames"]
    assert everything["n"] == 6
    assert (everything["sensitivity"]["hits"], everything["sensitivity"]["n"]) == (2, 4)
    assert (everything["specificity"]["hits"], everything["specificity"]["n"]) == (1, 2)


def test_a_view_of_a_fetus_is_one_case_with_the_mean_score() -> None:
    frames = frames_of(
        ({"fetus": "A", "cleft": True}, 0.9),
        ({"fetus": "A", "cleft": True}, 0.6),
        ({"fetus": "A", "view": "palate"}, 0.1),
        ({"fetus": "B"}, 0.3),
    )
    cases = view_cases(frames, POINTS)
    found = dict(zip(cases.name, zip(cases.truth, cases.score, cases.flagged, strict=True), strict=True))
    assert found["A/lip"] == (True, pytest.approx(0.75), True)
    assert found["A/palate"] == (False, pytest.approx(0.1), False)
    assert len(found) == 3


def test_exams_are_called_by_the_rule_over_both_views() -> None:
    positive, negative = {"cleft": True, "kind": "bilateral"}, {"kind": "none"}
    frames = frames_of(
        *exam_of("E1", "A", 0.95, 0.95, **positive),
        *exam_of("E2", "B", 0.05, 0.05, **negative),
        *exam_of("E3", "C", 0.05, 0.95, **positive),
        *exam_of("E4", "D", 0.5, 0.05, **negative),
        *exam_of("E5", "E", 0.05, 0.05, cleft=None),
        *exam_of("E6", "F", 0.95, 0.05, **positive)[:31],
    )
    calls = exam_calls(frames, manifest_of())
    assert [call.verdict for call in calls] == [
        Verdict.SUSPECT_BOTH,
        Verdict.NO_SIGN_SHOWN,
        Verdict.DISCORDANT,
        Verdict.AMBIGUOUS,
        Verdict.NO_SIGN_SHOWN,
        Verdict.LIP_SUSPECT_ALONE,
    ]
    assert [call.truth for call in calls] == [True, False, True, False, None, True]
    assert [call.flags for call in calls] == [2, 0, 1, 0, 0, 1]
    assert calls[0].score == pytest.approx(0.95) and calls[3].score == pytest.approx(0.5)
    cases = exam_cases(calls)
    assert cases.flagged.tolist() == [True, False, True, False, True]
    assert cases.looked.tolist() == [True, False, True, True, True]
    counts = verdict_counts(calls)
    assert counts["no_sign_shown"] == {"positive": 0, "negative": 1, "unknown": 1}
    assert counts["lip_suspect_alone"]["positive"] == 1


def test_frames_of_an_exam_are_taken_in_order_of_time() -> None:
    """Seven high scores in a row are a flag; the same ones dealt out among low scores are none."""
    high = [(at / 10, 0.95 if 5 <= at < 12 else 0.05) for at in range(30)]
    rows, answers = [], []
    for number, (time_s, score) in enumerate(sorted(high, key=lambda pair: (pair[0] * 70) % 10)):
        rows.append(row_of(number, fetus="A", exam="E", clip="1", time_s=time_s))
        answers.append(answer_of(number, score))
    assert [row.time_s for row in rows] != sorted(row.time_s or 0 for row in rows)
    assert exam_calls(Frames(rows, answers), manifest_of())[0].flags == 1


def test_a_cleft_that_no_frame_shows_is_a_positive_that_was_not_in_sight() -> None:
    frames = frames_of(*exam_of("E1", "A", 0.05, 0.05, kind="notch", judgeable=False))
    (call,) = exam_calls(frames, manifest_of())
    assert call.truth is True and not call.visible
    assert not exam_cases([call]).flagged[0]


def test_repeated_pictures_do_not_add_up() -> None:
    rows = [row_of(at, fetus="A", exam="E", clip="1", time_s=at / 30) for at in range(30)]
    fresh = [answer_of(at, 0.95) for at in range(30)]
    same = [answer_of(at, 0.95, repeat=at > 3) for at in range(30)]
    assert exam_calls(Frames(rows, fresh), manifest_of())[0].flags == 1
    assert exam_calls(Frames(rows, same), manifest_of())[0].flags == 0


def test_figures_of_a_known_table() -> None:
    # 8 of 10 positives and 1 of 20 negatives from 0.7 on; one more and two more from 0.4 on.
    truth = [1] * 10 + [0] * 20
    score = [0.9] * 8 + [0.5, 0.1] + [0.8] + [0.5] * 2 + [0.1] * 17
    found = performance(cases_of(truth, score), POINTS, [0.0015])
    assert (found["n"], found["positives"], found["negatives"], found["fetuses"]) == (30, 10, 20, 30)
    flag, look = found["flag"], found["look_again"]
    assert (flag["sensitivity"]["value"], flag["specificity"]["value"]) == (0.8, 0.95)
    assert (flag["sensitivity"]["hits"], flag["specificity"]["hits"]) == (8, 19)
    assert (look["sensitivity"]["value"], look["specificity"]["value"]) == (0.9, 0.85)
    (at,) = flag["at_prevalence"]
    assert at["ppv"]["value"] == pytest.approx(0.0012 / (0.0012 + 0.05 * 0.9985), abs=1e-6)
    # Pairs won: 8 x (19 + half of none) at 0.9, ... counted by hand.
    won = 8 * 20 + (17 + 0.5 * 2) + 0.5 * 17
    assert found["auc"]["value"] == pytest.approx(won / 200)
    assert found["roc"][0] == [0.0, 0.0] and found["roc"][-1] == [1.0, 1.0]


def test_one_class_alone_gives_what_it_can() -> None:
    found = performance(cases_of([1, 1], [0.9, 0.1]), POINTS, [0.01])
    assert found["auc"]["value"] is None and found["roc"] == []
    assert found["flag"]["sensitivity"]["value"] == 0.5
    assert found["flag"]["specificity"]["n"] == 0
    assert found["flag"]["at_prevalence"][0]["ppv"]["value"] is None


def test_columns_must_belong_together() -> None:
    with pytest.raises(ValueError, match="an answer for each of 2 frames, got 1"):
        Frames([row_of(0), row_of(1)], [answer_of(0, 0.5)])
    assert np.isnan(frames_of(({}, 0.5)).width_mm[0])
