"""What moves by itself while the probe looks: mouth, head, limbs and cord of the fetus; the hand's tremor."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from capture.phantom.parameters import Tube, Vector

Matrix = NDArray[np.float64]
MovementKind = Literal["mouth", "turn", "limb", "cord"]
WINDOW_S = 8.0
"""Movements are drawn anew for each window of this length."""
ODDS: dict[MovementKind, float] = {"mouth": 0.45, "turn": 0.25, "limb": 0.2, "cord": 0.25}
"""How likely each is in a window of a fetus of ordinary liveliness (1.0); chosen by eye."""
NECK_MM = np.array([0.0, 4.0, -42.0])
"""The point of the fetal frame that a head turns about."""


@dataclass(frozen=True, slots=True)
class Movement:
    """One movement, from `start_s` to `end_s` of the scan."""

    kind: MovementKind
    start_s: float
    end_s: float
    size: float
    """mm that the mouth opens, degrees that the head turns, radius in mm of what drifts by."""
    seed: int

    def share(self, time_s: float) -> float:
        """0 before and after, 1 in the midst."""
        t = (time_s - self.start_s) / (self.end_s - self.start_s)
        if not 0 < t < 1:
            return 0.0
        edge = min(t, 1 - t, 0.25) / 0.25
        return edge * edge * (3 - 2 * edge)


@lru_cache(maxsize=64)
def _window(seed: int, liveliness: float, number: int) -> tuple[Movement, ...]:
    rng = np.random.default_rng([seed, 15, number])
    begin = number * WINDOW_S
    out: list[Movement] = []
    for kind, odds in ODDS.items():
        chosen = rng.random() < odds * liveliness
        at, number_of = begin + rng.uniform(0.2, 4.5), 1
        length = {"mouth": 1.1, "turn": 2.2, "limb": 2.8, "cord": 3.4}[kind] * rng.uniform(0.8, 1.3)
        size = {
            "mouth": rng.uniform(1.2, 3.6),
            "turn": rng.choice([-1, 1]) * rng.uniform(4, 11),
            "limb": rng.uniform(3.2, 5.2),
            "cord": rng.uniform(2.4, 3.4),
        }[kind]
        if kind == "mouth":
            number_of = int(rng.integers(1, 4))
        own = int(rng.integers(1 << 30))
        for again in range(number_of if chosen else 0):
            start = at + again * length * 0.9
            out.append(Movement(kind, start, start + length, float(size), own))
    return tuple(out)


def movements_at(seed: int, liveliness: float, time_s: float) -> tuple[Movement, ...]:
    """What is moving at a time >= 0; `liveliness` 0 is a fetus asleep."""
    if liveliness <= 0:
        return ()
    number = int(time_s // WINDOW_S)
    near = [m for n in range(max(0, number - 1), number + 1) for m in _window(seed, liveliness, n)]
    return tuple(m for m in near if m.start_s < time_s < m.end_s)


def mouth_mm(resting_mm: float, moving: tuple[Movement, ...], time_s: float) -> float:
    """How far the mouth is open, in steps of 0.05 mm so that faces can be kept."""
    most = max((m.size * m.share(time_s) for m in moving if m.kind == "mouth"), default=0.0)
    return round((resting_mm + most) / 0.05) * 0.05


def head_turn(moving: tuple[Movement, ...], time_s: float) -> Matrix:
    """Rotation (3, 3) of the head against its place at rest: mostly to the side, a little of a nod."""
    turn = np.eye(3)
    for movement in moving:
        if movement.kind != "turn":
            continue
        rng = np.random.default_rng([movement.seed, 16])
        axis = np.array([rng.normal(0, 0.5), 1.0, rng.normal(0, 0.2)])
        axis /= np.linalg.norm(axis)
        angle = math.radians(movement.size) * movement.share(time_s)
        k = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
        turn = turn @ (np.eye(3) + math.sin(angle) * k + (1 - math.cos(angle)) * (k @ k))
    return turn


def drifting_tubes(moving: tuple[Movement, ...], time_s: float) -> tuple[Tube, ...]:
    """Limbs that cross before the face and cord that comes near and goes, in the fetal frame."""
    tubes = []
    for movement in moving:
        if movement.kind not in ("limb", "cord"):
            continue
        rng = np.random.default_rng([movement.seed, 17])
        t = (time_s - movement.start_s) / (movement.end_s - movement.start_s)
        side = float(rng.choice([-1, 1]))
        if movement.kind == "limb":
            # Upright before the face: round in a coronal plane, with a shadow; across in an axial one.
            middle = np.array([side * (30 - 60 * t), rng.uniform(11, 17), rng.uniform(9, 13) + 4 * t])
            along = np.array([rng.normal(0, 0.25), rng.normal(0, 0.3), 1.0])
            half = 13.0
        else:
            near = movement.share(time_s)
            middle = np.array([side * (34 - 19 * near), rng.uniform(-10, 8) + 4 * t, rng.uniform(5, 9)])
            along = np.array([0.5 * side, rng.normal(0, 0.7), rng.normal(0, 0.7)])
            half = 12.0
        along = along / np.linalg.norm(along) * half
        tubes.append(
            Tube(_vector(middle - along), _vector(middle + along), movement.size, _TUBE[movement.kind])
        )
    return tuple(tubes)


_TUBE: dict[str, Literal["cord", "limb"]] = {"limb": "limb", "cord": "cord"}


def _vector(values: Matrix) -> Vector:
    return (float(values[0]), float(values[1]), float(values[2]))


@lru_cache(maxsize=256)
def _phases(seed: int, channel: int) -> tuple[float, ...]:
    return tuple(np.random.default_rng([seed, 9, channel]).uniform(0, 2 * math.pi, 4).tolist())


def wander(seed: int, channel: int, time_s: float) -> float:
    """Slow noise of about unit size, smooth in time: a hand that holds still."""
    tones = zip(_phases(seed, channel), (0.31, 0.73, 1.37, 2.9), (1.0, 0.7, 0.4, 0.15), strict=True)
    total = sum(height * math.sin(2 * math.pi * hertz * time_s + phase) for phase, hertz, height in tones)
    return total / 1.3
