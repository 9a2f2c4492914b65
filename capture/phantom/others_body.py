"""What other examinations show: eyes, vessels, muscle, lungs, bellies."""

from __future__ import annotations

import math

import numpy as np

from capture.phantom.others_canvas import Canvas, union


def layers(c: Canvas) -> None:
    r = c.rng
    z = 0.0
    while z < c.depth:
        thick = r.uniform(0.03, 0.2) * c.depth
        wave = z + r.uniform(0.3, 2) * c.coarse * c.depth / 60 + r.normal(0, 0.06) * c.x
        c.paint(
            (c.z - wave).astype(np.float32),
            r.uniform(-16, 5),
            z=r.uniform(0.6, 1.5),
            soft=0.4,
            rim_db=r.uniform(0, 8),
        )
        z += thick
    for _ in range(r.integers(0, 4)):
        cx, cz = c.middle(5)
        a = r.uniform(0.03, 0.18) * c.width
        dark = r.random() < 0.7
        c.paint(
            c.ellipse(cx, cz, a, a * r.uniform(0.5, 1), r.normal(0, 0.5), 0.1),
            -40 if dark else r.uniform(-12, 6),
            z=0.3,
            rim_db=3,
            loss=-0.05,
        )
    if r.random() < 0.4:
        c.paint(c.bar(-c.width, c.depth * 0.6, c.width, c.depth * r.uniform(0.5, 0.8), 0.8), 15, loss=4, z=3)


def eye(c: Canvas) -> None:
    """A dark globe with a brilliant back wall, fat behind it, at times a lens and a shadowed nerve."""
    c.echo += c.between(-6, 6)
    x, z = c.centre + c.between(-0.25, 0.25) * c.width, c.top + c.between(0.1, 0.5) * c.height
    size = c.between(22, 55) * c.unit
    globe = c.ellipse(x, z, size, size * c.between(0.75, 1), 0, c.between(0, 0.04))
    if c.chance(0.5):
        c.paint((z - c.z + 0.3 * size).astype(np.float32), c.between(-34, -10), soft=4)
    c.paint(globe + c.between(0.5, 2), c.between(0, 14), z=1.8, soft=1.5)
    c.paint(globe, c.between(-52, -28), z=0.1, loss=c.between(-0.1, 0))
    if c.chance(0.4):
        lens = c.ellipse(x, z - 0.65 * size, 0.45 * size, 0.2 * size)
        c.paint(c.arc(lens, c.between(0.5, 1.4)), c.between(-2, 12), z=1.6)
    if c.chance(0.4):
        c.paint(
            c.ellipse(x + c.between(-0.4, 0.4) * size, z + 0.2 * size, 0.25 * size, 0.3 * size),
            c.between(-40, 4),
            rim_db=9,
            z=0.5,
        )
    back = z + size
    if c.chance(0.35):  # Little gain: all but the back wall and ragged streaks under it is black.
        c.echo -= np.float32(c.between(8, 30))
        ragged = (c.z - back + 6 * c.unit * c.coarse).astype(np.float32)
        c.paint(ragged, c.between(-2, 10), loss=c.between(0.3, 1.5), soft=3, z=1.5, grain=2)
    if c.chance(0.6):
        broken = c.band(back, c.between(4, 16) * c.unit, 0, c.between(-0.6, 0.2), 3 * c.unit)
        c.paint(broken - 2 * np.maximum(c.streak, 0), c.between(2, 14), z=1.8, soft=2, loss=c.between(0, 0.8))
    if c.chance(0.6):
        nx = x + c.between(-0.3, 0.3) * size
        c.paint(
            c.bar(nx, back, nx + c.between(-0.2, 0.2) * size, back + 2 * size, c.between(3, 8) * c.unit),
            c.between(-35, -15),
            soft=2,
        )


def vessels(c: Canvas) -> None:
    """Neck or limb: layers, a gland, round and long dark vessels with bright walls."""
    layers(c)
    if c.chance(0.6):
        for side in (-1, 1):
            x = c.centre + side * c.between(0.12, 0.25) * c.width
            gland = c.ellipse(x, c.top + 0.4 * c.height, 0.16 * c.width, 0.13 * c.height, side * 0.4, 0.1)
            c.paint(gland, c.between(-4, 5), rim_db=4, grain=0.6)
    for _ in range(int(c.rng.integers(1, 5))):
        x, z = c.anywhere()
        size = c.between(3, 13) * c.unit
        if c.chance(0.35):
            slope = c.between(-0.3, 0.3)
            tube = c.band(z, 2 * size, slope, c.between(-0.2, 0.2))
        else:
            tube = c.ellipse(x, z, size, size * c.between(0.5, 1), c.between(-0.5, 0.5), 0.05)
        c.paint(tube + c.between(0.4, 1.2), c.between(0, 12), z=1.6)
        c.paint(tube, c.between(-48, -28), z=0.2, loss=-0.06)


def muscle(c: Canvas) -> None:
    """Feathered stripes between fasciae, over bone or nothing."""
    slope, pitch = c.between(-0.5, 0.5), c.between(1.2, 6) * c.unit
    phase = (c.z - np.float32(slope) * c.x + c.coarse * np.float32(c.between(0, 2))) / np.float32(pitch)
    stripes = np.maximum(np.sin(2 * np.pi * phase), 0) ** np.float32(c.between(1, 4))
    c.echo += stripes * np.float32(c.between(4, 18)) - np.float32(c.between(2, 14))
    c.z_map += stripes * np.float32(c.between(0, 0.8))
    for _ in range(int(c.rng.integers(1, 4))):
        c.paint(
            c.band(c.anywhere()[1], c.between(0.6, 3), slope / 2, c.between(-0.5, 0.5)),
            c.between(2, 14),
            z=1.8,
        )
    end = c.top + c.between(0.3, 0.9) * c.height
    if c.chance(0.6):
        c.paint((c.z - end).astype(np.float32), c.between(-55, -20), z=0.1, soft=6, loss=c.between(0, 0.5))


def lung(c: Canvas) -> None:
    """Ribs, the bright line of the pleura, copies of it below (A lines), beams of light (B lines)."""
    muscle(c) if c.chance(0.4) else layers(c)
    line, bow = c.top + c.between(0.15, 0.45) * c.height, c.between(-0.6, 0.6)
    c.paint((c.z - line).astype(np.float32), c.between(-35, -10), z=0.2, soft=3)
    for k in range(1, int(c.rng.integers(2, 5))):
        c.paint(
            c.band(c.top + k * (line - c.top), c.between(0.8, 3), 0, bow),
            c.between(2, 12) - 4 * k,
            z=1.2,
            soft=2,
        )
    c.paint(c.band(line, c.between(1, 4), 0, bow, 1), c.between(6, 16), z=2, soft=1.5)
    for _ in range(int(c.rng.integers(0, 5))):
        x = c.centre + c.between(-0.45, 0.45) * c.width
        c.paint(c.bar(x, line, x * 1.5, c.depth * 1.1, c.between(1, 6) * c.unit), c.between(-6, 8), soft=4)
    for _ in range(int(c.rng.integers(0, 4))):
        x, size = c.centre + c.between(-0.45, 0.45) * c.width, c.between(3, 9) * c.unit
        c.paint(c.ellipse(x, line - 4 * c.unit, size, size * 0.4), 10, loss=c.between(1, 5), z=2.4)


def organ(c: Canvas) -> None:
    """Liver, spleen or kidney: even speckle, a capsule, vessels, a bright sinus, a gall-bladder."""
    c.echo += c.between(-5, 3)
    x, z = c.middle()
    a, turn = c.between(25, 55) * c.unit, c.between(-0.8, 0.8)
    body = c.ellipse(x, z, a, a * c.between(0.4, 0.9), turn, 0.08)
    c.paint(body, c.between(-12, 2), rim_db=c.between(0, 9), grain=0.6)
    if c.chance(0.5):
        heart = c.ellipse(x, z, 0.55 * a, 0.2 * a, turn, 0.4)
        c.paint(heart, c.between(2, 10), z=1.3, soft=3)
        knobs = [
            c.ellipse(x + 0.6 * a * math.cos(t), z + 0.35 * a * math.sin(t), 0.12 * a, 0.09 * a, t, 0.2)
            for t in np.linspace(0, 6, 7)
        ]
        c.paint(union(knobs), c.between(-26, -14), z=0.8, soft=1.5)
    else:
        pipes = [
            c.ray(*c.anywhere(), c.between(0, 6.3), c.between(8, 35) * c.unit, c.between(0.6, 3) * c.unit)
            for _ in range(4)
        ]
        c.paint(np.minimum(union(pipes), body), c.between(-42, -22), z=0.4, rim_db=c.between(0, 7))
    if c.chance(0.5):
        c.paint(
            c.ellipse(
                *c.anywhere(), c.between(6, 22) * c.unit, c.between(4, 9) * c.unit, c.between(-1, 1), 0.05
            ),
            -48,
            z=0.1,
            loss=-0.08,
            rim_db=6,
        )
    if c.chance(0.6):
        c.paint(
            c.band(c.top + c.between(0.6, 0.95) * c.height, c.between(1, 4), 0, c.between(-1, 1)),
            c.between(4, 14),
            z=2.2,
            loss=c.between(0, 1),
        )


def bladder(c: Canvas) -> None:
    """A large black shape with bright fluid-enhanced tissue behind, septa or debris in it."""
    for _ in range(int(c.rng.integers(1, 3))):
        x, z = c.middle()
        a = c.between(14, 48) * c.unit
        cyst = c.ellipse(x, z, a, a * c.between(0.45, 1), c.between(-0.6, 0.6), c.between(0.02, 0.2))
        c.paint(cyst + c.between(0.5, 3), c.between(-4, 8), z=1.3)
        c.paint(cyst, c.between(-52, -34), z=0.1, loss=c.between(-0.12, -0.02))
        if c.chance(0.4):
            c.paint(
                np.minimum(cyst, c.bar(*c.anywhere(), *c.anywhere(), c.between(0.4, 1.5))),
                c.between(-4, 8),
                z=1.3,
            )
        if c.chance(0.3):
            c.paint(np.minimum(cyst, (c.z - z - 0.4 * a).astype(np.float32)), c.between(-22, -6), soft=3)


def follicles(c: Canvas) -> None:
    """An ovary: a soft oval full of round black holes with thin walls."""
    c.fluid(1.0, 0.2)
    x, z = c.middle()
    a = c.between(14, 40) * c.unit
    b = a * c.between(0.5, 0.9)
    c.paint(c.ellipse(x, z, a, b, c.between(-0.7, 0.7), 0.12), c.between(-10, 2), rim_db=c.between(0, 5))
    for _ in range(int(c.rng.integers(1, 8))):
        t, q = c.between(0, 6.3), c.between(0, 0.75)
        size = a * c.between(0.06, 0.3)
        hole = c.ellipse(
            x + q * a * math.cos(t), z + q * b * math.sin(t), size, size * c.between(0.6, 1), t, 0.06
        )
        c.paint(hole, c.between(-50, -30), z=0.2, loss=-0.05, rim_db=c.between(0, 8))


def bowel(c: Canvas) -> None:
    """Loops: bright walls, dark rims, gas that shines and smears shadow below."""
    c.fluid(1.0, 0.3)
    for _ in range(int(c.rng.integers(3, 10))):
        x, z = c.anywhere()
        a = c.between(5, 17) * c.unit
        loop = c.ellipse(x, z, a, a * c.between(0.5, 1), c.between(0, 3.1), 0.15)
        c.paint(loop, c.between(-28, -12), z=0.8, rim_db=c.between(0, 5))
        c.paint(loop - 0.35 * a, c.between(-30, 10), z=c.between(0.5, 2), loss=c.between(0, 0.8), soft=1.5)
