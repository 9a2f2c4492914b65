"""Where a hand takes the probe: stations of a scan, and the time that it needs between them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from capture.phantom.parameters import Fetus
from capture.phantom.sampling_plane import standard_plane

Matrix = NDArray[np.float64]
Hand = Literal["consultant", "fellow"]
HAND_MM_S: dict[Hand, tuple[float, float]] = {"consultant": (12.9, 3.4), "fellow": (24.6, 5.7)}
"""Mean speed of the probe in 20-week scans and its deviation, mm/s (UCL eprint 10193061)."""
HANDS: tuple[Hand, ...] = ("consultant", "fellow")
TREMOR: dict[Hand, tuple[float, float]] = {"consultant": (0.35, 1.2), "fellow": (0.55, 1.9)}
"""mm and degrees of a hand that holds still; no source, chosen by eye."""
FACE_MM = 50.0
"""Length of the probe's face: its ends travel when it is twisted on the spot."""
LIFTED_S = 1.6
"""From lifting the probe to having set it down again."""


@dataclass(frozen=True, slots=True)
class Station:
    """A named plane, moved along its normal and tilted, and how long the hand stays there."""

    plane: Literal["lip", "palate", "profile", "posterior"]
    offset_mm: float = 0.0
    tilt_deg: tuple[float, float] = (0.0, 0.0)
    spin_deg: float = 0.0
    """Turn within the plane: where the beam comes from."""
    z_mm: float = 44.0
    """Depth of the target."""
    x_mm: float = 0.0
    dwell_s: float = 0.25
    lifted: bool = False
    """The probe leaves the skin on its way here."""


_SEARCH = (
    Station("posterior", -14, (8, 5), 24, 50, dwell_s=0.7),
    Station("posterior", -9, (-4, 6), 10, 48, 4, dwell_s=0.5),
)
_PROFILE = (
    Station("profile", 3.0, (3, -3), 62, 46),
    Station("profile", 0.2, (0, 1), 55, 46, dwell_s=1.8),
)
_LIP = (Station("lip", -0.9, (-8, 2), 8, 42), Station("lip", 0.2, (0, 1), 3, 40, dwell_s=4.0))
_PALATE = (Station("palate", 1.5, (4, 2), 6, 44), Station("palate", 0.1, (0, 1), 2, 43, dwell_s=3.4))
PATHS: dict[str, tuple[Station, ...]] = {
    "sweep": (
        *_SEARCH,
        *_PROFILE,
        *_LIP,
        *_PALATE,
        Station("lip", -1.6, (5, 6), -10, 41, -3, lifted=True),
        Station("lip", 0.1, (1, 0), -4, 40, dwell_s=3.0),
    ),
    "lip": (
        Station("lip", 0.2, (0, 1), 3, 40, dwell_s=6.0),
        Station("lip", 2.2, (6, 2), 6, 41),
        Station("lip", -0.3, (1, 0), -3, 40, dwell_s=2.0),
    ),
    "palate": (
        Station("palate", 0.2, (0, 1), 3, 43, dwell_s=6.0),
        Station("palate", 1.6, (4, -2), -3, 43, 1),
        Station("palate", -0.2, (1, 0), -3, 43, dwell_s=2.0),
    ),
    "profile": (
        Station("profile", 0.3, (0, 1), 52, 46, dwell_s=5.0),
        Station("profile", -2.5, (4, 2), 48, 46),
        Station("profile", -0.3, (1, 0), 56, 46, dwell_s=3.0),
    ),
    "other": (
        Station("posterior", -14, (6, 4), 20, 50, dwell_s=1.5),
        Station("posterior", -9, (-4, 6), 0, 48, dwell_s=1.0),
        Station("posterior", -18, (5, -6), -14, 50, -5, dwell_s=1.5),
    ),
    "profile_to_lip": (*_PROFILE, *_LIP),
    "lip_to_palate": (*_LIP, *_PALATE),
}
"""By name. The whole one: search, profile, lip view, palate view, probe off and on, lip view again."""
NORMAL_AXIS = {"lip": 2, "posterior": 2, "palate": 1, "profile": 0}
_BASES: dict[str, tuple[tuple[float, float, float], tuple[float, float, float]]] = {
    "lip": ((1, 0, 0), (0, -1, 0)),
    "posterior": ((1, 0, 0), (0, -1, 0)),
    "palate": ((1, 0, 0), (0, 0, -1)),
    "profile": ((0, 1, 0), (0, 0, -1)),
}


@dataclass(frozen=True, slots=True, eq=False)
class Hold:
    """The plane at one moment: fetal point `origin` (3,) mm, seen at (`x_mm`, `z_mm`); `axes` (3, 3) has the
    columns lateral, normal, axial.
    """

    origin: Matrix
    axes: Matrix
    x_mm: float
    z_mm: float

    def face(self) -> Matrix:
        """(3, 3) mm: middle and both ends of the probe's face in the fetal frame, one a row."""
        middle = self.origin - self.z_mm * self.axes[:, 2] - self.x_mm * self.axes[:, 0]
        half = FACE_MM / 2 * self.axes[:, 0]
        return np.stack([middle, middle - half, middle + half])


def hold_at(station: Station, fetus: Fetus) -> Hold:
    """The plane of a station over this fetus."""
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
    origin[NORMAL_AXIS[station.plane]] += station.offset_mm
    return Hold(origin, np.stack([a, np.cross(b, a), b], 1), station.x_mm, station.z_mm)


def between(low: Hold, high: Hold, share: float) -> Hold:
    """The plane a share of the way from one to the other."""
    return Hold(
        low.origin + (high.origin - low.origin) * share,
        _turned_between(low.axes, high.axes, share),
        low.x_mm + (high.x_mm - low.x_mm) * share,
        low.z_mm + (high.z_mm - low.z_mm) * share,
    )


def _turned_between(low: Matrix, high: Matrix, t: float) -> Matrix:
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


def travel_mm(low: Hold, high: Hold) -> float:
    """How far the probe goes: the mean way of its face's middle and ends."""
    points = np.stack([between(low, high, share).face() for share in np.linspace(0, 1, 17)])
    return float(np.linalg.norm(np.diff(points, axis=0), axis=2).sum(0).mean())


@dataclass(frozen=True, slots=True, eq=False)
class Leg:
    """From one plane to the next, or resting at one; seconds from the start of the scan."""

    start_s: float
    end_s: float
    low: Hold
    high: Hold
    lifted: bool = False

    def hold(self, time_s: float) -> Hold:
        """Where the probe is; it sets off and arrives gently."""
        t = float(np.clip((time_s - self.start_s) / max(self.end_s - self.start_s, 1e-6), 0, 1))
        return between(self.low, self.high, t * t * (3 - 2 * t))

    def contact(self, time_s: float) -> float:
        """1 on the skin, 0 in the air."""
        if not self.lifted:
            return 1.0
        return float(np.clip(max(1 - (time_s - self.start_s) / 0.25, 1 - (self.end_s - time_s) / 0.35), 0, 1))


def timetable(
    stations: tuple[Station, ...], fetus: Fetus, hand: Hand, seed: int, speed_mm_s: float | None = None
) -> tuple[Leg, ...]:
    """All legs of a scan in order; each leg's speed is drawn about the hand's mean, within two deviations."""
    rng = np.random.default_rng([seed, 14])
    mean, deviation = HAND_MM_S[hand]
    if speed_mm_s is not None:
        mean, deviation = speed_mm_s, deviation * speed_mm_s / mean
    legs: list[Leg] = []
    now, at = 0.0, hold_at(stations[0], fetus)
    for number, station in enumerate(stations):
        there = hold_at(station, fetus)
        if number:
            speed = mean + deviation * float(np.clip(rng.normal(), -2, 2))
            length = LIFTED_S if station.lifted else travel_mm(at, there) / speed
            legs.append(Leg(now, now + length, at, there, station.lifted))
            now, at = now + length, there
        legs.append(Leg(now, now + station.dwell_s, at, at))
        now += station.dwell_s
    return tuple(legs)
