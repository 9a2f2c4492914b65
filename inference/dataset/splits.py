"""Folds that keep a fetus, or a site, on one side; and the check that they did."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np

from capture.frame import Pixels
from inference.dataset.errors import DataSetError, LeakError
from inference.dataset.row import LabelRow

Unit = Literal["fetus", "site"]
Rows = tuple[LabelRow, ...]


def fold_rows(rows: Sequence[LabelRow], folds: int, unit: Unit, seed: int = 0) -> tuple[Rows, ...]:
    """Rows dealt into `folds` parts, all of a fetus or of a site into the same one.

    Large units are dealt first, each to the part that has least: of rows, of rows with a cleft, and of
    fetuses with one. The same seed deals alike.

    Raises:
        DataSetError: there are fewer units than folds.
    """
    of_unit: dict[str, list[LabelRow]] = defaultdict(list)
    for row in rows:
        of_unit[row.fetus if unit == "fetus" else row.site].append(row)
    names = sorted(of_unit)
    if not 2 <= folds <= len(names):
        raise DataSetError(
            f"expected 2 to {len(names)} folds of {len(names)} {'fetuses' if unit == 'fetus' else 'sites'}, "
            f"got {folds}"
        )
    dealt = [
        [row for at in part for row in of_unit[names[at]]]
        for part in deal([of_unit[name] for name in names], folds, seed)
    ]
    place = {(row.file, row.frame): at for at, row in enumerate(rows)}
    return tuple(tuple(sorted(part, key=lambda row: place[row.file, row.frame])) for part in dealt)


def deal(units: Sequence[Sequence[LabelRow]], parts: int, seed: int = 0) -> list[list[int]]:
    """Which of the units go into each part: the large ones first, each to where least is."""
    order = np.random.default_rng(seed).permutation(len(units))
    loads = np.array([_load(units[i]) for i in order], float)
    shares = loads / np.maximum(loads.sum(0), 1)
    filled = np.zeros((parts, loads.shape[1]))
    dealt: list[list[int]] = [[] for _ in range(parts)]
    for at in np.argsort(-shares.sum(1), kind="stable"):
        # Empty parts first: a part without any unit is none.
        empty = [part for part in range(parts) if not dealt[part]]
        cost = ((filled + shares[at]) ** 2).sum(1) - (filled**2).sum(1)
        to = empty[0] if empty else int(np.argmin(cost))
        filled[to] += shares[at]
        dealt[to].append(int(order[at]))
    return dealt


def _load(rows: Sequence[LabelRow]) -> tuple[int, int, int]:
    ill = [row for row in rows if row.cleft]
    return len(rows), len(ill), len({row.fetus for row in ill})


def check_leak(
    parts: Sequence[Sequence[LabelRow]],
    *,
    sites: bool,
    digest: Callable[[LabelRow], str] | None = None,
) -> None:
    """Make sure that nothing stands in two of the parts.

    Args:
        parts: folds, or training and test rows.
        sites: sites, too, have to stay on one side; fetuses and files always do.
        digest: equal for equal pictures (`DataSet.digest`, `picture_digest`); empty: not compared.

    Raises:
        LeakError: a fetus, site, file or picture is in two parts; the message names both rows.
    """
    _one_side(parts, "fetus", lambda row: row.fetus)
    if sites:
        _one_side(parts, "site", lambda row: row.site)
    _one_side(parts, "file", lambda row: row.file)
    if digest is not None:
        _one_side(parts, "picture", digest)


def _one_side(parts: Sequence[Sequence[LabelRow]], what: str, key: Callable[[LabelRow], str]) -> None:
    seen: dict[str, tuple[int, LabelRow]] = {}
    for number, part in enumerate(parts):
        for row in part:
            name = key(row)
            if not name:
                continue
            before, first = seen.setdefault(name, (number, row))
            if before != number:
                named = "the same picture" if what == "picture" else f"{what} {name}"
                raise LeakError(
                    f"{named} stands in parts {before + 1} and {number + 1} of the split: "
                    f"{first.place or first.file} and {row.place or row.file}"
                )


def picture_digest(pixels: Pixels) -> str:
    """Equal for equal pictures, however they are stored; empty for one of a single grey level."""
    if pixels.size == 0 or pixels.min() == pixels.max():
        return ""
    return hashlib.blake2b(repr(pixels.shape).encode() + pixels.tobytes(), digest_size=16).hexdigest()
