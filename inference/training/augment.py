"""Variety added to stored frames while training: pose, form, grey map, depth gain, shadows, grain, noise."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

COARSE = 32
"""Side of the grid on which depth gain and shadows are made, and then drawn large."""
KNOTS = 6
"""Control points of the elastic deformation along each side."""


class _Dice:
    """Uniform numbers for n pictures, from one source."""

    def __init__(self, n: int, generator: torch.Generator) -> None:
        self.n, self.generator = n, generator

    def rand(self, low: float, high: float) -> Tensor:
        """(n,) from low to high."""
        return torch.rand(self.n, generator=self.generator) * (high - low) + low

    def chance(self, share: float) -> Tensor:
        """(n,) 1 in this share of the pictures, else 0."""
        return (torch.rand(self.n, generator=self.generator) < share).float()

    def normal(self, *shape: int) -> Tensor:
        """(n, *shape), standard normal."""
        return torch.randn(self.n, *shape, generator=self.generator)


def augment(
    pictures: Tensor,
    maps: Tensor,
    side: int,
    generator: torch.Generator,
    zoom: tuple[float, float] = (-0.22, 0.18),
    aim: Tensor | None = None,
    *,
    gentle: bool = False,
    variety: float = 1.0,
) -> tuple[Tensor, Tensor, Tensor]:
    """Pictures (n, 1, 256, 256) in [0, 1] and their maps (n, c, 64, 64), moved, bent and flipped alike.

    Args:
        pictures: float32 as prepared, before mean and deviation.
        maps: float32 in [0, 1].
        side: of the pictures returned; maps come back at a quarter of it.
        generator: source of chance.
        zoom: range of the logarithm of the scale; negative enlarges.
        aim: (n, 2) points of the pictures, x and y from -1 to 1, about which cut-outs are taken.
        gentle: pose alone, for the last stretch of training.
        variety: strength of deformation, depth gain, shadows and grain; 0 leaves them out.

    Returns:
        Pictures, maps, and (n, 1, side / 4, side / 4) what the added shadows let through, 0 to 1.
    """
    dice = _Dice(len(pictures), generator)
    bend = _bend(dice, 0.0 if gentle else variety)
    matrix = _pose(dice, zoom, aim)
    x = functional.grid_sample(pictures, _grid(matrix, bend, side), padding_mode="zeros", align_corners=False)
    y = functional.grid_sample(
        maps, _grid(matrix, bend, side // 4), padding_mode="zeros", align_corners=False
    )
    through = torch.ones(dice.n, 1, COARSE, COARSE)
    if not gentle:
        lit = (x > 0.004).float()
        x = _grey_map(dice, x) * lit
        if variety > 0:
            through = _shadows(dice, variety)
            x = _grain(dice, x, variety) + _large(_depth_gain(dice, variety) + 0.6 * (through - 1), side)
            x = (x * lit).clamp(0, 1)
        x = _noise(dice, _blurred(dice, x), lit)
    return x, y, _large(through, side // 4)


def _pose(dice: _Dice, zoom: tuple[float, float], aim: Tensor | None) -> Tensor:
    """(n, 2, 3): turn, scale, mirror, shift."""
    angle = dice.rand(-40, 40) * math.pi / 180
    scale = torch.exp(dice.rand(*zoom))
    mirror, upside = 1 - 2 * dice.chance(0.5), 1 - 2 * dice.chance(0.15)
    cos, sin = torch.cos(angle) * scale, torch.sin(angle) * scale
    shift_x, shift_y = dice.rand(-0.16, 0.16), dice.rand(-0.16, 0.16)
    if aim is not None:
        # A cut-out may leave its picture's middle by as much as it is smaller.
        room = (1 - scale).clamp(min=0)
        shift_x = shift_x + torch.clamp(aim[:, 0] + dice.rand(-0.2, 0.2), -1, 1) * room
        shift_y = shift_y + torch.clamp(aim[:, 1] + dice.rand(-0.2, 0.2), -1, 1) * room
    return torch.stack(
        [
            torch.stack([cos * mirror, -sin * upside, shift_x], 1),
            torch.stack([sin * mirror, cos * upside, shift_y], 1),
        ],
        1,
    )


def _bend(dice: _Dice, variety: float) -> Tensor | None:
    """(n, 2, KNOTS, KNOTS) shifts of control points for half of the pictures; 1 is half a picture.

    About 2 % of the side, less than half the distance of two knots, so that nothing is folded over.
    """
    if variety <= 0:
        return None
    strength = (dice.rand(0.0, 0.045) * dice.chance(0.5) * variety).clamp(max=0.06)
    return dice.normal(2, KNOTS, KNOTS).clamp(-2, 2) * strength[:, None, None, None]


def _grid(matrix: Tensor, bend: Tensor | None, side: int) -> Tensor:
    """(n, side, side, 2): where each pixel is taken from."""
    grid = functional.affine_grid(matrix, [len(matrix), 1, side, side], align_corners=False)
    if bend is None:
        return grid
    field = functional.interpolate(bend, size=(side, side), mode="bicubic", align_corners=False)
    return grid + field.permute(0, 2, 3, 1)


def _large(coarse: Tensor, side: int) -> Tensor:
    return functional.interpolate(coarse, size=(side, side), mode="bilinear", align_corners=False)


def _grey_map(dice: _Dice, x: Tensor) -> Tensor:
    gamma, contrast, lift = (
        dice.rand(a, b)[:, None, None, None] for a, b in ((0.65, 1.5), (0.75, 1.25), (-0.06, 0.06))
    )
    return (x.clamp(0, 1) ** gamma * contrast + lift).clamp(0, 1)


def _depth_gain(dice: _Dice, variety: float) -> Tensor:
    """(n, 1, COARSE, COARSE): what six sliders and a tilt add; grey is log-compressed, so gain is a sum."""
    sliders = functional.interpolate(dice.normal(1, 6), size=COARSE, mode="linear", align_corners=False)
    strength = dice.rand(0.0, 0.07) * dice.chance(0.6) * variety
    tilt = torch.linspace(-1, 1, COARSE) * (dice.rand(-0.06, 0.06) * variety)[:, None]
    return (sliders * strength[:, None, None])[:, :, :, None] + tilt[:, None, None, :]


def _shadows(dice: _Dice, variety: float) -> Tensor:
    """(n, 1, COARSE, COARSE): what one band of shadow from above lets through, in a third of the pictures."""
    line = torch.linspace(-1, 1, COARSE)
    down, across = line[None, :, None], line[None, None, :]
    apex_x, apex_y = dice.rand(-0.6, 0.6)[:, None, None], dice.rand(-4.0, -1.3)[:, None, None]
    # Slope of the beam through each point, and of the band's middle; its width as the band would have in the
    # middle of the picture.
    slope = (across - apex_x) / (down - apex_y)
    aim = dice.rand(-0.8, 0.8)[:, None, None] / -apex_y
    width = dice.rand(0.05, 0.18)[:, None, None] / -apex_y
    inside = torch.sigmoid((width - (slope - aim).abs()) / (0.3 * width))
    below = torch.sigmoid((down - dice.rand(-1.0, 0.5)[:, None, None]) * 12)
    depth = (dice.rand(0.2, 0.9) * dice.chance(0.33) * min(1.0, variety))[:, None, None]
    return (1 - depth * inside * below)[:, None]


def _grain(dice: _Dice, x: Tensor, variety: float) -> Tensor:
    """Times a noise as coarse as speckle, of another grain in each call, in half of the pictures."""
    side = x.shape[-1]
    fine = max(16, int(side * float(torch.rand(1, generator=dice.generator) * 0.4 + 0.25)))
    strength = (dice.rand(0.0, 0.3) * dice.chance(0.5) * variety)[:, None, None, None]
    return x * (1 + strength * _large(dice.normal(1, fine, fine), side)).clamp(min=0)


def _blurred(dice: _Dice, x: Tensor) -> Tensor:
    """The first third as if it had come over a smaller picture."""
    side, third = x.shape[-1], dice.n // 3
    if not third:
        return x
    small = max(48, int(side * float(torch.rand(1, generator=dice.generator) * 0.5 + 0.5)))
    less = functional.interpolate(x[:third], size=(small, small), mode="area")
    return torch.cat([_large(less, side), x[third:]])


def _noise(dice: _Dice, x: Tensor, lit: Tensor) -> Tensor:
    """The second third with a receiver's noise."""
    third = dice.n // 3
    if not third:
        return x
    part = slice(third, 2 * third)
    some = _Dice(third, dice.generator)
    noise = some.normal(1, *x.shape[-2:]) * dice.rand(0.01, 0.09)[part, None, None, None]
    return torch.cat([x[:third], (x[part] + noise * lit[part]).clamp(0, 1), x[2 * third :]])
