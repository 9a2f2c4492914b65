from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inference.dataset import DataSetError, LabelRow, LeakError
from inference.dataset.splits import Unit, check_leak, fold_rows, picture_digest


def rows_of(sites: list[list[int]]) -> tuple[LabelRow, ...]:
    """For each site its fetuses, for each fetus its number of pictures; every third fetus has a cleft."""
    rows = []
    fetus = 0
    for site, counts in enumerate(sites):
        for count in counts:
            fetus += 1
            rows += [
                LabelRow(f"{fetus}-{i}.png", 0, f"F{fetus}", f"S{site}", "lip", fetus % 3 == 0)
                for i in range(count)
            ]
    return tuple(rows)


UNHURRIED = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
SITES = st.lists(st.lists(st.integers(1, 5), min_size=1, max_size=6), min_size=2, max_size=24)


@UNHURRIED
@given(sites=SITES, folds=st.integers(2, 6), seed=st.integers(0, 99), unit=st.sampled_from(["fetus", "site"]))
def test_folds_share_nothing_and_lose_nothing(
    sites: list[list[int]], folds: int, seed: int, unit: Unit
) -> None:
    rows = rows_of(sites)
    units = {getattr(row, unit) for row in rows}
    if len(units) < folds:
        with pytest.raises(DataSetError, match=f"expected 2 to {len(units)} folds"):
            fold_rows(rows, folds, unit, seed)
        return
    parts = fold_rows(rows, folds, unit, seed)
    assert len(parts) == folds
    assert all(parts)
    assert sorted(row.file for part in parts for row in part) == sorted(row.file for row in rows)
    check_leak(parts, sites=unit == "site", digest=lambda row: row.file)
    assert parts == fold_rows(rows, folds, unit, seed)


@UNHURRIED
@given(sites=SITES, folds=st.integers(2, 5), data=st.data())
def test_every_leak_is_found(sites: list[list[int]], folds: int, data: st.DataObject) -> None:
    rows = rows_of(sites)
    if len({row.site for row in rows}) < folds:
        return
    parts = [list(part) for part in fold_rows(rows, folds, "site")]
    source, to = data.draw(st.permutations(range(folds)))[:2]
    row = data.draw(st.sampled_from(parts[source]))
    what = data.draw(st.sampled_from(["fetus", "site", "file", "picture"]))
    copied = {
        "fetus": LabelRow("new.png", 0, row.fetus, "new", "lip", None),
        "site": LabelRow("new.png", 0, "new", row.site, "lip", None),
        "file": LabelRow(row.file, 1, "new", "new", "lip", None),
        "picture": LabelRow(f"copy of {row.file}", 0, "new", "new", "lip", None),
    }[what]
    parts[to].append(copied)
    named = "the same picture" if what == "picture" else what
    with pytest.raises(LeakError, match=f"{named}.* stands in parts"):
        check_leak(parts, sites=True, digest=lambda row: row.file.removeprefix("copy of "))


def test_sites_may_stand_in_two_folds_by_fetus() -> None:
    rows = rows_of([[2, 2]])
    check_leak([rows[:2], rows[2:]], sites=False)
    with pytest.raises(LeakError, match="site S0 stands in parts 1 and 2"):
        check_leak([rows[:2], rows[2:]], sites=True)


def test_folds_are_of_a_size() -> None:
    rng = np.random.default_rng(3)
    rows = rows_of([list(rng.integers(1, 5, rng.integers(4, 12))) for _ in range(22)])
    parts = fold_rows(rows, 5, "site")
    ill = [sum(bool(row.cleft) for row in part) for part in parts]
    assert max(map(len, parts)) < 1.25 * min(map(len, parts))
    assert max(ill) < 1.5 * min(ill)
    assert fold_rows(rows, 5, "site", 1) != parts


def test_pictures_are_told_apart_but_blank_ones() -> None:
    one = np.arange(12, dtype=np.uint8).reshape(3, 4)
    assert picture_digest(one) == picture_digest(one.copy())
    assert picture_digest(one) != picture_digest(one.reshape(4, 3))
    assert picture_digest(np.full((3, 4), 7, np.uint8)) == ""
    row = rows_of([[1]])[0]
    other = replace(row, file="b.png", fetus="F9", site="S9")
    check_leak([[row], [other]], sites=True, digest=lambda _: "")
