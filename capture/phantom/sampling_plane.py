"""Where the plane lies in the fetus and what lies around it, drawn; and where the standard planes are."""

from __future__ import annotations

import math

import numpy as np

from capture.phantom.face import philtrum_length_mm
from capture.phantom.parameters import Fetus, OtherKind, PhantomView, Pose, Surround, Tube, Vector


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
