"""95 % intervals of proportions and means: Wilson's, or a bootstrap over fetuses with several cases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.evaluation.figure import Figure, nothing

Array = NDArray[Any]
Floats = NDArray[np.float64]
DRAWS = 1000
"""Bootstrap samples; the ends of the interval move by about 0.05 standard errors between seeds."""
SEED = 20141
DRAWN_AT_ONCE = 1_000_000
"""Fetuses held in memory while drawing."""
WILSON = "Wilson"
CLUSTERS = "bootstrap over fetuses"
WIDER = "bootstrap over fetuses, no narrower than Wilson's"


def clustered(fetus: Array) -> bool:
    """Whether any fetus is behind more than one case: such cases are correlated."""
    return len(np.unique(fetus)) < len(fetus)


def cluster_weights(fetus: Array, draws: int | None = None) -> Iterator[Floats]:
    """How often each case occurs in samples of fetuses drawn with replacement; a fetus keeps its cases.

    Args:
        fetus: (n,) of anything comparable.
        draws: how many samples; None for `DRAWS`. They are the same each time.
    """
    names, code = np.unique(fetus, return_inverse=True)
    rng = np.random.default_rng(SEED)
    for _ in range(DRAWS if draws is None else draws):
        drawn = np.bincount(rng.integers(0, len(names), len(names)), minlength=len(names))
        yield drawn[code].astype(np.float64)


def bootstrap(statistic: Callable[[Floats], float], fetus: Array) -> tuple[float, float] | None:
    """Percentile interval of a statistic of case weights; None where no sample gives a number."""
    values = np.array([statistic(weights) for weights in cluster_weights(fetus)])
    values = values[np.isfinite(values)]
    if not len(values):
        return None
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def wilson(hits: int, n: int) -> tuple[float, float]:
    """Wilson's score interval (Wilson 1927): holds near 0 and 1, where the usual one collapses."""
    from statsmodels.stats.proportion import proportion_confint

    low, high = proportion_confint(hits, n, alpha=0.05, method="wilson")
    return float(low), float(high)


def proportion(hit: Array, fetus: Array) -> Figure:
    """The share of cases that are hits.

    Args:
        hit: (n,) bool.
        fetus: (n,) whose case it is. With several cases of one fetus the interval is that of a bootstrap
            over fetuses, never narrower than Wilson's: at 0 and 1 a bootstrap collapses.
    """
    n, hits = len(hit), int(np.count_nonzero(hit))
    if not n:
        return nothing()
    low, high = wilson(hits, n)
    if not clustered(fetus):
        return Figure(hits / n, low, high, n, WILSON, hits)
    wide = mean_interval(np.asarray(hit, np.float64), fetus)
    return Figure(hits / n, min(low, wide[0]), max(high, wide[1]), n, WIDER, hits)


def mean(values: Array, fetus: Array) -> Figure:
    """The mean of any numbers, with a bootstrap over fetuses."""
    if not len(values):
        return nothing()
    low, high = mean_interval(np.asarray(values, np.float64), fetus)
    return Figure(float(np.mean(values)), low, high, len(values), CLUSTERS)


def mean_interval(values: Floats, fetus: Array) -> tuple[float, float]:
    """Percentile interval of a mean: sums over fetuses are drawn, not cases, which is quick."""
    names, code = np.unique(fetus, return_inverse=True)
    sums = np.bincount(code, values, len(names))
    sizes = np.bincount(code, minlength=len(names))
    rng = np.random.default_rng(SEED)
    at_once = max(1, DRAWN_AT_ONCE // len(names))
    means: list[Floats] = []
    for first in range(0, DRAWS, at_once):
        drawn = rng.integers(0, len(names), (min(at_once, DRAWS - first), len(names)))
        means.append(sums[drawn].sum(1) / sizes[drawn].sum(1))
    low, high = np.percentile(np.concatenate(means), [2.5, 97.5])
    return float(low), float(high)


def predictive(sensitivity: Figure, specificity: Figure, prevalence: float) -> tuple[Figure, Figure]:
    """PPV and NPV at a stated prevalence, by Bayes's rule.

    Their intervals come from the ends of both intervals taken together, so they are wider than 95 %.

    Args:
        sensitivity: at some operating point.
        specificity: at the same.
        prevalence: of clefts among those examined, above 0 and below 1.
    """
    n = sensitivity.n + specificity.n
    ends = (sensitivity.low, sensitivity.high, specificity.low, specificity.high)
    if sensitivity.value is None or specificity.value is None or None in ends:
        return nothing(n), nothing(n)
    how = f"from both ends of sensitivity ({sensitivity.interval}) and specificity ({specificity.interval})"

    def ppv(sens: float | None, spec: float | None) -> float | None:
        assert sens is not None and spec is not None
        called = sens * prevalence + (1 - spec) * (1 - prevalence)
        return sens * prevalence / called if called else None

    def npv(sens: float | None, spec: float | None) -> float | None:
        assert sens is not None and spec is not None
        passed = spec * (1 - prevalence) + (1 - sens) * prevalence
        return spec * (1 - prevalence) / passed if passed else None

    low, high = (sensitivity.low, specificity.low), (sensitivity.high, specificity.high)
    at = (sensitivity.value, specificity.value)
    return (
        Figure(ppv(*at), ppv(*low), ppv(*high), n, how),
        Figure(npv(*at), npv(*low), npv(*high), n, how),
    )
