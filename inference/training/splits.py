"""The splits of a run, each a folder of shards: nothing is judged on what was taught."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inference.dataset import LeakError


def check_seeds(run: Path, taught: Sequence[str], judged: Sequence[str]) -> None:
    """See that no seed, and so no fetus of the phantom, is in a split of both sorts, or in two judged ones.

    Raises:
        LeakError: one is; the message names split and seed.
    """
    before: dict[int, str] = {}
    for split in (*taught, *judged):
        seeds = _seeds(run / split)
        for seed in seeds & before.keys():
            if split in judged:
                raise LeakError(f"seed {seed} is in {before[seed]} and in {split}")
        before |= dict.fromkeys(seeds, split)


def first_pictures(folder: Path, count: int) -> NDArray[np.uint8]:
    """The first prepared pictures (n, h, w) of a split, without reading the rest of it."""
    with np.load(shard_paths(folder)[0]) as shard:
        return np.asarray(shard["pictures"][:count], np.uint8)


def shard_paths(folder: Path) -> list[Path]:
    """The shards of a split, in the order of their seeds.

    Raises:
        FileNotFoundError: there are none.
    """
    paths = sorted(p for p in folder.glob("*.npz") if ".part" not in p.name)
    if not paths:
        raise FileNotFoundError(f"expected shards (*.npz) in {folder}, found none")
    return paths


def _seeds(folder: Path) -> set[int]:
    seeds: set[int] = set()
    for path in shard_paths(folder):
        with np.load(path) as shard:
            seeds.update(int(seed) for seed in shard["labels"]["seed"])
    return seeds
