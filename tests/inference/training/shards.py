"""Frames that cost nothing to make: grey noise, a bright lip with or without a dark gap in it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from capture.phantom.parameters import CLEFT_KINDS
from inference.training import data


def write_shard(folder: Path, count: int, first_seed: int) -> None:
    """A shard as `data.generate` writes it: lip, palate, other in turn, half of the faces with a gap."""
    folder.mkdir(parents=True, exist_ok=True)
    draw = np.random.default_rng(first_seed)
    pictures = draw.integers(20, 60, (count, 256, 256)).astype(np.uint8)
    gaps = np.zeros((count, 64, 64), np.uint8)
    parts = np.zeros((count, 5, 64, 64), np.uint8)
    labels = np.zeros(count, data.LABELS)
    labels["seed"] = np.arange(first_seed, first_seed + count)
    for at in range(count):
        view = at % 3
        labels["view"][at], labels["judgeable"][at], labels["mapped"][at] = view, 1, 1
        labels["quality"][at], labels["contrast"][at], labels["other"][at] = 0.9, 2.0, -1
        if view == 2:
            continue
        pictures[at, 100:156, 60:196] = 200
        parts[at, 1, 25:39, 15:49] = parts[at, 4, 25:39, 15:49] = 255
        if at % 2:
            left = int(draw.integers(80, 160))
            pictures[at, 100:156, left : left + 24] = 25
            gaps[at, 25:39, left // 4 : left // 4 + 6] = 255
            labels["cleft"][at], labels["gap_px"][at] = 1, 24 * 56
            labels["kind"][at] = CLEFT_KINDS.index("uni_left")
    np.savez(folder / f"{first_seed:08d}.npz", pictures=pictures, gaps=gaps, parts=parts, labels=labels)
