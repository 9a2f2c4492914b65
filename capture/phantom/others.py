"""Everything that is no lip or palate view: rough, flat, wide in variety, never a cleft."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from capture.frame import Pixels
from capture.phantom import others_blocks as blocks
from capture.phantom import others_body as body
from capture.phantom import others_fetal as fetal
from capture.phantom import others_heart as hearts
from capture.phantom.anatomy import Tissue
from capture.phantom.others_canvas import Canvas, Window
from capture.phantom.others_pictures import PICTURES
from capture.phantom.parameters import OtherKind

Floats = NDArray[np.float32]

_DRAW: dict[str, Callable[[Canvas], None]] = {
    "head": fetal.head,
    "skull": fetal.skull,
    "abdomen": fetal.abdomen,
    "femur": fetal.femur,
    "spine": fetal.spine,
    "ribs": fetal.ribs,
    "placenta": fetal.placenta,
    "limbs": fetal.limbs,
    "hands": fetal.hands,
    "cord": fetal.cord,
    "cervix": fetal.cervix,
    "heart": hearts.heart,
    "apical": hearts.apical,
    "parasternal": hearts.parasternal,
    "eye": body.eye,
    "layers": body.layers,
    "vessels": body.vessels,
    "muscle": body.muscle,
    "lung": body.lung,
    "organ": body.organ,
    "bladder": body.bladder,
    "follicles": body.follicles,
    "bowel": body.bowel,
    "holes": blocks.holes,
    "targets": blocks.targets,
    "even": blocks.even,
    "murk": blocks.murk,
    "air": blocks.air,
    "noise": blocks.noise,
}
_SCREENED = tuple(_DRAW)
OBSTETRIC = ("head", "abdomen", "femur", "spine", "ribs", "placenta", "limbs", "hands", "cord", "cervix")
"""Seen through a maternal wall."""


def _any(c: Canvas) -> None:
    """Whatever a machine's screen may show."""
    _DRAW[_SCREENED[int(c.rng.integers(len(_SCREENED)))]](c)


def other_scene(
    kind: OtherKind, x: Floats, z: Floats, rng: np.random.Generator, window: Window | None = None
) -> Tissue:
    """What the beams meet in a plane that shows no lips and no palate."""
    canvas = Canvas(x, z, rng, window)
    _DRAW.get(kind, _any)(canvas)
    return canvas.done()


def other_picture(kind: OtherKind, longest: int, rng: np.random.Generator) -> Pixels:
    """One of `PICTURES`, grey, with its longer side of `longest` pixels and a shape of its own."""
    ratio = float(np.exp(rng.uniform(-0.5, 1.3)))
    height, width = (longest, longest * ratio) if ratio < 1 else (longest / ratio, longest)
    return PICTURES[kind](max(48, round(height)), max(48, round(width)), rng, _any)
