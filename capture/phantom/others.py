"""Everything that is no lip or palate view, drawn in the plane: rough, wide in variety, never a cleft."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from capture.phantom.anatomy import Tissue
from capture.phantom.face import NAMES
from capture.phantom.parameters import OtherKind
from capture.phantom.volume import drift, texture

Floats = NDArray[np.float32]


class Canvas:
    """Echo, loss and impedance over points (x, z) of the probe's plane, mm; painted back to front."""

    def __init__(self, x: Floats, z: Floats, rng: np.random.Generator) -> None:
        self.x, self.z, self.rng = x, np.maximum(z, 0), rng
        z = self.z
        self.width, self.depth = float(x.max() - x.min()), float(z.max())
        o = rng.uniform(0, 64, 3)
        self.fine = texture(x * 0.9 + o[0], z * 0.9 + o[1], np.full_like(x, o[2]))
        self.coarse = drift(x * 0.25 + o[1], z * 0.25 + o[2], np.full_like(x, o[0]))
        self.streak = drift(x * 0.16 + o[2], z * 0.8 + o[0], np.full_like(x, o[1]))
        base = rng.uniform(-12, 2)
        self.echo = (
            base + 2.5 * self.fine + rng.uniform(1, 4) * self.coarse + rng.uniform(0, 6) * self.streak
        ).astype(np.float32)
        self.loss = np.full_like(x, 0.05)
        self.z_map = (1 + 0.1 * self.fine + 0.25 * np.maximum(self.streak - 0.8, 0)).astype(np.float32)

    def ellipse(
        self, cx: float, cz: float, a: float, b: float, turn: float = 0.0, rough: float = 0.05
    ) -> Floats:
        """Signed distance inwards, mm roughly, with an uneven outline."""
        c, s = np.cos(turn), np.sin(turn)
        dx, dz = self.x - cx, self.z - cz
        p, q = (dx * c + dz * s) / a, (-dx * s + dz * c) / b
        inwards = (1 - np.sqrt(p * p + q * q)) * min(a, b)
        return np.asarray(inwards + rough * min(a, b) * self.coarse, np.float32)

    def bar(self, ax: float, az: float, bx: float, bz: float, radius: float) -> Floats:
        """Signed distance into a capsule, mm."""
        ux, uz = bx - ax, bz - az
        t = np.clip(((self.x - ax) * ux + (self.z - az) * uz) / max(ux * ux + uz * uz, 1e-3), 0, 1)
        return (radius - np.hypot(self.x - ax - t * ux, self.z - az - t * uz)).astype(np.float32)

    def paint(
        self,
        distance: Floats,
        echo_db: float,
        *,
        loss: float = 0.05,
        z: float = 1.0,
        soft: float = 0.6,
        rim_db: float = 0.0,
    ) -> None:
        """Fill where `distance` is positive."""
        share = np.clip(distance / soft + 0.5, 0, 1)
        rim = rim_db * np.exp(-(((distance - 0.5) / 0.6) ** 2))
        quiet = 0.1 if echo_db < -25 else 1.0
        body = echo_db + quiet * (2.2 * self.fine + 2 * self.coarse) + rim
        self.echo += (body - self.echo) * share
        self.loss += (loss - self.loss) * share
        self.z_map += (z + quiet * 0.08 * self.fine - self.z_map) * share

    def done(self) -> Tissue:
        flat = np.zeros_like(self.x)
        parts = np.zeros((len(NAMES), *self.x.shape), np.float32)
        return Tissue(
            self.echo.astype(np.float32),
            self.loss.astype(np.float32),
            self.z_map.astype(np.float32),
            flat,
            parts,
        )

    def middle(self, size: float) -> tuple[float, float]:
        """A place for something of half-size `size` mm, below the near field."""
        r = self.rng
        return float(r.normal(0, 0.12 * self.width)), float(r.uniform(0.35, 0.65) * self.depth + 0.1 * size)


def _fluid(c: Canvas, size: float = 1.0) -> None:
    r = c.rng
    if r.random() < 0.8:
        cx, cz = c.middle(10)
        a = size * r.uniform(0.2, 0.5) * c.width
        c.paint(
            c.ellipse(cx, cz, a, size * r.uniform(0.15, 0.4) * c.depth, r.uniform(-0.5, 0.5), 0.3),
            -48,
            loss=-0.04,
            z=0,
        )


def _head(c: Canvas) -> None:
    r = c.rng
    _fluid(c)
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


def _abdomen(c: Canvas) -> None:
    r = c.rng
    _fluid(c)
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


def _femur(c: Canvas) -> None:
    r = c.rng
    _fluid(c)
    cx, cz = c.middle(10)
    turn, length = r.normal(0, 0.4), r.uniform(10, 22) * c.width / 90
    dx, dz = length * np.cos(turn), length * np.sin(turn)
    c.paint(
        c.bar(cx - 1.2 * dx, cz - 1.2 * dz + 1, cx + 1.2 * dx, cz + 1.2 * dz + 1, r.uniform(5, 10)),
        -6,
        rim_db=5,
    )
    c.paint(c.bar(cx - dx, cz - dz, cx + dx, cz + dz, r.uniform(1, 1.8)), 14, loss=r.uniform(1, 4), z=3)


def _spine(c: Canvas) -> None:
    r = c.rng
    _fluid(c)
    cx, cz = c.middle(20)
    bend, pitch = r.normal(0, 0.008), r.uniform(3, 5)
    c.paint(c.ellipse(cx, cz + 8, 0.45 * c.width, r.uniform(12, 22), 0, 0.1), -5, rim_db=5)
    for k in range(-8, 9):
        x = cx + k * pitch
        z = cz + bend * (k * pitch) ** 2
        for dz in (0.0, r.uniform(4, 6)) if r.random() < 0.9 else (0.0,):
            c.paint(c.ellipse(x, z + dz, pitch * 0.34, 1.3), 12, loss=2.2, z=2.6)
    if r.random() < 0.6:
        for k in range(-6, 7):
            c.paint(
                c.bar(cx + k * pitch * 1.1, cz + 9, cx + k * pitch * 1.1 + 2, cz + 14, 0.9),
                10,
                loss=2.0,
                z=2.2,
            )


def _placenta(c: Canvas) -> None:
    r = c.rng
    _fluid(c, 1.3)
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


def _limbs(c: Canvas) -> None:
    r = c.rng
    _fluid(c, 1.2)
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


def _heart(c: Canvas) -> None:
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


def _layers(c: Canvas) -> None:
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


def _targets(c: Canvas) -> None:
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


def _air(c: Canvas) -> None:
    """No contact: reverberation stripes and noise."""
    r = c.rng
    c.echo[:] = -60
    c.z_map[:] = 0
    gap = r.uniform(1.0, 6.0)
    for k in range(1, 12):
        c.paint(
            (0.35 - np.abs(c.z - k * gap) + 0.05 * c.coarse).astype(np.float32), 14 - 3.2 * k, z=0.0, soft=0.5
        )
    c.echo += (r.uniform(5, 40) * np.exp(-c.z / r.uniform(3, 15))).astype(np.float32)


def _noise(c: Canvas) -> None:
    r = c.rng
    c.echo = (-60 + r.uniform(0, 30) * np.exp(-c.z / r.uniform(4, 30))).astype(np.float32)
    c.z_map[:] = 0


def _any(c: Canvas) -> None:
    """Whatever a machine's screen may show."""
    (_layers, _heart, _targets, _noise, _abdomen, _air)[int(c.rng.integers(6))](c)


_DRAW: dict[str, Callable[[Canvas], None]] = {
    "head": _head,
    "abdomen": _abdomen,
    "femur": _femur,
    "spine": _spine,
    "placenta": _placenta,
    "limbs": _limbs,
    "heart": _heart,
    "layers": _layers,
    "targets": _targets,
    "air": _air,
    "noise": _noise,
    "screen": _any,
}
OBSTETRIC = ("head", "abdomen", "femur", "spine", "placenta", "limbs")
"""Seen through a maternal wall."""


def other_scene(kind: OtherKind, x: Floats, z: Floats, rng: np.random.Generator) -> Tissue:
    """What the beams meet in a plane that shows no lips and no palate."""
    canvas = Canvas(x, z, rng)
    _DRAW[kind](canvas)
    return canvas.done()
