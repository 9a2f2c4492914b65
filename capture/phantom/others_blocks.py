"""No patient at all: test blocks, no contact, noise; and blobs with holes that are no lips."""

from __future__ import annotations

import math

import numpy as np

from capture.phantom.others_canvas import Canvas, union


def targets(c: Canvas) -> None:
    """A tissue-mimicking test block with wires and cysts."""
    r = c.rng
    c.echo = (r.uniform(-10, 0) + 0.6 * c.fine).astype(np.float32)
    c.z_map = np.ones_like(c.x)
    step = r.uniform(0.08, 0.2) * c.depth
    for k in range(1, int(c.depth / step)):
        for x in (r.normal(0, 0.02 * c.width), 0.25 * c.width) if r.random() < 0.6 else ():
            c.paint(c.ellipse(x, k * step, 0.4, 0.4), 20, z=3, soft=0.4)
    for _ in range(r.integers(0, 7)):
        cx, cz = c.middle(5)
        a = r.uniform(0.02, 0.14) * c.width
        c.paint(
            c.ellipse(cx + r.normal(0, 0.2 * c.width), cz, a, a, 0, 0.01),
            float(r.choice([-45, -20, -8, 6, 12])),
            soft=0.5,
        )


def air(c: Canvas) -> None:
    """No contact: reverberation stripes and noise."""
    r = c.rng
    c.echo[:] = c.between(-60, -30)
    c.z_map[:] = 0
    gap = r.uniform(1.0, 6.0)
    for k in range(1, 12):
        c.paint(
            (0.35 - np.abs(c.z - k * gap) + 0.05 * c.coarse).astype(np.float32), 14 - 3.2 * k, z=0.0, soft=0.5
        )
    c.echo += (r.uniform(5, 40) * np.exp(-c.z / r.uniform(3, 15))).astype(np.float32)


def noise(c: Canvas) -> None:
    r = c.rng
    c.echo = (r.uniform(-60, -15) + r.uniform(0, 30) * np.exp(-c.z / r.uniform(4, 30))).astype(np.float32)
    c.z_map[:] = 0


def holes(c: Canvas) -> None:
    """Bright soft blobs in the dark with dark holes, slits and notches: as near to lips as no lips can be.

    There are no pairs of arches round a slit under two nostrils here: holes are one, or three and more, or
    far from the middle; slits run right through or end in a ring.
    """
    c.echo -= c.between(0, 30)
    c.fluid(1.5, 0.5)
    for _ in range(int(c.rng.integers(1, 5))):
        x, z = c.anywhere() if c.chance(0.5) else c.middle()
        a = c.between(8, 38) * c.unit
        b, turn = a * c.between(0.4, 1), c.between(-1.6, 1.6)
        blob = c.ellipse(x, z, a, b, turn, c.between(0.05, 0.25))
        c.paint(
            blob, c.between(-12, 6), z=c.between(0.7, 1.5), rim_db=c.between(0, 9), soft=c.between(0.5, 3)
        )
        style = int(c.rng.integers(5))
        if style == 0:
            c.paint(blob - c.between(0.3, 0.7) * b, c.between(-50, -20), z=0.3, soft=c.between(0.5, 2))
        elif style == 1:
            spots = [
                c.ellipse(
                    x + c.between(-0.7, 0.7) * a,
                    z + c.between(-0.6, 0.6) * b,
                    c.between(0.05, 0.2) * a,
                    c.between(0.05, 0.2) * a,
                )
                for _ in range(int(c.rng.choice([1, 3, 4, 6])))
            ]
            c.paint(union(spots), c.between(-50, -25), z=0.3)
        elif style == 2:
            c.paint(
                c.ray(
                    x - 1.2 * a * math.cos(turn),
                    z - 1.2 * a * math.sin(turn),
                    turn,
                    2.4 * a,
                    c.between(0.4, 3),
                ),
                c.between(-50, -20),
                z=0.3,
            )
        elif style == 3:
            c.paint(np.minimum(c.arc(blob - 0.4 * b, c.between(1, 4)), blob), c.between(-45, -15), z=0.5)


def murk(c: Canvas) -> None:
    """Poor contact or a poor machine: haze, a burnt near field, fuzzy streaks, little that means anything."""
    c.echo += c.between(-40, -10) - c.between(0, 0.3) * c.z
    for _ in range(int(c.rng.integers(0, 8))):
        x, z = c.anywhere()
        long, thick = c.between(3, 20) * c.unit, c.between(1, 6) * c.unit
        c.paint(
            c.ellipse(x, z, long, thick, c.between(-0.5, 0.5), 0.5), c.between(-20, 6), soft=c.between(2, 10)
        )
    c.wall(0.3)
    near = np.exp(-np.maximum(c.z, 0) / np.float32(c.between(2, 15)))
    c.echo += np.float32(c.between(0, 45)) * near.astype(np.float32)


def even(c: Canvas) -> None:
    """One grain all over, or in steps down the picture: water baths, gel blocks, absorbers."""
    c.echo = (c.between(-40, 0) + c.between(0, 1) * c.fine - c.between(-0.3, 0.5) * c.z).astype(np.float32)
    c.z_map = np.full_like(c.x, 1.0)
    for _ in range(int(c.rng.integers(0, 4))):
        step = (c.z - c.top - c.between(0.1, 0.9) * c.height).astype(np.float32)
        c.paint(step, c.between(-55, 4), z=c.between(0, 1.5), soft=c.between(0.5, 6), grain=0.2)
    for _ in range(int(c.rng.integers(0, 6))):
        c.paint(c.band(c.anywhere()[1], c.between(0.4, 2)), c.between(-6, 14), soft=1, grain=0.2)
