"""A hand-held probe over a moving fetus: the plane at each moment, from one standard plane to the next."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from capture.phantom.parameters import (
    CLEFT_KINDS,
    Cleft,
    CleftKind,
    Fetus,
    Machine,
    Parameters,
    PhantomView,
    Pose,
    Probe,
    Shadow,
    Surround,
    Tube,
)
from capture.phantom.sampling import standard_plane

Matrix = NDArray[np.float64]
TREMOR_MM, TREMOR_DEG = 0.35, 1.2
"""Of a steady hand; a consultant's probe moves at 12.9 mm/s while searching (UCL eprint 10193061)."""


@dataclass(frozen=True, slots=True)
class Station:
    """Where the probe is at a time: a named plane, moved along its normal and tilted."""

    at_s: float
    plane: Literal["lip", "palate", "profile", "posterior"]
    offset_mm: float = 0.0
    tilt_deg: tuple[float, float] = (0.0, 0.0)
    spin_deg: float = 0.0
    z_mm: float = 44.0
    x_mm: float = 0.0


FULL_EXAM: tuple[Station, ...] = (
    Station(0.0, "posterior", -14, (8, 5), 20, 50),
    Station(1.6, "posterior", -9, (-4, 6), 6, 48, 4),
    Station(3.4, "profile", 3.5, (3, -3), -12, 46),
    Station(5.6, "profile", 0.2, (0, 1), -4, 46),
    Station(8.0, "lip", -0.9, (-8, 2), 8, 42),
    Station(9.6, "lip", 0.3, (0, 1), 3, 40),
    Station(13.4, "lip", -0.2, (1, -1), -3, 40),
    Station(15.4, "palate", 1.5, (4, 2), 6, 44),
    Station(17.0, "palate", 0.1, (0, 1), 2, 43),
    Station(20.2, "palate", -0.2, (-1, 0), -2, 43),
    Station(21.6, "lip", -1.6, (5, 6), -10, 41, -3),
    Station(22.8, "lip", 0.1, (1, 0), -5, 40),
    Station(25.6, "lip", 0.0, (0, 0), 2, 40),
)
"""Searching, profile, lip view, palate view, lip view again."""
_BASES: dict[str, tuple[tuple[float, float, float], tuple[float, float, float]]] = {
    "lip": ((1, 0, 0), (0, -1, 0)),
    "posterior": ((1, 0, 0), (0, -1, 0)),
    "palate": ((1, 0, 0), (0, 0, -1)),
    "profile": ((0, 1, 0), (0, 0, -1)),
}
_NORMAL_AXIS = {"lip": 2, "posterior": 2, "palate": 1, "profile": 0}


def station_frame(station: Station, fetus: Fetus) -> tuple[Matrix, Matrix]:
    """Origin (3,) mm and axes (3, 3) with columns lateral, normal, axial."""
    a, b = (np.array(axis, np.float64) for axis in _BASES[station.plane])
    spin = math.radians(station.spin_deg)
    a, b = math.cos(spin) * a + math.sin(spin) * b, -math.sin(spin) * a + math.cos(spin) * b
    n = np.cross(b, a)
    a = a + n * math.tan(math.radians(station.tilt_deg[0]))
    b = b + n * math.tan(math.radians(station.tilt_deg[1]))
    a /= np.linalg.norm(a)
    b -= a * (a @ b)
    b /= np.linalg.norm(b)
    origin = np.array(standard_plane(fetus, station.plane), np.float64)
    origin[_NORMAL_AXIS[station.plane]] += station.offset_mm
    return origin, np.stack([a, np.cross(b, a), b], 1)


def _between(low: Matrix, high: Matrix, t: float) -> Matrix:
    """The rotation a share `t` of the way from one to the other (Rodrigues)."""
    turn = low.T @ high
    angle = math.acos(float(np.clip((np.trace(turn) - 1) / 2, -1, 1)))
    if angle < 1e-6:
        return high
    if angle > math.pi - 1e-3:
        values, vectors = np.linalg.eigh(turn + turn.T)
        axis = vectors[:, int(np.argmax(values))]
    else:
        axis = np.array([turn[2, 1] - turn[1, 2], turn[0, 2] - turn[2, 0], turn[1, 0] - turn[0, 1]]) / (
            2 * math.sin(angle)
        )
    k = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    out: Matrix = low @ (np.eye(3) + math.sin(angle * t) * k + (1 - math.cos(angle * t)) * (k @ k))
    return out


@lru_cache(maxsize=64)
def _phases(seed: int, channel: int) -> tuple[float, ...]:
    return tuple(np.random.default_rng([seed, 9, channel]).uniform(0, 2 * math.pi, 4).tolist())


def _wander(seed: int, channel: int, t: float) -> float:
    """Slow noise of about unit size, smooth in time."""
    tones = zip(_phases(seed, channel), (0.31, 0.73, 1.37, 2.9), (1.0, 0.7, 0.4, 0.15), strict=True)
    return sum(height * math.sin(2 * math.pi * hertz * t + phase) for phase, hertz, height in tones) / 1.3


@dataclass(frozen=True, slots=True)
class Sweep:
    """A cine: `parameters_at(t)` gives its frame at a time in seconds; the path is walked to and fro."""

    still: Parameters
    stations: tuple[Station, ...] = FULL_EXAM

    @property
    def duration_s(self) -> float:
        return self.stations[-1].at_s

    def parameters_at(self, time_s: float) -> Parameters:
        """What the probe sees at `time_s` >= 0; after the last station it comes back the way it went."""
        length = self.duration_s
        t = time_s % (2 * length) if length > 0 else 0.0
        t = 2 * length - t if t > length else t
        later = next((i for i, s in enumerate(self.stations) if s.at_s >= t), len(self.stations) - 1)
        before, after = self.stations[max(0, later - 1)], self.stations[later]
        span = max(after.at_s - before.at_s, 1e-6)
        share = float(np.clip((t - before.at_s) / span, 0, 1))
        share = share * share * (3 - 2 * share)
        fetus, seed = self.still.fetus, self.still.fetus.seed
        (o0, r0), (o1, r1) = station_frame(before, fetus), station_frame(after, fetus)
        origin, axes = o0 + (o1 - o0) * share, _between(r0, r1, share)
        hand = [_wander(seed, c, time_s) for c in range(6)]
        origin = origin + TREMOR_MM * (axes @ np.array(hand[:3]))
        tilt = np.radians(TREMOR_DEG) * np.array(hand[3:6])
        skew = np.array([[0, -tilt[2], tilt[1]], [tilt[2], 0, -tilt[0]], [-tilt[1], tilt[0], 0]])
        q, r = np.linalg.qr(axes @ (np.eye(3) + skew))
        axes = q * np.sign(np.diag(r))
        pose = Pose(
            _vector(origin),
            _vector(axes[:, 0]),
            _vector(axes[:, 2]),
            before.x_mm + (after.x_mm - before.x_mm) * share + 0.6 * _wander(seed, 7, time_s),
            before.z_mm + (after.z_mm - before.z_mm) * share,
        )
        view, offset, degrees = nearest_view(pose, fetus)
        return replace(
            self.still,
            seed=self.still.seed * 1000003 + round(time_s * 1000),
            pose=pose,
            view=view,
            other=None if view != "other" else "posterior",
            offset_mm=offset,
            tilt_deg=degrees,
        )


def nearest_view(pose: Pose, fetus: Fetus) -> tuple[PhantomView, float, float]:
    """Which view a plane is, its distance from the standard plane in mm, and its tilt in degrees."""
    normal = np.cross(np.array(pose.axial), np.array(pose.lateral))
    best: tuple[PhantomView, float, float] = ("other", 99.0, 90.0)
    limits: Sequence[tuple[PhantomView, float, float]] = (("lip", 3.6, 24.0), ("palate", 2.4, 16.0))
    for view, most_mm, most_deg in limits:
        axis = _NORMAL_AXIS[view]
        tilt = math.degrees(math.acos(min(1.0, abs(float(normal[axis])))))
        # The plane's height over the middle of the mouth, not over its own origin.
        target = np.array(standard_plane(fetus, view))
        away = abs(float((np.array(pose.origin) - target) @ normal))
        if tilt < most_deg and away < most_mm and tilt < best[2]:
            best = (view, away, tilt)
    return best


def _vector(values: Matrix) -> tuple[float, float, float]:
    return (float(values[0]), float(values[1]), float(values[2]))


def cine(
    seed: int,
    cleft: CleftKind = "uni_left",
    *,
    width: int = 800,
    height: int = 600,
    stations: Sequence[Station] = FULL_EXAM,
) -> Sweep:
    """A sweep with a good machine over a fetus drawn from `seed`.

    Raises:
        ValueError: no such kind of cleft.
    """
    if cleft not in CLEFT_KINDS:
        raise ValueError(f"expected a cleft among {', '.join(CLEFT_KINDS)}, got {cleft}")
    rng = np.random.default_rng([seed, 8])
    width_mm = {"none": 0.0, "notch": 2.2, "median": 5.0, "bilateral": 3.6}.get(cleft, 4.2)
    fetus = Fetus(
        seed=seed,
        age_weeks=float(rng.uniform(20, 24)),
        scale=1.12,
        cleft=Cleft(
            cleft,
            "palate" if cleft not in ("none", "notch") else "lip",
            width_mm * float(rng.uniform(0.9, 1.15)),
        ),
        nose=float(rng.normal(1, 0.08)),
        lips=float(rng.normal(1.05, 0.08)),
        chin=float(rng.normal(1, 0.1)),
        philtrum_mm=float(rng.uniform(0.5, 0.9)),
        mouth_open_mm=float(rng.uniform(0.4, 1.0)),
    )
    depth, half_mm = 70.0, 38.0
    height_mm = 2 * half_mm * height / width
    top = min(0.0, 80.0 - height_mm)
    radius, angle = 48.0, 0.54
    probe = Probe(
        "convex",
        radius,
        angle,
        0.0,
        depth,
        -half_mm * 1.18,
        top - 3,
        half_mm * 1.18,
        top - 3 + height_mm * 1.18,
    )
    machine = Machine(
        axial_mm=0.12,
        lateral_mm=0.34,
        focus_mm=45,
        looks=2,
        dynamic_range_db=58,
        gain_db=0.5,
        tgc_db=(-3, 0, 0, 1, 0, -2),
        noise_db=-50,
        haze_db=-36,
        specular_db=8,
        gamma=1.05,
        knee=0.45,
        smooth=0.35,
        shadows=(Shadow(float(rng.uniform(0.1, 0.9)), 0.05, 0.05, 7.0),),
    )
    cord = Tube((-17, -13, 8), (-9, -21, 12), 3.2, "cord")
    hand = Tube((19, -10, 7), (15, -20, 5), 2.0, "finger")
    surround = Surround(
        near_mm=15.0,
        pocket_mm=5.0,
        pocket_noise=1.0,
        tissue_db=-9.0,
        streaks_db=7.0,
        turbidity_db=-44.0,
        tubes=(cord, hand),
    )
    still = Parameters(
        seed,
        "cine",
        "other",
        None,
        fetus,
        surround,
        Pose((0, 0, 0), (1, 0, 0), (0, -1, 0), 0.0, 44.0),
        probe,
        machine,
        height=height,
        width=width,
    )
    return Sweep(still, tuple(stations))
