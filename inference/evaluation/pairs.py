"""Two ways of calling the same cases, set side by side: DeLong for areas, McNemar for calls."""

from __future__ import annotations

from typing import Any

import numpy as np

from inference.evaluation.cases import Bools, Cases
from inference.evaluation.intervals import clustered
from inference.evaluation.roc import compare


def mcnemar_test(first: Bools, second: Bools) -> dict[str, Any]:
    """McNemar's exact test of two sets of right or wrong calls on the same cases.

    Args:
        first: (n,) whether the first was right.
        second: (n,) whether the second was.

    Returns:
        Counts `both`, `first_only`, `second_only`, `neither`, and the two-sided binomial `p`.
    """
    first, second = np.asarray(first, bool), np.asarray(second, bool)
    table = [
        [int((first & second).sum()), int((first & ~second).sum())],
        [int((~first & second).sum()), int((~first & ~second).sum())],
    ]
    # Without any disagreement there is nothing to test; the exact p is 1.
    discordant = table[0][1] + table[1][0]
    from statsmodels.stats.contingency_tables import mcnemar

    p = float(mcnemar(table, exact=True).pvalue) if discordant else 1.0
    return {
        "both": table[0][0],
        "first_only": table[0][1],
        "second_only": table[1][0],
        "neither": table[1][1],
        "p": min(1.0, p),
    }


def matched(first: Cases, second: Cases) -> tuple[Cases, Cases]:
    """The cases that both have, in one order.

    Raises:
        ValueError: they disagree on the truth of a case, so they are not the same cases.
    """
    names, a, b = np.intersect1d(
        first.name.astype(str), second.name.astype(str), assume_unique=True, return_indices=True
    )
    one, two = _taken(first, a), _taken(second, b)
    if not np.array_equal(one.truth, two.truth):
        wrong = names[np.flatnonzero(one.truth != two.truth)[0]]
        raise ValueError(f"expected the same truth of {first.level} {wrong} in both, got two")
    return one, two


def _taken(cases: Cases, order: Any) -> Cases:
    return Cases(
        cases.level,
        cases.name[order],
        cases.fetus[order],
        cases.truth[order],
        cases.score[order],
        cases.flagged[order],
        cases.looked[order],
    )


def pair(first: Cases, second: Cases) -> dict[str, Any]:
    """Both tests on the cases that both called.

    Returns:
        `n`; `delong` (see `roc.compare`; None with one class alone); `sensitivity` and `specificity` at the
        flag point: McNemar's counts and p; `correlated`: fetuses have several cases, of which McNemar's test
        knows nothing.

    Raises:
        ValueError: the two disagree on the truth.
    """
    one, two = matched(first, second)
    truth = one.truth
    both_classes = bool(truth.any() and not truth.all())
    return {
        "n": len(one),
        "delong": compare(truth, one.score, two.score, one.fetus) if both_classes else None,
        "sensitivity": mcnemar_test(one.flagged[truth], two.flagged[truth]),
        "specificity": mcnemar_test(~one.flagged[~truth], ~two.flagged[~truth]),
        "correlated": bool(len(one)) and clustered(one.fetus),
    }
