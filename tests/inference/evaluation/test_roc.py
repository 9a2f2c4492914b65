from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from inference.evaluation.intervals import cluster_weights
from inference.evaluation.roc import (
    DELONG,
    NEWCOMBE,
    OBUCHOWSKI,
    WIDER,
    WeightedAuc,
    area_interval,
    areas,
    auc_figure,
    compare,
)

RNG = np.random.default_rng(5)
TRUTH = np.arange(160) % 2 == 0
SCORE = np.round(RNG.normal(0, 1, 160) + TRUTH, 1)  # rounded: with ties
OTHER = np.round(0.5 * SCORE + RNG.normal(0, 1, 160) + 0.3 * TRUTH, 1)


def test_area_and_variance_of_an_example_worked_by_hand() -> None:
    # Positives 3, 4 against 1, 2, 3.5: areas of each 2/3, 1 and 1, 1, 1/2; variance 1/36 + 1/36.
    found = areas(np.array([1, 1, 0, 0, 0]), np.array([3, 4, 1, 2, 3.5]))
    assert found.auc[0] == pytest.approx(5 / 6)
    assert found.covariance[0, 0] == pytest.approx(1 / 18)


def test_the_area_is_that_of_mann_and_whitney() -> None:
    from sklearn.metrics import roc_auc_score

    statistic = mannwhitneyu(SCORE[TRUTH], SCORE[~TRUTH]).statistic / (80 * 80)
    assert areas(TRUTH, SCORE).auc[0] == pytest.approx(statistic)
    assert WeightedAuc(TRUTH, SCORE)(np.ones(160)) == pytest.approx(statistic)
    assert roc_auc_score(TRUTH, SCORE) == pytest.approx(statistic)


def test_weights_count_like_repeated_cases() -> None:
    from sklearn.metrics import roc_auc_score

    weights = RNG.integers(0, 4, 160)
    repeated = roc_auc_score(np.repeat(TRUTH, weights), np.repeat(SCORE, weights))
    assert WeightedAuc(TRUTH, SCORE)(weights.astype(float)) == pytest.approx(repeated)
    assert np.isnan(WeightedAuc(TRUTH, SCORE)(TRUTH.astype(float)))


def test_delongs_variance_is_that_of_a_bootstrap() -> None:
    found = areas(TRUTH, np.stack([SCORE, OTHER]))
    first, second = WeightedAuc(TRUTH, SCORE), WeightedAuc(TRUTH, OTHER)
    drawn = np.array([(first(w), second(w)) for w in cluster_weights(np.arange(160), 800)])
    assert np.sqrt(found.covariance[0, 0]) == pytest.approx(drawn[:, 0].std(), rel=0.07)
    assert found.covariance[0, 1] == pytest.approx(np.cov(drawn.T)[0, 1], rel=0.15)


def test_obuchowskis_variance_is_that_of_a_bootstrap_over_fetuses() -> None:
    rng = np.random.default_rng(8)
    fetus = np.repeat(np.arange(60), 5)
    own = rng.normal(0, 1, 60)[fetus]
    truth = (fetus % 3 == 0) & (rng.random(300) < 0.8)
    score = own + rng.normal(0, 0.5, 300) + truth
    clustered, plain = areas(truth, score, fetus), areas(truth, score)
    drawn = np.array([WeightedAuc(truth, score)(w) for w in cluster_weights(fetus, 600)])
    assert np.sqrt(clustered.covariance[0, 0]) == pytest.approx(drawn.std(), rel=0.12)
    assert clustered.covariance[0, 0] > 2 * plain.covariance[0, 0]


def test_fetuses_with_one_case_each_have_delongs_variance() -> None:
    both = np.stack([SCORE, OTHER])
    assert areas(TRUTH, both, np.arange(160)).covariance == pytest.approx(areas(TRUTH, both).covariance)


def test_intervals_stay_within_bounds_and_say_where_they_come_from() -> None:
    figure = auc_figure(TRUTH, SCORE, np.arange(160))
    assert figure.interval == DELONG and figure.n == 160
    assert figure.low is not None and figure.value is not None and figure.high is not None
    assert figure.low < figure.value < figure.high < 1
    wide = auc_figure(TRUTH, SCORE, np.arange(160) // 4)
    assert wide.interval == WIDER
    assert wide.low is not None and wide.low <= figure.low


def test_classes_that_do_not_overlap_still_have_an_interval() -> None:
    truth = np.arange(20) >= 10
    figure = auc_figure(truth, np.arange(20.0), np.arange(20))
    assert (figure.value, figure.high, figure.interval) == (1.0, 1.0, NEWCOMBE)
    assert figure.low is not None and 0.75 < figure.low < 0.9
    # More cases, narrower; and where it ends, Hanley and McNeil's variance is just that of the difference.
    low, high, _ = area_interval(1.0, 0.0, 100, 100)
    assert low > figure.low and high == 1.0


def test_equal_scores_are_worth_a_coin() -> None:
    figure = auc_figure(TRUTH, np.zeros(160), np.arange(160))
    assert figure.value == 0.5 and figure.holds(0.5)
    assert figure.low is not None and figure.low < 0.47


def test_one_class_alone_has_no_area() -> None:
    assert auc_figure(np.ones(5, bool), np.arange(5.0), np.arange(5)).value is None
    with pytest.raises(ValueError, match="both classes, got 5 positive and 0 negative"):
        areas(np.ones(5, bool), np.arange(5.0))


def test_a_score_against_itself_does_not_differ() -> None:
    same = compare(TRUTH, SCORE, SCORE, np.arange(160))
    assert (same["difference"], same["p"], same["test"]) == (0.0, 1.0, "DeLong")


def test_a_better_score_is_told_from_a_worse_one() -> None:
    found = compare(TRUTH, SCORE, OTHER, np.arange(160))
    assert found["difference"] == pytest.approx(found["auc_first"] - found["auc_second"], abs=2e-6)
    assert found["low"] < found["difference"] < found["high"]
    # The interval leaves 0 out exactly where p is below 0.05.
    assert (found["low"] > 0 or found["high"] < 0) == (found["p"] < 0.05)
    assert compare(TRUTH, SCORE, OTHER, np.arange(160) // 2)["test"] == OBUCHOWSKI


def test_under_the_null_the_test_rejects_one_time_in_twenty() -> None:
    rng = np.random.default_rng(3)
    truth = np.arange(80) % 2 == 0
    rejected = 0
    for _ in range(150):
        base = rng.normal(0, 1, 80) + truth
        first, second = base + rng.normal(0, 1, 80), base + rng.normal(0, 1, 80)
        rejected += compare(truth, first, second, np.arange(80))["p"] < 0.05
    assert 0.01 < rejected / 150 < 0.11
