"""Variety added to stored frames while training: pose, grey map, blur, noise, dead areas."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional


def augment(
    pictures: Tensor,
    maps: Tensor,
    side: int,
    generator: torch.Generator,
    zoom: tuple[float, float] = (-0.22, 0.18),
    aim: Tensor | None = None,
    *,
    gentle: bool = False,
) -> tuple[Tensor, Tensor]:
    """Pictures (n, 1, 256, 256) in [0, 1] and their maps (n, c, 64, 64), moved and flipped alike.

    Args:
        pictures: float32 as prepared, before mean and deviation.
        maps: float32 in [0, 1].
        side: of the pictures returned; maps come back at a quarter of it.
        generator: source of chance.
        zoom: range of the logarithm of the scale; negative enlarges.
        aim: (n, 2) points of the pictures, x and y from -1 to 1, about which cut-outs are taken.
        gentle: pose alone, for the last stretch of training.
    """
    n = len(pictures)

    def rand(low: float, high: float) -> Tensor:
        return torch.rand(n, generator=generator) * (high - low) + low

    angle = rand(-40, 40) * math.pi / 180
    scale = torch.exp(rand(*zoom))
    mirror = torch.where(torch.rand(n, generator=generator) < 0.5, -1.0, 1.0)
    upside = torch.where(torch.rand(n, generator=generator) < 0.15, -1.0, 1.0)
    cos, sin = torch.cos(angle) * scale, torch.sin(angle) * scale
    shift_x, shift_y = rand(-0.16, 0.16), rand(-0.16, 0.16)
    if aim is not None:
        # A cut-out may leave its picture's middle by as much as it is smaller.
        room = (1 - scale).clamp(min=0)
        shift_x = shift_x + torch.clamp(aim[:, 0] + rand(-0.2, 0.2), -1, 1) * room
        shift_y = shift_y + torch.clamp(aim[:, 1] + rand(-0.2, 0.2), -1, 1) * room
    matrix = torch.stack(
        [
            torch.stack([cos * mirror, -sin * upside, shift_x], 1),
            torch.stack([sin * mirror, cos * upside, shift_y], 1),
        ],
        1,
    )
    grid = functional.affine_grid(matrix, [n, 1, side, side], align_corners=False)
    x = functional.grid_sample(pictures, grid, padding_mode="zeros", align_corners=False)
    coarse = functional.affine_grid(matrix, [n, 1, side // 4, side // 4], align_corners=False)
    y = functional.grid_sample(maps, coarse, padding_mode="zeros", align_corners=False)
    if gentle:
        return x, y
    lit = (x > 0.004).float()
    gamma, contrast, lift = (
        rand(a, b)[:, None, None, None] for a, b in ((0.55, 2.2), (0.7, 1.25), (-0.08, 0.06))
    )
    x = ((x.clamp(0, 1) ** gamma * contrast + lift) * lit).clamp(0, 1)
    third = n // 3
    if third:
        small = max(48, int(side * float(torch.rand(1, generator=generator) * 0.5 + 0.5)))
        less = functional.interpolate(x[:third], size=(small, small), mode="area")
        x = torch.cat(
            [functional.interpolate(less, size=(side, side), mode="bilinear", align_corners=False), x[third:]]
        )
        noise = (
            torch.randn(third, 1, side, side, generator=generator)
            * rand(0.01, 0.09)[:third, None, None, None]
        )
        x = torch.cat(
            [x[:third], (x[third : 2 * third] + noise * lit[third : 2 * third]).clamp(0, 1), x[2 * third :]]
        )
    return x, y
