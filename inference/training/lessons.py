"""Which frames are taught, how often, and the batches made of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from capture.phantom.face import NAMES
from inference.training import data
from inference.training.augment import augment
from inference.training.config import MEAN, STD

CLEAR = 0.15
"""Planes of less quality are not taught from."""
LOST = 0.4
"""Share of a gap that has to stay in the picture and out of shadow; with less, nobody could see it."""
KIND_OF = np.array([0, 1, 1, 2, 3, 4, -100], np.int64)
"""Of each of `CLEFT_KINDS` the index in the network's `KINDS`; of -1, an unknown one, what losses ignore."""


def teaching_order(labels: NDArray[Any], *, easy: bool = False, twice: bool = True) -> NDArray[np.int_]:
    """Frames to teach from: planes with something to see, those with a visible gap `twice`.

    `easy` leaves out small and faint gaps and poor planes, for the first steps. What is NaN, nobody has said.
    """
    clear = (labels["view"] == 2) | ~(labels["quality"] <= (0.5 if easy else CLEAR))
    if easy:
        clear &= (labels["cleft"] == 0) | (~(labels["contrast"] <= 1.3) & ~(labels["gap_px"] <= 200))
        clear &= labels["judgeable"] == 1
    again = clear & (labels["cleft"] == 1) & twice
    return np.concatenate([np.flatnonzero(clear), np.flatnonzero(again)])


def drawn(
    lesson: NDArray[np.int_], cleft: NDArray[Any], positives: float, chance: np.random.Generator
) -> NDArray[np.int_]:
    """A lesson in a new order; with `positives`, drawn with replacement so that this share has a cleft.

    Args:
        lesson: indices of frames.
        cleft: 0 or 1 of every frame.
        positives: share, 0 to 1; 0 takes every frame of the lesson once.
        chance: source of it.
    """
    with_cleft = cleft[lesson] == 1
    if positives <= 0 or with_cleft.all() or not with_cleft.any():
        return chance.permutation(lesson)
    weight = np.where(with_cleft, positives / with_cleft.sum(), (1 - positives) / (~with_cleft).sum())
    return chance.choice(lesson, len(lesson), p=weight)


def aims(maps: Tensor, view: Tensor) -> Tensor:
    """(n, 2) in [-1, 1]: the middle of the upper lip or of the ridge; (0, 0) where there is none."""
    shape = maps[:, 1 + NAMES.index("upper_lip")] * (view == 0)[:, None, None]
    shape = shape + maps[:, 1 + NAMES.index("ridge")] * (view == 1)[:, None, None]
    total = shape.sum((1, 2)).clamp(min=1e-3)
    axis = torch.linspace(-1, 1, shape.shape[-1])
    x, y = (shape.sum(1) * axis).sum(1) / total, (shape.sum(2) * axis).sum(1) / total
    return torch.stack([x, y], 1)


def batch_of(
    frames: data.Dataset,
    index: NDArray[np.int_],
    side: int,
    generator: torch.Generator,
    *,
    gentle: bool,
    zoom: tuple[float, float],
    variety: float = 1.0,
) -> dict[str, Tensor]:
    """An augmented batch, normalised, on the CPU; the keys are those of `losses.total_loss` and `image`."""
    pictures = torch.from_numpy(frames.pictures[index]).float()[:, None] / 255
    gaps = torch.from_numpy(frames.gaps[index]).float()[:, None] / 255
    maps = torch.cat([gaps, torch.from_numpy(frames.parts[index]).float() / 255], 1)
    labels = frames.labels[index]
    view = torch.from_numpy(labels["view"].astype(np.int64))
    pictures, maps, clear = augment(
        pictures, maps, side, generator, zoom, aims(maps, view), gentle=gentle, variety=variety
    )
    moved = maps[:, :1]
    batch = {
        name: torch.from_numpy(labels[name].astype(np.float32))
        for name in ("cleft", "judgeable", "quality", "mapped")
    }
    batch["kind"] = torch.from_numpy(KIND_OF[labels["kind"]])
    batch["parts"] = maps[:, 1:].clamp(0, 1)
    batch["view"] = view
    batch["image"] = ((pictures - MEAN) / STD).contiguous(memory_format=torch.channels_last)
    batch["gap"] = moved.clamp(0, 1)
    # A gap that was moved out of the picture or into a shadow is neither a positive nor a negative.
    lost = (moved * clear).mean((1, 2, 3)) < LOST * gaps.mean((1, 2, 3))
    batch["judgeable"] *= 1 - lost.float() * batch["cleft"]
    return batch
