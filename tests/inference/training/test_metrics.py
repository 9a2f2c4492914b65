from __future__ import annotations

import numpy as np
import pytest

from inference.training.metrics import at_specificity, auc, auc_interval, calibration_error, fit_calibration


def test_auc_by_hand() -> None:
    assert auc(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8])) == pytest.approx(0.75)
    assert auc(np.array([0, 1]), np.array([0.2, 0.2])) == pytest.approx(0.5)
    assert np.isnan(auc(np.array([1, 1]), np.array([0.2, 0.3])))


def test_auc_of_separated_and_of_shuffled_labels() -> None:
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 2, 4000)
    assert auc(truth, truth + 0.1 * rng.random(4000)) == pytest.approx(1)
    assert auc(truth, rng.random(4000)) == pytest.approx(0.5, abs=0.04)
    low, high = auc_interval(truth, rng.random(4000), 100)
    assert low < 0.5 + 0.02
    assert high > 0.5 - 0.02


def test_calibration_undoes_a_wrong_temperature_and_bias() -> None:
    rng = np.random.default_rng(2)
    logit = rng.normal(0, 2, 20000)
    truth = rng.random(20000) < 1 / (1 + np.exp(-logit))
    temperature, bias = fit_calibration(truth, logit * 3 + 1.5)
    assert temperature == pytest.approx(3, rel=0.06)
    assert bias == pytest.approx(-0.5, abs=0.06)


def test_calibration_error() -> None:
    rng = np.random.default_rng(3)
    score = rng.random(30000)
    truth = rng.random(30000) < score
    assert calibration_error(truth, score) < 0.015
    assert calibration_error(truth, np.clip(score + 0.2, 0, 1)) > 0.1


def test_threshold_at_specificity() -> None:
    truth = np.repeat([0, 1], 100)
    score = np.concatenate([np.linspace(0, 1, 100), np.ones(100)])
    threshold = at_specificity(truth, score, 0.9)
    assert (score[:100] < threshold).mean() == pytest.approx(0.9, abs=0.011)
