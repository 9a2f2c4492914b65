"""The one place where chance comes in: a seed and a domain give the parameters of a frame."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Literal, TypeVar

import numpy as np

from capture.phantom.face import philtrum_length_mm
from capture.phantom.parameters import (
    LINEAR_KINDS,
    OTHER_KINDS,
    PHASED_KINDS,
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
    ProbeKind,
    Shadow,
    Surround,
    Tube,
    Vector,
)

Domain = Literal["train", "wide", "plain", "shift", "fresh"]
"""train: half plain, half the whole range. plain: a good machine and a willing fetus. shift: narrow sectors,
coarse speckle, noise and shadows. wide: taught from, never judged on; train with more open mouths, and a
third of it by linear and phased probes, with a flat point spread, strong smoothing, other grey maps and hard
JPEG. fresh: micro-convex probes of wide angle, a point spread longer than any trained on, reverberation, more
compounding, dynamic ranges outside the trained ones, WebP, more writing. Never tuned on: looked at once."""

_KIND_ODDS: tuple[tuple[CleftKind, float], ...] = (
    ("uni_left", 0.25),
    ("uni_right", 0.25),
    ("bilateral", 0.17),
    ("median", 0.11),
    ("notch", 0.22),
)
_OTHER_ODDS: tuple[tuple[OtherKind, float], ...] = (
    ("profile", 10),
    ("orbits", 8),
    ("posterior", 8),
    ("head", 12),
    ("abdomen", 9),
    ("femur", 7),
    ("spine", 6),
    ("placenta", 8),
    ("limbs", 9),
    ("heart", 9),
    ("layers", 10),
    ("targets", 5),
    ("noise", 4),
    ("air", 3),
    ("screen", 6),
    ("skull", 18),
    ("ribs", 4),
    ("hands", 7),
    ("cord", 7),
    ("cervix", 4),
    ("apical", 10),
    ("parasternal", 8),
    ("eye", 9),
    ("vessels", 6),
    ("muscle", 5),
    ("lung", 6),
    ("organ", 7),
    ("bladder", 6),
    ("follicles", 6),
    ("bowel", 5),
    ("holes", 14),
    ("even", 4),
    ("murk", 7),
    ("strip", 3),
    ("surface", 4),
    ("split", 5),
    ("table", 2),
    ("pattern", 3),
    ("desktop", 3),
    ("nature", 3),
    ("static", 2),
    ("dark", 2),
)

_Kind = TypeVar("_Kind", bound=str)


def _pick(rng: np.random.Generator, odds: tuple[tuple[_Kind, float], ...]) -> _Kind:
    weights = np.array([weight for _, weight in odds])
    return odds[int(rng.choice(len(odds), p=weights / weights.sum()))][0]


def sample(
    seed: int,
    domain: Domain = "train",
    *,
    view: PhantomView | None = None,
    other: OtherKind | None = None,
    cleft: CleftKind | None = None,
) -> Parameters:
    """Parameters drawn from `seed`; `view`, `other` and `cleft` fix what would be drawn."""
    rng = np.random.default_rng([seed, 0])
    any_machine = float(rng.random()) if rng.random() < 0.5 else 0.25
    hard = {
        "train": any_machine,
        "wide": any_machine,
        "plain": 0.2,
        "shift": 0.8,
        "fresh": 0.6,
    }[domain]
    chosen: PhantomView = view or ("lip", "palate", "other")[int(rng.choice(3, p=[0.42, 0.24, 0.34]))]
    kind: OtherKind | None = None
    if chosen == "other":
        kind = other or _pick(rng, _OTHER_ODDS)
        assert kind in OTHER_KINDS
    far = domain == "wide" and bool(rng.random() < 0.33)
    fetus = sample_fetus(rng, seed, chosen, cleft, open_mouths=0.5 if domain == "wide" else 0.25)
    machine = sample_machine(rng, hard)
    if far:
        machine = far_machine(rng, machine)
    elif domain == "fresh":
        machine = fresh_machine(rng, machine)
    probe_kind: ProbeKind = "convex"
    if kind in PHASED_KINDS or (far and rng.random() < 0.4):
        probe_kind = "phased"
    elif (kind in LINEAR_KINDS and rng.random() < 0.75) or (far and rng.random() < 0.4):
        probe_kind = "linear"
    elif kind is not None and rng.random() < 0.1:
        probe_kind = "phased" if rng.random() < 0.5 else "linear"
    elif rng.random() < 0.05:
        probe_kind = "phased"
    anatomy = kind is None or kind in ("profile", "orbits", "posterior")
    probe, z_mm = sample_probe(rng, probe_kind, hard, domain, face=anatomy)
    pose, offset, tilt = sample_pose(rng, fetus, chosen, kind, z_mm, hard)
    surround = sample_surround(rng, pose, z_mm, hard)
    written = 0.6 if kind == "screen" or far or domain == "fresh" else 0.15
    marks = int(rng.integers(1, 5)) if rng.random() < written else 0
    width_mm, height_mm = probe.right_mm - probe.left_mm, probe.bottom_mm - probe.top_mm
    longest = max(width_mm, height_mm)
    size = [max(48, round(256 * side / longest)) for side in (height_mm, width_mm)]
    return Parameters(
        seed,
        domain,
        chosen,
        kind,
        fetus,
        surround,
        pose,
        probe,
        machine,
        offset,
        tilt,
        marks,
        size[0],
        size[1],
    )


def sample_fetus(
    rng: np.random.Generator,
    seed: int,
    view: PhantomView,
    cleft: CleftKind | None,
    *,
    open_mouths: float = 0.25,
) -> Fetus:
    """A face, with a cleft half of the time unless `cleft` says; a share of the mouths is open."""
    kind: CleftKind = cleft or ("none" if rng.random() < 0.5 else _pick(rng, _KIND_ODDS))
    extent: CleftExtent = ("lip", "alveolus", "palate")[int(rng.choice(3, p=[0.35, 0.3, 0.35]))]
    if view == "palate" and kind not in ("none", "notch") and rng.random() < 0.75:
        extent = "alveolus" if rng.random() < 0.5 else "palate"
    width = {
        "none": 0.0,
        "notch": rng.uniform(0.9, 2.6),
        "median": rng.uniform(2.5, 7.0),
        "bilateral": rng.uniform(1.4, 4.8),
    }.get(kind, rng.uniform(1.4, 6.0))
    height = (
        rng.uniform(0.3, 0.75) if kind == "notch" else (1.0 if rng.random() < 0.8 else rng.uniform(0.6, 1.0))
    )
    mouth = rng.uniform(1.0, 4.5) if rng.random() < open_mouths else rng.uniform(0.1, 0.7)
    return Fetus(
        seed=seed,
        age_weeks=float(rng.uniform(18, 28)),
        scale=float(rng.normal(1, 0.06)),
        cleft=Cleft(
            kind,
            extent,
            float(width),
            float(height),
            float(rng.choice([-1, 1])),
            float(rng.uniform(0.3, 1.3)),
        ),
        nose=float(rng.normal(1, 0.12)),
        lips=float(rng.normal(1, 0.14)),
        chin=float(rng.normal(1, 0.15)),
        width=float(rng.normal(1, 0.08)),
        philtrum_mm=float(rng.uniform(0.3, 1.8)),
        mouth_open_mm=float(mouth),
        asymmetry=float(rng.normal(0, 0.04)),
    )


def sample_machine(rng: np.random.Generator, hard: float) -> Machine:
    """Beam-forming and knobs; `hard` 0 to 1 goes from a clean to a poor picture."""
    u = rng.uniform
    shadows = tuple(
        Shadow(float(u(0, 1)), float(u(0.015, 0.09)), float(u(-0.1, 0.55)), float(u(5, 10 + 18 * hard)))
        for _ in range(int(rng.integers(0, 2 + round(4 * hard))))
        if rng.random() < 0.35 + 0.4 * hard
    )
    smooth = u(0, 0.75)
    axial, lateral = u(0.16, 0.26 + 0.16 * hard), u(0.28, 0.45 + 0.6 * hard)
    jpeg = int(u(60, 96)) if rng.random() < 0.3 else 0
    return Machine(
        axial_mm=float(axial),
        lateral_mm=float(lateral),
        focus_mm=float(u(25, 75)),
        looks=int(rng.choice([1, 1, 2, 3])),
        dynamic_range_db=float(u(44, 66)),
        gain_db=float(rng.normal(-1.5, 2 + 3 * hard)),
        tgc_db=tuple(float(rng.normal(0, 1.5 + 2.5 * hard)) for _ in range(6)),
        side_gain_db=float(rng.normal(0, 2 + 4 * hard)),
        noise_db=float(u(-56, -46 + 20 * hard)),
        haze_db=float(u(-56, -30 + 18 * hard)),
        specular_db=float(u(2, 16)),
        gamma=float(u(0.7, 1.35)),
        knee=float(u(0, 0.9)),
        smooth=float(smooth),
        sharpen=float(u(0, 0.9) if rng.random() < 0.3 else 0),
        jpeg_quality=jpeg,
        shadows=shadows,
    )


def far_machine(rng: np.random.Generator, machine: Machine) -> Machine:
    """A flat point spread, strong smoothing, other grey maps and hard JPEG."""
    u = rng.uniform
    return replace(
        machine,
        axial_mm=float(u(0.1, 0.18)),
        lateral_mm=float(u(0.5, 1.2)),
        smooth=float(u(0.3, 1.0)),
        gamma=float(rng.choice([0.6, 1.5]) * u(0.9, 1.1)),
        jpeg_quality=int(u(20, 60)),
    )


def fresh_machine(rng: np.random.Generator, machine: Machine) -> Machine:
    """What no training frame has: see `Domain`."""
    u = rng.uniform
    return replace(
        machine,
        axial_mm=float(u(0.42, 0.6)),
        lateral_mm=float(u(0.25, 0.5)),
        looks=int(rng.integers(4, 7)),
        dynamic_range_db=float(u(36, 43) if rng.random() < 0.5 else u(67, 76)),
        reverberation=float(u(0.1, 0.4)),
        webp_quality=int(u(5, 30)),
        jpeg_quality=0,
    )


def sample_probe(
    rng: np.random.Generator, kind: ProbeKind, hard: float, domain: Domain, *, face: bool
) -> tuple[Probe, float]:
    """A probe with the window shown of its sector, and the depth at which the target lies in it, mm."""
    u = rng.uniform
    depth = float(u(55, 110) if face else u(60, 160))
    half_width = float(u(19, 30))
    radius = {"convex": float(u(35, 62)), "phased": float(u(1, 6)), "linear": 0.0}[kind]
    angle = float(u(0.24, 0.62)) if kind == "convex" else float(u(0.5, 0.8))
    if domain == "shift":
        angle = float(u(0.26, 0.44))
    elif domain == "fresh" and kind == "convex":
        radius, angle = float(u(8, 16)), float(u(0.65, 0.85))
    if kind == "linear":
        depth = float(u(40, 65) if face else u(25, 60))
        probe = Probe(kind, 0.0, 0.0, half_width, depth, -half_width, 0.0, half_width, depth)
        return probe, depth * float(u(0.42, 0.62))
    z_mm = depth * float(u(0.4, 0.68))
    reach = radius + depth
    if rng.random() < (0.17 if face else 0.55):
        half = reach * math.sin(angle)
        top = radius * math.cos(angle) - radius
        flip = not face and bool(rng.random() < 0.08)
        return Probe(kind, radius, angle, 0.0, depth, -half, top, half, depth, flip), z_mm
    # Zoomed: the picture cuts the sector on one to four sides.
    if face:
        width = float(u(30, 60) if rng.random() < 0.8 else u(70, 105))
    else:
        width = 2 * reach * math.sin(angle) * float(u(0.3, 0.9))
    height = width * float(u(0.7, 1.2))
    left = -width / 2 + float(rng.normal(0, 0.08 * width))
    top = max(radius * math.cos(angle) - radius, z_mm - height * float(u(0.4, 0.65)))
    bottom = min(top + height, depth)
    widest = max(abs(left), abs(left + width))
    angle = min(angle, math.atan2(widest, radius + max(top, 0)) + 0.01)
    half = reach * math.sin(angle)
    left, right = max(left, -half), min(left + width, half)
    return Probe(kind, radius, angle, 0.0, bottom, left, top, right, bottom), z_mm


def _turned(
    normal_tilt: tuple[float, float], spin: float, plane: PhantomView | OtherKind
) -> tuple[Vector, Vector]:
    """Lateral and axial directions of a plane near a standard one, tilted about both of its axes."""
    bases = {
        "lip": ((1, 0, 0), (0, -1, 0)),
        "posterior": ((1, 0, 0), (0, -1, 0)),
        "palate": ((1, 0, 0), (0, 0, -1)),
        "orbits": ((1, 0, 0), (0, 0, -1)),
        "profile": ((0, 1, 0), (0, 0, -1)),
    }
    a, b = (np.array(vector, float) for vector in bases.get(plane, bases["lip"]))
    normal = np.cross(a, b)
    a, b = math.cos(spin) * a + math.sin(spin) * b, -math.sin(spin) * a + math.cos(spin) * b
    a = a + normal * math.tan(normal_tilt[0])
    a /= np.linalg.norm(a)
    b = b + normal * math.tan(normal_tilt[1])
    b -= a * (a @ b)
    b /= np.linalg.norm(b)
    return (float(a[0]), float(a[1]), float(a[2])), (float(b[0]), float(b[1]), float(b[2]))


def standard_plane(fetus: Fetus, view: PhantomView | OtherKind) -> Vector:
    """A fetal point in the middle of the named plane, mm."""
    s = philtrum_length_mm(fetus.age_weeks) * fetus.scale / philtrum_length_mm(22.0)
    lip = 5.5 * s
    return {
        "lip": (0.0, 0.35 * lip, 5.8 * s),
        "palate": (0.0, 1.6 * s, -2.0 * s),
        "profile": (0.0, 3.0 * s, -2.0 * s),
        "orbits": (0.0, lip + 11.4 * s, -3.0 * s),
        "posterior": (0.0, 4.0 * s, -5.5 * s),
    }.get(view, (0.0, 0.0, 0.0))


def sample_pose(
    rng: np.random.Generator,
    fetus: Fetus,
    view: PhantomView,
    kind: OtherKind | None,
    z_mm: float,
    hard: float,
) -> tuple[Pose, float, float]:
    """A plane near the standard one of the view; with its distance in mm and tilt in degrees."""
    name: PhantomView | OtherKind = kind or view
    origin = list(standard_plane(fetus, name))
    dwell = 0.7 if rng.random() < 0.5 else 1.2 + 0.5 * hard
    spread = {"lip": dwell, "palate": 0.9, "profile": 1.5, "orbits": 2.0, "posterior": 2.0}.get(name, 0.0)
    offset = float(np.clip(rng.normal(0, spread), -2.4 * spread, 2.4 * spread))
    axis = {"lip": 2, "posterior": 2, "palate": 1, "orbits": 1, "profile": 0}.get(name, 2)
    origin[axis] += offset
    origin[(axis + 1) % 3] += float(rng.normal(0, 1.5))
    limit = 0.16 if name == "palate" else 0.26
    tilt = (
        float(np.clip(rng.normal(0, 0.6), -1, 1) * limit),
        float(np.clip(rng.normal(0, 0.6), -1, 1) * limit),
    )
    spin = (
        float(rng.uniform(-math.pi, math.pi)) if name in ("lip", "posterior") else float(rng.normal(0, 0.7))
    )
    lateral, axial = _turned(tilt, spin, name)
    if rng.random() < 0.5:
        lateral = (-lateral[0], -lateral[1], -lateral[2])
    pose = Pose((origin[0], origin[1], origin[2]), lateral, axial, float(rng.normal(0, 4)), z_mm)
    return pose, abs(offset), math.degrees(math.hypot(*tilt))


def sample_surround(rng: np.random.Generator, pose: Pose, z_mm: float, hard: float) -> Surround:
    """Wall, fluid, cord and hands, independent of any cleft."""
    u = rng.uniform
    tubes: list[Tube] = []
    at = np.array(pose.origin)
    if rng.random() < 0.3:
        direction = rng.normal(0, 1, 3)
        direction /= np.linalg.norm(direction)
        for _ in range(int(rng.integers(1, 4))):
            middle = at + rng.normal(0, 1, 3) * (11, 9, 3) + (0, 0, 3)
            direction = direction + rng.normal(0, 0.4, 3)
            half = direction / np.linalg.norm(direction) * u(6, 16)
            tubes.append(Tube(_vector(middle - half), _vector(middle + half), float(u(2.2, 4.5)), "cord"))
    if rng.random() < 0.25:
        direction = rng.normal(0, 1, 3)
        half = direction / np.linalg.norm(direction) * u(5, 9)
        side = np.cross(direction, rng.normal(0, 1, 3))
        side *= u(2.6, 4.0) / np.linalg.norm(side)
        middle = at + rng.normal(0, 1, 3) * (12, 10, 3) + (0, 0, 3)
        for finger in range(int(rng.integers(1, 5))):
            shift = middle + finger * side + rng.normal(0, 0.8, 3)
            tubes.append(Tube(_vector(shift - half), _vector(shift + half), float(u(1.1, 2.2)), "finger"))
    if rng.random() < 0.2:
        direction = rng.normal(0, 1, 3)
        half = direction / np.linalg.norm(direction) * u(12, 25)
        middle = at + rng.normal(0, 1, 3) * (8, 8, 4) + rng.choice([-1, 1]) * np.array([22, 4, 0])
        tubes.append(Tube(_vector(middle - half), _vector(middle + half), float(u(4, 8)), "limb"))
    return Surround(
        near_mm=float(np.clip(u(0.15, 0.75) * z_mm, 4, 30)),
        pocket_mm=float(np.exp(u(math.log(1.0), math.log(20)))),
        pocket_noise=float(u(0.3, 1.1)),
        tissue_db=float(u(-13, 2)),
        streaks_db=float(u(2, 8)),
        turbidity_db=float(u(-52, -36 + 12 * hard)),
        tubes=tuple(tubes),
    )


def _vector(values: np.ndarray) -> Vector:
    return (float(values[0]), float(values[1]), float(values[2]))


def with_isolated_palate(parameters: Parameters, width_mm: float) -> Parameters:
    """The same frame of the same fetus with a hole in the hard palate alone, `width_mm` across."""
    return replace(
        parameters,
        fetus=replace(parameters.fetus, cleft=Cleft("median", "isolated", width_mm, deformity=0.0)),
    )


def without_cleft(parameters: Parameters) -> Parameters:
    """The same frame of the same fetus, had it no cleft."""
    return replace(parameters, fetus=replace(parameters.fetus, cleft=Cleft()))
