from __future__ import annotations

import numpy as np
import pytest

from inference.training.metrics import at_specificity, fit_calibration


def test_calibration_undoes_a_wrong_temperature_and_bias() -> None:
    rng = np.random.default_rng(2)
    logit = rng.normal(0, 2, 20000)
    truth = rng.random(20000) < 1 / (1 + np.exp(-logit))
    temperature, bias = fit_calibration(truth, logit * 3 + 1.5)
    assert temperature == pytest.approx(3, rel=0.06)
    assert bias == pytest.approx(-0.5, abs=0.06)


def test_calibration_converges_where_whole_steps_run_away() -> None:
    """Logits six times too large: Newton's own steps end in an overflow."""
    draw = np.random.default_rng(1)
    truth = np.arange(300) % 4 // 2
    logit = 6 * (draw.normal(0, 1, 300) + 2 * truth)
    temperature, bias = fit_calibration(truth, logit)
    score = 1 / (1 + np.exp(-(logit / temperature + bias)))
    # At the optimum scores are as often right as they say, and in proportion to the logit.
    assert score.mean() == pytest.approx(truth.mean(), abs=1e-6)
    assert ((score - truth) * logit).mean() == pytest.approx(0, abs=1e-3)


def test_threshold_at_specificity() -> None:
    truth = np.repeat([0, 1], 100)
    score = np.concatenate([np.linspace(0, 1, 100), np.ones(100)])
    threshold = at_specificity(truth, score, 0.9)
    assert (score[:100] < threshold).mean() == pytest.approx(0.9, abs=0.011)
