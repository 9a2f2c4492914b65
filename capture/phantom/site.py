"""Virtual hospitals: each looks at its fetuses through one machine with habits of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from capture.phantom.parameters import CleftKind, Domain, Fetus, Machine, OtherKind, Parameters, PhantomView
from capture.phantom.sampling import sample
from capture.phantom.sampling_plane import standard_plane
from capture.phantom.screen import STYLES, Style

HABITS = (
    *("axial_mm", "lateral_mm", "looks", "dynamic_range_db", "noise_db"),
    *("gamma", "knee", "smooth", "sharpen", "jpeg_quality"),
    *("reverberation", "webp_quality"),
)
"""Fields of `Machine` that belong to the site; gain, focus, haze and shadows are the frame's own."""
SCREENS = ((640, 480), (800, 600), (720, 576))
"""Width and height of exported screens, pixels: small, for the disk's sake."""
NEAR_MM = 65.0
"""A window of a zoomed face is no wider."""
_FACE: tuple[OtherKind | None, ...] = (None, "profile", "orbits", "posterior")
_DRAWS = 8
"""The nearest of so many draws stands for the site's own probe."""


@dataclass(frozen=True, slots=True)
class Site:
    """What stays the same from fetus to fetus."""

    name: str
    domain: Domain
    machine: Machine
    probe: Parameters
    """Whose probe is the site's; the rest of it is not used."""
    style: Style | None
    """Of the screens that it exports; None: the bare scan."""
    width: int
    height: int


def site_of(number: int, seed: int, domain: Domain, screens: float) -> Site:
    """The site of that number, counted from 0; a share of `screens` of all sites exports whole screens."""
    rng = np.random.default_rng([seed, 20, number])
    own = int(rng.integers(1 << 40, 1 << 41))
    width, height = SCREENS[int(rng.integers(len(SCREENS)))]
    before, after = int(number * screens), int((number + 1) * screens)
    return Site(
        name=f"S{number + 1:02d}",
        domain=domain,
        machine=sample(own, domain, view="lip").machine,
        probe=sample(own + 1, domain, view="lip"),
        style=STYLES[int(rng.integers(len(STYLES)))] if after > before else None,
        width=width,
        height=height,
    )


def fetus_of(seed: int, domain: Domain, *, cleft: bool) -> Fetus:
    """A fetus with or without a cleft; its kind is as frequent as in the domain."""
    for draw in range(1000):
        fetus = sample(seed * 1000 + draw, domain, view="lip").fetus
        if (fetus.cleft.kind != "none") == cleft:
            return replace(fetus, seed=seed)
    raise ValueError(f"expected a fetus {'with' if cleft else 'without'} a cleft in 1000 draws, got none")


def frame_at(
    site: Site,
    fetus: Fetus,
    seed: int,
    view: PhantomView | None = None,
    other: OtherKind | None = None,
    *,
    near: bool = False,
) -> Parameters:
    """A frame of this fetus on the machine of that site; what is not named is drawn from `seed`.

    `near` is a scan on which somebody has zoomed in, as on any face that is to be kept.
    """
    kind: CleftKind = fetus.cleft.kind
    drawn = [sample(seed * _DRAWS, site.domain, view=view, other=other, cleft=kind)]
    view, other = drawn[0].view, drawn[0].other
    drawn += [
        sample(seed * _DRAWS + more, site.domain, view=view, other=other, cleft=kind)
        for more in range(1, _DRAWS)
    ]
    p = min(drawn, key=lambda one: _unlike(one, site.probe, near))
    machine = replace(p.machine, **{habit: getattr(site.machine, habit) for habit in HABITS})
    pose = p.pose
    if p.other in _FACE:
        plane = p.other or p.view
        here, there = standard_plane(fetus, plane), standard_plane(p.fetus, plane)
        u, v, w = (at + a - b for at, a, b in zip(pose.origin, here, there, strict=True))
        pose = replace(pose, origin=(u, v, w))
    owned = replace(fetus, mouth_open_mm=p.fetus.mouth_open_mm)
    return replace(p, fetus=owned, machine=machine, pose=pose)


def _unlike(one: Parameters, other: Parameters, near: bool) -> float:
    """How far two probes are from each other, mm of radius; another kind counts 100, a wide window 50."""
    a, b = one.probe, other.probe
    wide = near and a.right_mm - a.left_mm > NEAR_MM
    return abs(a.radius_mm - b.radius_mm) + 100 * (a.kind != b.kind) + 50 * wide


def look_alikes(p: Parameters) -> tuple[str, ...]:
    """What in a lip or palate frame may be taken for a cleft, as data sets name it."""
    if p.view == "other":
        return ()
    near = {tube for tube in ("cord", "finger") if _in_plane(p, tube)}
    there = {
        "philtrum": p.view == "lip" and p.fetus.philtrum_mm >= 1.2,
        "oblique": p.tilt_deg >= 12,
        "shadow": any(shadow.drop_db >= 12 and shadow.start < 0.5 for shadow in p.machine.shadows),
        "cord": "cord" in near,
        "hand": "finger" in near,
        "open_mouth": p.fetus.mouth_open_mm >= 1,
        "motion": float(np.linalg.norm(p.motion_mm)) >= 0.5,
        "poor_fluid": p.surround.pocket_mm < 2.5,
        "scar": abs(p.fetus.scar_mm) >= 0.2,
    }
    return tuple(name for name, found in there.items() if found)


def _in_plane(p: Parameters, kind: str) -> bool:
    """Whether a tube of that kind is cut by the plane within 22 mm of the frame's target."""
    normal = np.cross(np.array(p.pose.axial), np.array(p.pose.lateral))
    for tube in p.surround.tubes:
        if tube.kind != kind:
            continue
        points = np.linspace(tube.start, tube.end, 9) - np.array(p.pose.origin)
        if ((np.abs(points @ normal) < tube.radius_mm) & (np.linalg.norm(points, axis=1) < 22)).any():
            return True
    return False
