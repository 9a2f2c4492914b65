from __future__ import annotations

import numpy as np
import pytest

from inference.evaluation.figure import Figure
from inference.evaluation.intervals import (
    WIDER,
    WILSON,
    cluster_weights,
    mean,
    predictive,
    proportion,
    wilson,
)


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(8, 10, 0.4902, 0.9433), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (81, 263, 0.2553, 0.3662)],
)
def test_wilson_gives_the_published_values(hits: int, n: int, low: float, high: float) -> None:
    # The last one is the worked example of Newcombe 1998, table I.
    assert wilson(hits, n) == pytest.approx((low, high), abs=1e-4)


def test_a_proportion_of_independent_cases_is_wilsons() -> None:
    figure = proportion(np.array([True] * 8 + [False] * 2), np.arange(10))
    assert (figure.value, figure.hits, figure.n, figure.interval) == (0.8, 8, 10, WILSON)
    assert (figure.low, figure.high) == pytest.approx((0.4902, 0.9433), abs=1e-4)


def test_cases_of_one_fetus_widen_the_interval() -> None:
    hit = np.repeat([True, False] * 10, 10)
    together = proportion(hit, np.repeat(np.arange(20), 10))
    alone = proportion(hit, np.arange(200))
    assert together.interval == WIDER
    assert together.low is not None and together.high is not None
    assert alone.low is not None and alone.high is not None
    # Twenty fetuses that are all right or all wrong are worth twenty cases, not two hundred.
    assert together.high - together.low > 2.5 * (alone.high - alone.low)
    low, high = wilson(10, 20)
    assert (together.low, together.high) == pytest.approx((low, high), abs=0.05)


def test_a_bootstrap_that_collapses_is_kept_as_wide_as_wilsons() -> None:
    figure = proportion(np.ones(20, bool), np.repeat(np.arange(10), 2))
    assert (figure.low, figure.high) == pytest.approx(wilson(20, 20))


def test_no_cases_give_no_figure() -> None:
    figure = proportion(np.array([], bool), np.array([]))
    assert (figure.value, figure.low, figure.n) == (None, None, 0)
    assert not figure.holds(0.5)


def test_samples_keep_the_cases_of_a_fetus_together() -> None:
    fetus = np.array(["a", "a", "b", "c", "c", "c"])
    for weights in cluster_weights(fetus, 20):
        assert weights[0] == weights[1] and weights[3] == weights[4] == weights[5]
        assert weights[0] + weights[2] + weights[3] == 3


def test_a_mean_has_the_interval_of_its_standard_error() -> None:
    values = np.random.default_rng(0).normal(5, 2, 400)
    figure = mean(values, np.arange(400))
    assert figure.low is not None and figure.high is not None
    assert (figure.high - figure.low) / 2 == pytest.approx(1.96 * 2 / 20, rel=0.1)


def test_predictive_values_follow_bayes() -> None:
    sens, spec = Figure(0.9, 0.8, 0.95, 100, WILSON), Figure(0.95, 0.9, 0.98, 100, WILSON)
    ppv, npv = predictive(sens, spec, 0.01)
    assert ppv.value == pytest.approx(0.009 / (0.009 + 0.0495))
    assert npv.value == pytest.approx(0.9405 / (0.9405 + 0.001))
    assert ppv.low == pytest.approx(0.008 / (0.008 + 0.099))
    assert ppv.high == pytest.approx(0.0095 / (0.0095 + 0.0198))
    assert npv.low is not None and npv.value is not None and npv.low < npv.value


def test_nobody_called_positive_has_no_predictive_value() -> None:
    never = predictive(Figure(0.0, 0.0, 0.1, 9, WILSON), Figure(1.0, 0.9, 1.0, 9, WILSON), 0.01)
    assert never[0].value is None
    assert never[1].value == pytest.approx(0.99)
