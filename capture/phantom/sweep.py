"""A hand-held probe over a moving fetus: what it sees at each moment of a scan."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from capture.phantom.movement import (
    NECK_MM,
    Matrix,
    Movement,
    drifting_tubes,
    head_turn,
    mouth_mm,
    movements_at,
    wander,
)
from capture.phantom.parameters import (
    CLEFT_KINDS,
    Cleft,
    CleftExtent,
    CleftKind,
    Fetus,
    Machine,
    OtherKind,
    Parameters,
    PhantomView,
    Pose,
    Probe,
    Shadow,
    Surround,
    Tube,
    Vector,
)
from capture.phantom.paths import (
    HAND_MM_S,
    NORMAL_AXIS,
    PATHS,
    TREMOR,
    Hand,
    Hold,
    Leg,
    Station,
    timetable,
)
from capture.phantom.sampling_plane import standard_plane


@dataclass(frozen=True, slots=True)
class Sweep:
    """A cine: `parameters_at(t)` gives its frame at a time in seconds; the path is walked to and fro."""

    still: Parameters
    stations: tuple[Station, ...] = PATHS["sweep"]
    hand: Hand = "consultant"
    speed_mm_s: float | None = None
    """Mean speed of the probe; None: the hand's own."""
    liveliness: float = 1.0
    """Movements of the fetus against ordinary; 0 is asleep."""
    drawn: OtherKind | None = None
    """Another part of the body instead, held still: see `others`."""
    take: int = 0
    """The same fetus looked at once more: other movements, another hand's path and tremor."""
    legs: tuple[Leg, ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        legs = timetable(self.stations, self.still.fetus, self.hand, self.own_seed, self.speed_mm_s)
        object.__setattr__(self, "legs", legs)

    @property
    def own_seed(self) -> int:
        """Of what differs from take to take."""
        return self.still.seed + 104729 * self.take

    @property
    def duration_s(self) -> float:
        return self.legs[-1].end_s

    def contact_at(self, time_s: float) -> float:
        """1 while the probe is on the skin, 0 in the air."""
        if self.drawn is not None:
            return 1.0
        t, leg = self._leg_at(time_s)
        return leg.contact(t)

    def movements_at(self, time_s: float) -> tuple[Movement, ...]:
        """What the fetus is doing; parts of the body that are drawn flat keep still."""
        return () if self.drawn else movements_at(self.own_seed, self.liveliness, time_s)

    def parameters_at(self, time_s: float) -> Parameters:
        """What the probe sees at `time_s` >= 0; after the last station it comes back the way it went."""
        still = self.still
        seed = self.own_seed * 1000003 + round(time_s * 1000)
        if self.drawn is not None:
            return replace(still, seed=seed, view="other", other=self.drawn, pose=self._resting(time_s))
        t, leg = self._leg_at(time_s)
        moving = self.movements_at(time_s)
        fetus = replace(still.fetus, mouth_open_mm=mouth_mm(still.fetus.mouth_open_mm, moving, time_s))
        pose = self._pose(leg.hold(t), time_s, head_turn(moving, time_s))
        view, offset, degrees = nearest_view(pose, fetus)
        other: OtherKind | None = None if view != "other" else _name_of_other(pose)
        machine, contact = still.machine, leg.contact(t)
        if contact < 1:
            machine = replace(machine, shadows=(*machine.shadows, _lifting(contact, self.own_seed)))
        if contact <= 0:
            view, other = "other", "air"
        tubes = (*still.surround.tubes, *drifting_tubes(moving, time_s))
        return replace(
            still,
            seed=seed,
            fetus=fetus,
            pose=pose,
            view=view,
            other=other,
            offset_mm=offset,
            tilt_deg=degrees,
            machine=machine,
            surround=replace(still.surround, tubes=tubes),
        )

    def _leg_at(self, time_s: float) -> tuple[float, Leg]:
        """Time on the way there, and the leg of it; the way back is the same way backwards."""
        length = self.duration_s
        t = time_s % (2 * length) if length > 0 else 0.0
        t = 2 * length - t if t > length else t
        return t, next((leg for leg in self.legs if leg.end_s >= t), self.legs[-1])

    def _pose(self, hold: Hold, time_s: float, turn: Matrix) -> Pose:
        seed = self.own_seed
        tremor_mm, tremor_deg = TREMOR[self.hand]
        hand = [wander(seed, channel, time_s) for channel in range(6)]
        origin = hold.origin + tremor_mm * (hold.axes @ np.array(hand[:3]))
        tilt = np.radians(tremor_deg) * np.array(hand[3:6])
        skew = np.array([[0, -tilt[2], tilt[1]], [tilt[2], 0, -tilt[0]], [-tilt[1], tilt[0], 0]])
        q, r = np.linalg.qr(hold.axes @ (np.eye(3) + skew))
        # The head has turned under the probe: in the head's frame, the probe has turned back.
        axes = turn.T @ (q * np.sign(np.diag(r)))
        origin = NECK_MM + turn.T @ (origin - NECK_MM)
        breath = 0.6 * wander(seed, 7, time_s)
        return Pose(_vector(origin), _vector(axes[:, 0]), _vector(axes[:, 2]), hold.x_mm + breath, hold.z_mm)

    def _resting(self, time_s: float) -> Pose:
        """Of a drawn plane: it slides a little sideways, and its speckle changes with the hand's height."""
        seed = self.own_seed
        out = 0.5 * wander(seed, 2, time_s)
        return Pose((0.0, 0.0, out), (1, 0, 0), (0, -1, 0), 1.6 * wander(seed, 7, time_s), 0.0)


def nearest_view(pose: Pose, fetus: Fetus) -> tuple[PhantomView, float, float]:
    """Which view a plane is, its distance from the standard plane in mm, and its tilt in degrees."""
    normal = np.cross(np.array(pose.axial), np.array(pose.lateral))
    best: tuple[PhantomView, float, float] = ("other", 99.0, 90.0)
    limits: Sequence[tuple[PhantomView, float, float]] = (("lip", 3.6, 24.0), ("palate", 2.4, 16.0))
    for view, most_mm, most_deg in limits:
        axis = NORMAL_AXIS[view]
        tilt = math.degrees(math.acos(min(1.0, abs(float(normal[axis])))))
        # The plane's height over the middle of the mouth, not over its own origin.
        target = np.array(standard_plane(fetus, view))
        away = abs(float((np.array(pose.origin) - target) @ normal))
        if tilt < most_deg and away < most_mm and tilt < best[2]:
            best = (view, away, tilt)
    return best


def _name_of_other(pose: Pose) -> OtherKind:
    """A plane that is neither view: the profile where it stands in the middle, else what is behind."""
    normal = np.cross(np.array(pose.axial), np.array(pose.lateral))
    tilt = math.degrees(math.acos(min(1.0, abs(float(normal[0])))))
    return "profile" if tilt < 30 and abs(pose.origin[0]) < 6 else "posterior"


def _lifting(contact: float, seed: int) -> Shadow:
    """The side of the probe that has left the skin first sees nothing more."""
    return Shadow(float(seed % 2), 0.12 + 1.5 * (1 - contact), -0.2, 55 * math.sqrt(1 - contact))


def _vector(values: Matrix) -> Vector:
    return (float(values[0]), float(values[1]), float(values[2]))


_WIDTH_MM = {"none": 0.0, "notch": 2.2, "median": 5.0, "bilateral": 3.6}
"""Of the gap in a cine, before the fetus's own share; 4.2 for the others."""


def cine(
    seed: int,
    cleft: CleftKind = "uni_left",
    *,
    width: int = 800,
    height: int = 600,
    stations: Sequence[Station] = PATHS["sweep"],
    extent: CleftExtent | None = None,
    age_weeks: float | None = None,
    hand: Hand = "consultant",
    speed_mm_s: float | None = None,
    liveliness: float = 1.0,
    difficulty: float = 0.0,
    zoom: float = 1.0,
    drawn: OtherKind | None = None,
    take: int = 0,
) -> Sweep:
    """A sweep over a fetus drawn from `seed`.

    Args:
        seed: of the fetus, its movements and the hand.
        cleft: its kind.
        width: of the scan's picture, pixels.
        height: likewise.
        stations: the path.
        extent: how far back the cleft goes; None: through the palate, a notch in the lip alone.
        age_weeks: 18 to 28; None: drawn between 20 and 24.
        hand: whose speed and tremor.
        speed_mm_s: 2 to 80, another mean speed than the hand's own.
        liveliness: of the fetus; 0 is asleep.
        difficulty: 0 a good machine and a willing mother, 1 a poor picture.
        zoom: above 1 shows less of the sector, larger.
        drawn: another part of the body instead of the face.
        take: another scan of the same fetus.

    Raises:
        ValueError: no such kind of cleft, or a number out of range.
    """
    if cleft not in CLEFT_KINDS:
        raise ValueError(f"expected a cleft among {', '.join(CLEFT_KINDS)}, got {cleft}")
    if age_weeks is not None and not 18 <= age_weeks <= 28:
        raise ValueError(f"expected an age of 18 to 28 weeks, got {age_weeks:g}")
    if hand not in HAND_MM_S:
        raise ValueError(f"expected a hand among {', '.join(HAND_MM_S)}, got {hand}")
    if speed_mm_s is not None and not 2 <= speed_mm_s <= 80:
        raise ValueError(f"expected a speed from 2 to 80 mm/s, got {speed_mm_s:g}")
    if not 0 <= liveliness <= 5:
        raise ValueError(f"expected a liveliness from 0 to 5, got {liveliness:g}")
    if not 0 <= difficulty <= 1:
        raise ValueError(f"expected a difficulty from 0 to 1, got {difficulty:g}")
    if not 0.4 <= zoom <= 2:
        raise ValueError(f"expected a zoom from 0.4 to 2, got {zoom:g}")
    rng = np.random.default_rng([seed, 8])
    age = float(rng.uniform(20, 24))
    wide = _WIDTH_MM.get(cleft, 4.2) * float(rng.uniform(0.9, 1.15))
    fetus = Fetus(
        seed=seed,
        age_weeks=age if age_weeks is None else age_weeks,
        scale=1.12,
        cleft=Cleft(cleft, extent or ("palate" if cleft not in ("none", "notch") else "lip"), wide),
        nose=float(rng.normal(1, 0.08)),
        lips=float(rng.normal(1.05, 0.08)),
        chin=float(rng.normal(1, 0.1)),
        philtrum_mm=float(rng.uniform(0.5, 0.9)),
        mouth_open_mm=float(rng.uniform(0.4, 1.0)),
    )
    machine = _machine(float(rng.uniform(0.1, 0.9)), difficulty, seed)
    tubes = (
        Tube((-17, -13, 8), (-9, -21, 12), 3.2, "cord"),
        Tube((19, -10, 7), (15, -20, 5), 2.0, "finger"),
    )
    surround = Surround(
        near_mm=15.0 + 5 * difficulty,
        pocket_mm=5.0 - 3 * difficulty,
        pocket_noise=1.0,
        tissue_db=-9.0 + 5 * difficulty,
        streaks_db=7.0,
        turbidity_db=-44.0 + 8 * difficulty,
        tubes=tubes,
    )
    pose = Pose((0, 0, 0), (1, 0, 0), (0, -1, 0), 0.0, 44.0)
    probe = _probe(width, height, zoom if drawn is None else WIDER * zoom)
    still = Parameters(
        seed, "cine", "other", None, fetus, surround, pose, probe, machine, height=height, width=width
    )
    return Sweep(still, tuple(stations), hand, speed_mm_s, liveliness, drawn, take)


WIDER = 0.74
"""Zoom of other parts of the body against the face: they are larger, and seen whole."""


def _probe(width: int, height: int, zoom: float) -> Probe:
    """A convex probe whose picture fills the screen's rectangle; wide ones show more to the sides."""
    aspect = width / height
    half_mm = min(38.0 * max(1.0, 0.75 * aspect), 32.2 * aspect) / zoom
    height_mm = 2 * half_mm * height / width
    top = min(0.0, 80.0 - height_mm) if zoom >= 1 else (76.0 - 1.18 * height_mm) / 2
    left, right = -half_mm * 1.18, half_mm * 1.18
    return Probe("convex", 48.0, 0.54, 0.0, 70.0, left, top - 3, right, top - 3 + height_mm * 1.18)


def _machine(shadow_at: float, difficulty: float, seed: int) -> Machine:
    """A good machine, made worse by `difficulty`."""
    rng = np.random.default_rng([seed, 18])
    more = tuple(
        Shadow(
            float(rng.uniform(0, 1)),
            float(rng.uniform(0.03, 0.07)),
            float(rng.uniform(-0.1, 0.4)),
            10 + 8 * d,
        )
        for d in np.arange(0.3, 1.01, 0.3)
        if difficulty >= d
    )
    return Machine(
        axial_mm=0.12 + 0.1 * difficulty,
        lateral_mm=0.34 + 0.35 * difficulty,
        focus_mm=45,
        looks=2,
        dynamic_range_db=58 - 6 * difficulty,
        gain_db=0.5 + float(rng.normal(0, 3)) * difficulty,
        tgc_db=(-3, 0, 0, 1, 0, -2),
        side_gain_db=float(rng.normal(0, 5)) * difficulty,
        noise_db=-50 + 16 * difficulty,
        haze_db=-36 + 12 * difficulty,
        specular_db=8,
        gamma=1.05,
        knee=0.45,
        smooth=0.35,
        shadows=(Shadow(shadow_at, 0.05, 0.05, 7.0), *more),
    )
