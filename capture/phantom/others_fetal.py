"""The rest of the fetus and of the womb: heads, trunks, limbs, spines, hands, cord, placenta, cervix."""

from __future__ import annotations

import math

import numpy as np

from capture.phantom.others_canvas import Canvas, union


def head(c: Canvas) -> None:
    r = c.rng
    c.fluid()
    cx, cz = c.middle(30)
    a = r.uniform(0.18, 0.42) * c.width
    b, turn = a * r.uniform(0.7, 0.95), r.uniform(-1.6, 1.6)
    skin = c.ellipse(cx, cz, a + 2, b + 2, turn, 0.02)
    c.paint(skin, -3)
    c.paint(skin - 2, 11, loss=r.uniform(0.2, 1.0), z=2.4)
    c.paint(skin - r.uniform(3.5, 5), r.uniform(-22, -8), loss=0.03)
    ca, sa = np.cos(turn), np.sin(turn)
    if r.random() < 0.8:
        c.paint(
            c.bar(cx - a * 0.8 * ca, cz - a * 0.8 * sa, cx + a * 0.8 * ca, cz + a * 0.8 * sa, 0.5), 5, z=1.4
        )
    for _ in range(r.integers(2, 9)):
        t, q = r.uniform(-0.6, 0.6, 2)
        px, pz = cx + a * t * ca - b * q * sa, cz + a * t * sa + b * q * ca
        c.paint(
            np.minimum(
                c.ellipse(px, pz, r.uniform(2, 9), r.uniform(1, 4), turn + r.normal(0, 0.4), 0.3), skin - 5
            ),
            float(r.choice([-28, -18, 0, 4])),
            z=r.uniform(0.8, 1.3),
            rim_db=r.uniform(0, 5),
        )


def abdomen(c: Canvas) -> None:
    r = c.rng
    c.fluid()
    cx, cz = c.middle(28)
    a = r.uniform(0.18, 0.42) * c.width
    b, turn = a * r.uniform(0.8, 1.0), r.uniform(-1.5, 1.5)
    skin = c.ellipse(cx, cz, a, b, turn, 0.03)
    c.paint(skin, r.uniform(-6, 0), rim_db=7)
    angle = r.uniform(0, 6.3)
    c.paint(
        c.ellipse(cx + a * 0.4 * np.cos(angle), cz + b * 0.4 * np.sin(angle), a * 0.22, a * 0.14, angle, 0.2),
        -40,
        loss=-0.03,
        z=0.3,
    )
    angle += r.uniform(1.5, 3)
    for k in (-1, 0, 1):
        px = cx + a * 0.68 * np.cos(angle) + 3.5 * k * np.sin(angle)
        c.paint(
            c.ellipse(px, cz + b * 0.68 * np.sin(angle) - 3.5 * k * np.cos(angle), 2, 1.6),
            12,
            loss=2.0,
            z=2.4,
        )
    for _ in range(r.integers(0, 4)):
        t = r.uniform(0, 6.3)
        c.paint(
            c.bar(
                cx + 0.75 * a * np.cos(t),
                cz + 0.75 * b * np.sin(t),
                cx + 0.9 * a * np.cos(t + 0.3),
                cz + 0.9 * b * np.sin(t + 0.3),
                0.8,
            ),
            10,
            loss=1.5,
            z=2,
        )
    t = r.uniform(0, 6.3)
    c.paint(c.bar(cx, cz, cx + 0.4 * a * np.cos(t), cz + 0.4 * b * np.sin(t), 1.4), -26, z=0.7, rim_db=2)


def femur(c: Canvas) -> None:
    r = c.rng
    c.fluid()
    cx, cz = c.middle(10)
    turn, length = r.normal(0, 0.4), r.uniform(10, 22) * c.width / 90
    dx, dz = length * np.cos(turn), length * np.sin(turn)
    c.paint(
        c.bar(cx - 1.2 * dx, cz - 1.2 * dz + 1, cx + 1.2 * dx, cz + 1.2 * dz + 1, r.uniform(5, 10)),
        -6,
        rim_db=5,
    )
    c.paint(c.bar(cx - dx, cz - dz, cx + dx, cz + dz, r.uniform(1, 1.8)), 14, loss=r.uniform(1, 4), z=3)


def spine(c: Canvas) -> None:
    r = c.rng
    c.fluid()
    cx, cz = c.middle(20)
    bend, pitch = r.normal(0, 0.008), r.uniform(3, 5)
    c.paint(c.ellipse(cx, cz + 8, 0.45 * c.width, r.uniform(12, 22), 0, 0.1), -5, rim_db=5)
    rows = (0.0, r.uniform(4, 6)) if r.random() < 0.9 else (0.0,)
    row = [
        c.ellipse(cx + k * pitch, cz + bend * (k * pitch) ** 2 + dz, pitch * 0.34, 1.3)
        for k in range(-8, 9)
        for dz in rows
    ]
    c.paint(union(row), 12, loss=2.2, z=2.6)
    if r.random() < 0.6:
        row = [
            c.bar(cx + k * pitch * 1.1, cz + 9, cx + k * pitch * 1.1 + 2, cz + 14, 0.9) for k in range(-6, 7)
        ]
        c.paint(union(row), 10, loss=2.0, z=2.2)


def placenta(c: Canvas) -> None:
    r = c.rng
    c.fluid(1.3)
    side = r.choice([-1, 1])
    c.paint(
        c.ellipse(
            side * c.width * r.uniform(0, 0.5),
            c.depth * r.uniform(0.2, 0.9),
            c.width * r.uniform(0.25, 0.6),
            c.depth * r.uniform(0.12, 0.3),
            r.normal(0, 0.5),
            0.15,
        ),
        r.uniform(-3, 4),
        rim_db=4,
    )
    for _ in range(r.integers(0, 6)):
        c.paint(c.ellipse(*c.middle(5), r.uniform(1, 5), r.uniform(1, 3), r.uniform(0, 3)), -32, z=0.5)


def limbs(c: Canvas) -> None:
    r = c.rng
    c.fluid(1.2)
    for _ in range(r.integers(2, 7)):
        cx, cz = c.middle(10)
        cx += r.normal(0, 0.2 * c.width)
        a = r.uniform(3, 11)
        if r.random() < 0.5:
            t = r.uniform(0, 6.3)
            ex, ez = cx + 3 * a * np.cos(t), cz + 3 * a * np.sin(t)
            c.paint(c.bar(cx, cz, ex, ez, a * 0.7), -3, rim_db=6)
            c.paint(c.bar(cx, cz, ex, ez, a * 0.2), 11, loss=2, z=2.5)
        else:
            c.paint(c.ellipse(cx, cz, a, a * r.uniform(0.7, 1)), -3, rim_db=6)
            if r.random() < 0.6:
                c.paint(c.ellipse(cx, cz, a * 0.3, a * 0.3), 10, loss=2, z=2.4)
            else:
                for k in (0.0, 2.1, 4.2):
                    c.paint(
                        c.ellipse(cx + a * 0.45 * np.cos(k), cz + a * 0.45 * np.sin(k), a * 0.28, a * 0.28),
                        -34,
                        z=0.2,
                    )


def skull(c: Canvas) -> None:
    """A head as it is measured: a bright ring, here and there open, a dark brain with bright folds."""
    r = c.rng
    c.echo += c.between(-12, 0)
    c.fluid(1.2, 0.5)
    cx, cz = c.middle()
    cx, cz = cx + float(r.normal(0, 8)) * c.unit, cz + float(r.normal(0, 6)) * c.unit
    a = c.between(18, 58) * c.unit
    b, turn = a * c.between(0.68, 0.95), float(r.choice([r.normal(0, 0.3), r.uniform(-1.6, 1.6)]))
    outline = c.ellipse(cx, cz, a, b, turn, c.between(0, 0.05))
    thick = c.between(1, 5) * c.unit
    if c.chance(0.5):
        c.paint(outline + 2.2 * thick, c.between(-14, 0), rim_db=c.between(0, 5))
    c.paint(
        outline, c.between(-34, -10), loss=c.between(0.02, 0.12), z=c.between(0.3, 1), grain=c.between(0.5, 2)
    )
    folds(c, cx, cz, a * 0.85, b * 0.85, turn)
    c.wall()
    bone = c.arc(outline, thick, c.between(0, 0.8) if c.chance(0.6) else 0.0)
    c.paint(bone, c.between(4, 18), loss=c.between(0.05, 1.2), z=c.between(1.2, 3), soft=c.between(0.5, 2))


def folds(c: Canvas, cx: float, cz: float, a: float, b: float, turn: float) -> None:
    """Midline, cavum, ventricles, choroid and sulci inside an ellipse."""
    ca, sa = math.cos(turn), math.sin(turn)

    def at(t: float, q: float) -> tuple[float, float]:
        return cx + a * t * ca - b * q * sa, cz + a * t * sa + b * q * ca

    inside = c.ellipse(cx, cz, a, b, turn, 0.05)
    if c.chance(0.5):
        worms = (0.9 - np.abs(c.coarse + 0.6 * c.fine)) * 2 * c.unit
        c.paint(np.minimum(worms * c.between(0.2, 0.8), inside), c.between(-14, 2), soft=2)
    if c.chance(0.75):
        c.paint(
            c.bar(*at(-0.9, 0), *at(c.between(0.2, 0.9), 0), c.between(0.3, 0.9)), c.between(0, 12), z=1.5
        )
    if c.chance(0.6):
        c.paint(c.ellipse(*at(c.between(0.2, 0.5), 0), 0.1 * a, 0.06 * a, turn), -40, z=0.2, rim_db=12)
    for side in (-1, 1):
        if c.chance(0.5):
            place = at(c.between(-0.5, 0), side * c.between(0.25, 0.5))
            tilt = turn + side * c.between(0, 0.5)
            c.paint(c.ellipse(*place, 0.32 * a, 0.13 * b, tilt, 0.2), c.between(-45, -25), z=0.3, rim_db=8)
            c.paint(c.ellipse(*place, 0.22 * a, 0.09 * b, tilt, 0.3), c.between(-4, 10), z=1.1)
    gyri = [
        c.ray(
            *at(c.between(-0.8, 0.8), c.between(-0.8, 0.8)), c.between(0, 6.3), c.between(2, 14) * c.unit, 0.6
        )
        for _ in range(int(c.rng.integers(0, 9)))
    ]
    if gyri:
        c.paint(np.minimum(union(gyri), inside), c.between(0, 12), z=1.5, soft=1.2)


def hands(c: Canvas) -> None:
    """Fingers or toes side by side in fluid, bones in them, at times a palm."""
    c.fluid(1.4, 0.9)
    cx, cz = c.middle()
    angle, pitch = c.between(0, 6.3), c.between(3, 9) * c.unit
    length, thick = pitch * c.between(2.5, 6), pitch * c.between(0.35, 0.52)
    count = int(c.rng.integers(2, 6))
    across = angle + math.pi / 2
    roots = [
        (
            cx + k * pitch * math.cos(across),
            cz + k * pitch * math.sin(across),
            angle + 0.12 * k * c.between(-1, 1),
        )
        for k in range(-(count // 2), count - count // 2)
    ]
    c.paint(
        union(c.ray(x, z, t, length, thick) for x, z, t in roots), c.between(-8, 3), rim_db=c.between(0, 9)
    )
    if c.chance(0.7):
        c.paint(union(c.ray(x, z, t, length * 0.8, thick * 0.3) for x, z, t in roots), 12, loss=1.5, z=2.2)
    if c.chance(0.6):
        c.paint(c.ellipse(cx - pitch, cz, pitch * 2, pitch * 1.6, angle, 0.15), -3, rim_db=6)


def cord(c: Canvas) -> None:
    """Loops and knots of cord in fluid: rings with two or three dark lumens, and tubes along."""
    c.fluid(1.6, 0.9)
    for _ in range(int(c.rng.integers(1, 7))):
        x, z = c.middle()
        x, z = x + float(c.rng.normal(0, 15)) * c.unit, z + float(c.rng.normal(0, 12)) * c.unit
        size, angle = c.between(3, 10) * c.unit, c.between(0, 6.3)
        if c.chance(0.5):
            c.paint(c.ellipse(x, z, size, size * c.between(0.7, 1), angle), c.between(-6, 3), rim_db=7)
            spots = [
                (x + 0.45 * size * math.cos(angle + k), z + 0.45 * size * math.sin(angle + k))
                for k in (0, 2.1, 4.2)
            ]
            c.paint(union(c.ellipse(*spot, size * 0.28, size * 0.28) for spot in spots), -34, z=0.2, rim_db=4)
        else:
            length = size * c.between(2, 6)
            c.paint(c.ray(x, z, angle, length, size * 0.6), c.between(-6, 3), rim_db=7)
            c.paint(c.ray(x, z, angle, length, size * 0.25), -34, z=0.2, rim_db=4)


def ribs(c: Canvas) -> None:
    """A row of bright echoes with shadows, and what lies behind them."""
    c.fluid(1.0, 0.4)
    _, z = c.middle()
    pitch, slope = c.between(6, 16) * c.unit, c.between(-0.4, 0.4)
    c.paint(c.band(z, c.between(10, 30) * c.unit, slope), c.between(-10, 0), rim_db=5)
    row = [
        c.ellipse(c.centre + k * pitch, z + k * pitch * slope, pitch * 0.3, c.between(0.8, 2) * c.unit, slope)
        for k in range(-5, 6)
        if c.chance(0.9)
    ]
    if row:
        c.paint(union(row), c.between(6, 16), loss=c.between(0.5, 3), z=2.5)


def cervix(c: Canvas) -> None:
    """Two lips of another kind: bands round a canal under a dark bladder."""
    x, z = c.middle()
    tilt, long = c.between(-0.6, 0.6), c.between(22, 48) * c.unit
    thick = long * c.between(0.25, 0.5)
    c.paint(c.ellipse(x - long, z - thick, long, thick * 1.3, tilt, 0.2), -46, z=0.1, loss=-0.05)
    c.paint(c.ellipse(x, z, long, thick, tilt, 0.08), c.between(-8, 0), rim_db=c.between(0, 6))
    canal = c.bar(
        x - 0.9 * long * math.cos(tilt),
        z - 0.9 * long * math.sin(tilt),
        x + 0.9 * long * math.cos(tilt),
        z + 0.9 * long * math.sin(tilt),
        c.between(0.4, 2.5),
    )
    c.paint(canal, float(c.rng.choice([-35, 6])), z=0.6, rim_db=3)
    c.paint(c.ellipse(x + long * 1.4, z, long * 0.8, long * 0.9, 0, 0.2), c.between(-46, -36), z=0.1)
