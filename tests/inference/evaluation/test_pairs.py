from __future__ import annotations

import numpy as np
import pytest

from inference.evaluation.pairs import matched, mcnemar_test, pair
from tests.inference.evaluation.made_up import cases_of


def test_mcnemars_exact_p_of_a_table_worked_by_hand() -> None:
    # Ten against two of twelve disagreements: twice the chance of two or fewer heads in twelve throws.
    first = np.array([True] * 30 + [True] * 10 + [False] * 2 + [False] * 8)
    second = np.array([True] * 30 + [False] * 10 + [True] * 2 + [False] * 8)
    found = mcnemar_test(first, second)
    assert (found["both"], found["first_only"], found["second_only"], found["neither"]) == (30, 10, 2, 8)
    assert found["p"] == pytest.approx(2 * (1 + 12 + 66) / 4096)


def test_without_disagreement_there_is_no_difference() -> None:
    assert mcnemar_test(np.ones(5, bool), np.ones(5, bool))["p"] == 1.0
    assert mcnemar_test(np.array([], bool), np.array([], bool))["p"] == 1.0


def test_cases_are_matched_by_name_whatever_their_order() -> None:
    one = cases_of([1, 0, 1, 0], [0.9, 0.1, 0.8, 0.2])
    two = cases_of([1, 0, 1, 0], [0.6, 0.3, 0.75, 0.9]).where(np.array([True, True, False, True]))
    two = two.where(np.array([True, True, True]))
    a, b = matched(one, two)
    assert list(a.name) == list(b.name) == ["c0", "c1", "c3"]
    found = pair(one, two)
    assert found["n"] == 3
    # At the flag point the first is right on all, the second misses c0 and flags c3.
    assert found["sensitivity"]["first_only"] == 1 and found["specificity"]["first_only"] == 1
    assert found["specificity"]["both"] == 1
    assert found["delong"]["auc_first"] == 1.0
    assert not found["correlated"]


def test_one_class_alone_is_compared_on_what_it_has() -> None:
    found = pair(cases_of([1, 1], [0.9, 0.1]), cases_of([1, 1], [0.9, 0.9]))
    assert found["delong"] is None and found["sensitivity"]["second_only"] == 1


def test_cases_of_one_fetus_are_said_to_be_correlated() -> None:
    cases = cases_of([1, 0, 1, 0], [0.9, 0.1, 0.8, 0.2], ["A", "A", "B", "B"])
    assert pair(cases, cases)["correlated"]


def test_other_truths_are_other_cases() -> None:
    with pytest.raises(ValueError, match="the same truth of frame c1"):
        matched(cases_of([1, 0], [0.9, 0.1]), cases_of([1, 1], [0.9, 0.1]))
