"""The machine and its probe, drawn: how good the picture is, and how much of the sector it shows."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from capture.phantom.parameters import Domain, Machine, Probe, ProbeKind, Shadow


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
