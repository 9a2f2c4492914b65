from __future__ import annotations

import numpy as np
import pytest

from inference.evaluation.calibration import calibration, calibration_error


def test_the_error_of_scores_worked_by_hand() -> None:
    # Four at 0.1 of which one is positive (off by 0.15), four at 0.9 all positive (off by 0.1).
    truth, score = np.array([0, 0, 0, 1, 1, 1, 1, 1]), np.array([0.1] * 4 + [0.9] * 4)
    assert calibration_error(truth, score, bins=2) == pytest.approx(0.125)


def test_weights_count_like_repeated_cases() -> None:
    truth, score = np.array([0, 1, 0, 1]), np.array([0.2, 0.3, 0.6, 0.9])
    weights = np.array([2, 2, 2, 2])
    repeated = calibration_error(np.repeat(truth, weights), np.repeat(score, weights), bins=4)
    assert calibration_error(truth, score, weights.astype(float), bins=4) == pytest.approx(repeated)


def test_scores_that_mean_what_they_say_are_calibrated() -> None:
    rng = np.random.default_rng(1)
    score = rng.random(20000)
    truth = rng.random(20000) < score
    assert calibration_error(truth, score) < 0.02
    assert calibration_error(truth, score**3) > 0.15


def test_figures_and_points_of_the_plot() -> None:
    rng = np.random.default_rng(2)
    score = rng.random(300)
    truth = rng.random(300) < score
    found = calibration(truth, score, np.arange(300))
    assert found["brier"]["value"] == pytest.approx(np.mean((score - truth) ** 2), abs=1e-6)
    assert found["brier"]["low"] < found["brier"]["value"] < found["brier"]["high"]
    assert found["ece"]["low"] <= found["ece"]["value"] <= found["ece"]["high"]
    assert len(found["points"]) == 15
    assert sum(point["share"]["n"] for point in found["points"]) == 300
    middles = [point["score"] for point in found["points"]]
    assert middles == sorted(middles)


def test_no_cases_no_points() -> None:
    found = calibration(np.array([], bool), np.array([]), np.array([]))
    assert found["points"] == [] and found["ece"]["value"] is None
