"""A plane to draw tissue on, with the few shapes that all flat drawings are made of."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from capture.phantom.anatomy import Tissue
from capture.phantom.face import NAMES
from capture.phantom.volume import drift, texture

Floats = NDArray[np.float32]
Window = tuple[float, float, float, float]
"""Left, top, right, bottom of what the picture shows of the probe's plane, mm."""


class Canvas:
    """Echo, loss and impedance over points (x, z) of the probe's plane, mm; painted back to front."""

    def __init__(self, x: Floats, z: Floats, rng: np.random.Generator, window: Window | None = None) -> None:
        self.x, self.z, self.rng = x, np.maximum(z, 0), rng
        left, self.top, right, self.depth = window or (float(x.min()), 0.0, float(x.max()), float(z.max()))
        self.width, self.height, self.centre = right - left, self.depth - self.top, (left + right) / 2
        self.unit = min(self.width, self.height) / 100
        """A hundredth of the picture's shorter side, mm: sizes of shapes follow what is shown."""
        o = rng.uniform(0, 64, 3)
        # Grain keeps to mm, as tissue does; unevenness follows the picture half of the way.
        wide = np.float32(0.25 * (60 / max(self.width, 20.0)) ** rng.uniform(0, 1))
        self.fine = texture(x * 0.9 + o[0], z * 0.9 + o[1], np.full_like(x, o[2]))
        self.coarse = drift(x * wide + o[1], z * wide + o[2], np.full_like(x, o[0]))
        self.streak = drift(x * 0.16 + o[2], z * 0.8 + o[0], np.full_like(x, o[1]))
        base = rng.uniform(-14, 2)
        self.echo = (
            base + 2.5 * self.fine + rng.uniform(1, 5) * self.coarse + rng.uniform(0, 6) * self.streak
        ).astype(np.float32)
        self.loss = np.full_like(x, 0.05)
        self.z_map = (1 + 0.1 * self.fine + 0.25 * np.maximum(self.streak - 0.8, 0)).astype(np.float32)

    def chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    def between(self, low: float, high: float) -> float:
        return float(self.rng.uniform(low, high))

    def middle(self, size: float = 0.0) -> tuple[float, float]:
        """A place for something of half-size `size` mm, off the edges."""
        r = self.rng
        return (
            float(self.centre + r.normal(0, 0.12 * self.width)),
            float(self.top + r.uniform(0.35, 0.65) * self.height + 0.1 * size),
        )

    def anywhere(self) -> tuple[float, float]:
        r = self.rng
        return (
            float(self.centre + r.uniform(-0.45, 0.45) * self.width),
            float(self.top + r.uniform(0.08, 0.95) * self.height),
        )

    def ellipse(
        self, cx: float, cz: float, a: float, b: float, turn: float = 0.0, rough: float = 0.05
    ) -> Floats:
        """Signed distance inwards, mm roughly, with an uneven outline."""
        c, s = np.float32(math.cos(turn)), np.float32(math.sin(turn))
        dx, dz = self.x - np.float32(cx), self.z - np.float32(cz)
        p, q = (dx * c + dz * s) / np.float32(a), (dz * c - dx * s) / np.float32(b)
        size = np.float32(min(a, b))
        inwards = (1 - np.sqrt(p * p + q * q)) * size
        return np.asarray(inwards + np.float32(rough) * size * self.coarse, np.float32)

    def bar(self, ax: float, az: float, bx: float, bz: float, radius: float) -> Floats:
        """Signed distance into a capsule, mm."""
        ux, uz = np.float32(bx - ax), np.float32(bz - az)
        dx, dz = self.x - np.float32(ax), self.z - np.float32(az)
        t = np.clip((dx * ux + dz * uz) / np.float32(max(float(ux * ux + uz * uz), 1e-3)), 0, 1)
        return np.asarray(np.float32(radius) - np.hypot(dx - t * ux, dz - t * uz), np.float32)

    def ray(self, cx: float, cz: float, angle: float, length: float, radius: float) -> Floats:
        """A bar from a point in a direction."""
        return self.bar(cx, cz, cx + length * math.cos(angle), cz + length * math.sin(angle), radius)

    def band(
        self, at: float, thick: float, slope: float = 0.0, bow: float = 0.0, wave: float = 0.0
    ) -> Floats:
        """Signed distance into a stripe across the picture at depth `at`; `bow` bends it, `wave` is in mm."""
        dx = self.x - np.float32(self.centre)
        line = np.float32(at) + np.float32(slope) * dx + np.float32(wave) * self.coarse
        line = line + np.float32(bow / max(self.width, 1.0)) * dx * dx
        return np.asarray(np.float32(thick / 2) - np.abs(self.z - line), np.float32)

    def arc(self, outline: Floats, thick: float, gaps: float = 0.0) -> Floats:
        """The edge of a shape as a stripe; `gaps` 0 to 1 breaks it up."""
        edge = np.float32(thick / 2) - np.abs(outline)
        if gaps > 0:
            edge = edge - np.float32(gaps * thick) * np.maximum(self.streak + self.coarse, 0)
        return np.asarray(edge, np.float32)

    def paint(
        self,
        distance: Floats,
        echo_db: float,
        *,
        loss: float = 0.05,
        z: float = 1.0,
        soft: float = 0.6,
        rim_db: float = 0.0,
        grain: float = 1.0,
    ) -> None:
        """Fill where `distance` is positive."""
        share = np.clip(distance / np.float32(soft) + np.float32(0.5), 0, 1)
        quiet = np.float32(0.1 if echo_db < -25 else grain)
        body = np.float32(echo_db) + quiet * (np.float32(2.2) * self.fine + 2 * self.coarse)
        if rim_db:
            body = body + np.float32(rim_db) * np.exp(
                -(((distance - np.float32(0.5)) / np.float32(0.6)) ** 2)
            )
        self.echo += (body - self.echo) * share
        self.loss += (np.float32(loss) - self.loss) * share
        self.z_map += (np.float32(z) + quiet * np.float32(0.08) * self.fine - self.z_map) * share

    def fluid(self, size: float = 1.0, odds: float = 0.8) -> None:
        """A pocket of amniotic fluid, mostly."""
        if self.chance(odds):
            cx, cz = self.middle(10)
            a, b = (
                size * self.between(0.2, 0.5) * self.width,
                size * self.between(0.15, 0.4) * self.height,
            )
            pocket = self.ellipse(cx, cz, a, b, self.between(-0.5, 0.5), 0.3)
            self.paint(pocket, self.between(-52, -36), loss=-0.04, z=0)

    def wall(self, odds: float = 0.6) -> None:
        """Streaks of fat, fascia and muscle under the probe, mostly."""
        if self.chance(odds):
            edge = self.top + self.between(0.05, 0.3) * self.height
            near = (edge - self.z + 3 * self.unit * self.coarse).astype(np.float32)
            share = np.clip(near / 2 + np.float32(0.5), 0, 1)
            streaks = self.between(-8, 4) + self.between(3, 9) * self.streak + 2 * self.fine
            self.echo += ((streaks - self.echo) * share).astype(np.float32)
            steps = 1 + np.float32(0.3) * np.maximum(self.streak - np.float32(0.5), 0)
            self.z_map += (steps - self.z_map) * share

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


def union(shapes: Iterable[Floats]) -> Floats:
    """What any of the shapes covers; there must be one."""
    return reduce(np.maximum, shapes)
