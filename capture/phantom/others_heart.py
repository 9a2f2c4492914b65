"""Hearts: any, from the tip, along their length."""

from __future__ import annotations

import math

import numpy as np

from capture.phantom.others_canvas import Canvas, union


def heart(c: Canvas) -> None:
    r = c.rng
    c.echo -= r.uniform(4, 16)
    cx, cz = c.middle(20)
    k = c.width / 120
    c.paint(
        c.ellipse(cx, cz, 42 * k, 50 * k, r.normal(0, 0.5), 0.12), r.uniform(-10, -2), rim_db=r.uniform(0, 6)
    )
    for _ in range(r.integers(2, 5)):
        px, pz = cx + r.normal(0, 18 * k), cz + r.normal(0, 22 * k)
        c.paint(
            c.ellipse(px, pz, r.uniform(8, 20) * k, r.uniform(12, 30) * k, r.normal(0, 0.6), 0.2),
            -42,
            z=0.2,
            soft=2,
        )
    for _ in range(r.integers(1, 5)):
        px, pz, t = cx + r.normal(0, 15 * k), cz + r.normal(0, 20 * k), r.uniform(0, 3.1)
        c.paint(c.bar(px, pz, px + 14 * k * np.cos(t), pz + 14 * k * np.sin(t), r.uniform(0.8, 2)), 8, z=2)
    for _ in range(r.integers(0, 3)):
        c.paint(
            c.bar(
                cx - 30 * k,
                cz + r.uniform(-50, 50) * k,
                cx + 30 * k,
                cz + r.uniform(-50, 50) * k,
                r.uniform(1, 3),
            ),
            9,
            z=2.2,
            loss=r.uniform(0, 1),
        )


def apical(c: Canvas) -> None:
    """Four chambers from the tip: a bright septum, a dark ring of blood, valves, little else."""
    r, k = c.rng, c.unit
    c.echo -= c.between(14, 32)
    x, z = c.middle()
    turn, long = float(r.normal(0, 0.25)), c.between(24, 42) * k
    wide = long * c.between(0.45, 0.8)
    if c.chance(0.6):  # Dropout at the sides: only the middle of the sector says anything.
        c.echo -= np.float32(c.between(0, 30)) * np.abs(c.x - np.float32(x)) / np.float32(50 * k)
    heart = c.ellipse(x, z, wide, long, turn, c.between(0.05, 0.15))
    wall = c.between(2, 7) * k
    c.paint(
        c.arc(heart, 2 * wall, c.between(0, 0.9)),
        c.between(-10, 4),
        soft=c.between(1, 4),
        rim_db=c.between(0, 5),
    )
    blood = c.between(-40, -18)
    c.paint(heart - wall, blood, z=0.6, soft=c.between(1, 5), loss=0.02)
    sx = x + c.between(-0.3, 0.3) * wide
    septum = c.bar(
        sx, z - 0.9 * long, sx - math.sin(turn) * long, z + c.between(-0.2, 0.8) * long, c.between(1.5, 6) * k
    )
    c.paint(septum + c.coarse * k, c.between(-8, 8), z=1.2, soft=c.between(1, 4))
    haze = c.ellipse(sx, z - 0.4 * long, 0.3 * wide, 0.5 * long, turn, 0.4)
    if c.chance(0.6):
        c.paint(haze, c.between(-12, 6), soft=c.between(4, 12))
    leaves = [
        c.ray(
            x + s * 0.4 * wide,
            z + c.between(-0.1, 0.4) * long,
            c.between(-0.8, 0.8),
            c.between(6, 16) * k,
            c.between(0.5, 1.6),
        )
        for s in (-1, 1)
    ]
    c.paint(union(leaves), c.between(-2, 12), z=1.6, soft=1.2)
    if c.chance(0.7):
        c.paint(
            c.band(z + long * c.between(0.9, 1.2), c.between(2, 6) * k, 0.1, 0.3, 2 * k),
            c.between(2, 14),
            z=1.8,
            soft=2,
        )


def parasternal(c: Canvas) -> None:
    """The heart along its length: bright bands, a dark cavity, the aortic root, a brilliant back wall."""
    r, k = c.rng, c.unit
    c.echo -= c.between(8, 24)
    z, tilt = c.top + c.between(0.1, 0.2) * c.height, c.between(-0.35, 0.35)
    c.paint(c.band(z, 0.12 * c.height, 0, 0.3), c.between(-4, 6), soft=3, rim_db=4)
    at = z
    for dark in (True, False, True, False):
        thick = c.between(0.06, 0.2 if dark else 0.12) * c.height
        at += 0.5 * thick + c.between(0.02, 0.1) * c.height
        band = c.band(at, thick, tilt, float(r.normal(0, 0.5)), c.between(1, 4) * k)
        ends = c.ellipse(c.middle()[0], at, c.between(25, 60) * k, thick, tilt, 0.1)
        shape = np.minimum(band, ends) if dark else band
        level = c.between(-45, -25) if dark else c.between(-6, 8)
        c.paint(shape, level, z=0.4 if dark else 1.5, soft=c.between(1, 4), rim_db=0 if dark else 4)
        at += 0.5 * thick
    c.paint(
        c.band(min(at, 0.9 * c.depth), c.between(2, 6) * k, tilt, 0.3, 2 * k), c.between(8, 16), z=2, soft=2
    )
    if c.chance(0.7):
        x, y = c.middle()
        size = c.between(8, 20) * k
        ring = c.ellipse(x + 15 * k, y - 12 * k, size, size * c.between(0.5, 1), tilt, 0.06)
        c.paint(ring, c.between(-45, -30), z=0.3)
        c.paint(c.arc(ring, c.between(2, 4) * k, c.between(0, 0.6)), c.between(0, 12), z=1.8, soft=1.5)
    flaps = [
        c.ray(*c.middle(), c.between(0, 3.1), c.between(6, 20) * k, c.between(0.4, 1.4)) for _ in range(3)
    ]
    c.paint(union(flaps), c.between(0, 12), z=1.7)
