"""What the network is taught, and what it is excused from."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

SMOOTHING = 0.03


def focal_bce(logits: Tensor, target: Tensor, gamma: float = 2.0) -> Tensor:
    """Cross-entropy plus twice its focal form, per element (Lin et al. 2017)."""
    bce = functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
    return bce + 2 * (1 - torch.exp(-bce)) ** gamma * bce


def dice_loss(logits: Tensor, target: Tensor) -> Tensor:
    """1 - Dice per frame, (n,)."""
    p = torch.sigmoid(logits).flatten(1)
    t = target.flatten(1)
    return 1 - (2 * (p * t).sum(1) + 1) / (p.sum(1) + t.sum(1) + 1)


def total_loss(outputs: tuple[Tensor, ...], batch: dict[str, Tensor]) -> Tensor:
    """One number for a batch.

    Frames whose gap nobody could see teach neither the cleft nor the heat-map output; planes in which the
    structures of the view are hardly in sight do not teach the view output. A quality that is NaN, a kind of
    -100 and a gap that nobody has drawn are not taught from.
    """
    cleft, view, quality, heat, anatomy, kind = (output.float() for output in outputs)
    known, other = batch["judgeable"], (batch["view"] == 2).float()
    soft = batch["cleft"] * (1 - SMOOTHING) + (1 - batch["cleft"]) * SMOOTHING
    weight = known * (1 - 0.6 * other)
    loss = (focal_bce(cleft[:, 0], soft) * weight).mean()
    grade = batch["quality"].nan_to_num(1.0)
    clear = torch.maximum(other, (grade * 3).clamp(0, 1))
    named = functional.cross_entropy(view, batch["view"], reduction="none", label_smoothing=0.02)
    loss = loss + 0.5 * (named * clear).mean()
    graded = functional.binary_cross_entropy_with_logits(quality[:, 0], grade, reduction="none")
    loss = loss + 0.3 * (graded * batch["quality"].isfinite()).mean()
    sort = functional.cross_entropy(kind, batch["kind"], reduction="none")
    loss = loss + 0.15 * (sort * known * batch["cleft"]).mean()
    focal = _focal_maps(heat, batch["gap"]).mean((1, 2, 3))
    outlined = known * (1 - batch["cleft"] * (batch["gap"].amax((1, 2, 3)) == 0))
    has_gap = batch["cleft"] * outlined
    loss = loss + 20 * (focal * outlined).mean() + 0.8 * (dice_loss(heat, batch["gap"]) * has_gap).mean()
    return loss + 4 * (_focal_maps(anatomy, batch["parts"]).mean((1, 2, 3)) * batch["mapped"]).mean()


def _focal_maps(logits: Tensor, target: Tensor) -> Tensor:
    """Focal cross-entropy per element (Lin et al. 2017), for maps that are nearly empty."""
    pixel = functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
    return (1 - torch.exp(-pixel)) ** 2 * pixel
