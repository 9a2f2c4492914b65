"""A fetal face as height fields w(u, v): skin with nose, lips, chin; bone behind; the cleft cut out of it.

Lengths in mm. By gestational age GA in weeks: philtrum exp(2.7786 - 23.477/GA), chin exp(3.7922 - 28.043/GA)
(Gull et al. 2005); interocular distance 11.1 at 18 to 14.5 at 24 weeks (BMC s12884-017-1602-3). Nose width
8-11, mouth width 10-14, nostrils 1.5-2.5 wide and 4-5 apart, arch 14-20 wide are rough textbook values.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.phantom.parameters import Cleft, Fetus

Floats = NDArray[np.float32]

STEP_MM = 0.35
U_MM, V_LOW_MM, V_HIGH_MM = 29.4, -28.0, 42.0
NAMES = ("nostrils", "upper_lip", "lower_lip", "nose", "ridge")


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """Grids over (v, u), float32, v and u rising with the index from `V_LOW_MM` and `-U_MM`."""

    skin: Floats
    """(h, w, 4): height mm with the cleft, height without it, 1/slope factor, upper-lip weight 0-1."""
    bone: Floats
    """(h, w): height of the bone's front mm."""
    pits: Floats
    """(h, w): nostril weight 0-1."""
    size: float
    """Length against 22 weeks."""
    lip_mm: float
    """Height of the upper lip: philtrum length."""
    front_mm: float
    """w of the lips' foremost point."""
    nose_v_mm: float


def philtrum_length_mm(age_weeks: float) -> float:
    """Gull et al. 2005."""
    return math.exp(2.7786 - 23.477 / age_weeks)


def chin_length_mm(age_weeks: float) -> float:
    """Gull et al. 2005."""
    return math.exp(3.7922 - 28.043 / age_weeks)


def _bump(axis: Floats, centre: float, width: float, power: float = 2.0) -> Floats:
    return np.asarray(np.exp(-(np.abs((axis - np.float32(centre)) / np.float32(width)) ** power)), np.float32)


def _step(x: Floats, edge: float, soft: float) -> Floats:
    """0 below, 1 above `edge`, over about `soft`."""
    return np.asarray(np.clip((x - np.float32(edge)) / np.float32(soft) + np.float32(0.5), 0, 1), np.float32)


class _Humps:
    """Separable humps on one grid, put together at the end without a new grid for each."""

    def __init__(self, u: Floats, v: Floats) -> None:
        self._u, self._v = u, v
        self._columns: list[Floats] = []
        self._rows: list[Floats] = []

    def across(self, down: Floats, along: Floats) -> None:
        """The hump with these profiles over v and over u."""
        self._columns.append(down)
        self._rows.append(along)

    def add(
        self, height: float, cu: float, wu: float, cv: float, wv: float, pu: float = 2, pv: float = 2
    ) -> None:
        """`height` mm at (`cu`, `cv`), as wide as `wu` by `wv`, with edges as steep as the powers."""
        self.across(np.float32(height) * _bump(self._v, cv, wv, pv), _bump(self._u, cu, wu, pu))

    def one(self, cu: float, wu: float, cv: float, wv: float, power: float) -> Floats:
        """A hump of height 1 by itself."""
        return np.outer(_bump(self._v, cv, wv, power), _bump(self._u, cu, wu, power))

    def onto(self, ground: Floats) -> Floats:
        """(v, u) mm: all of them on top of `ground`."""
        total, one = ground.copy(), np.empty_like(ground)
        for down, along in zip(self._columns, self._rows, strict=True):
            np.multiply(down[:, None], along, out=one)
            total += one
        return total


def lip_cleft(fetus: Fetus) -> Cleft:
    """What the face shows of the cleft: nothing where only the palate has it."""
    return Cleft() if fetus.cleft.extent == "isolated" else fetus.cleft


def scar_line(fetus: Fetus, lip_mm: float, v: Floats) -> Floats:
    """Where (u) a healed cleft lies at heights v, where a cleft of that side would be."""
    t = np.clip(v * np.float32(1 / lip_mm), 0, 1)
    return np.asarray(np.copysign(2.3 / 5.5 * lip_mm, fetus.scar_mm) * (1.12 - 0.2 * t), np.float32)


def cleft_lines(fetus: Fetus, lip_mm: float) -> list[tuple[float, float, float, float]]:
    """The gaps as (u at the lip's border, u at the top, width at the border, width at the top), mm."""
    cleft = lip_cleft(fetus)
    if cleft.kind == "none":
        return []
    off = 2.3 * lip_mm / 5.5
    top = 0.45 if cleft.height >= 1 else 0.12
    if cleft.kind == "median":
        return [(0.0, 0.0, cleft.width_mm, cleft.width_mm * 0.75)]
    sides = {"uni_left": [1.0], "uni_right": [-1.0], "bilateral": [1.0, -1.0], "notch": [cleft.side]}[
        cleft.kind
    ]
    return [(s * off * 1.12, s * off * 0.92, cleft.width_mm, cleft.width_mm * top) for s in sides]


@lru_cache(maxsize=8)
def build_face(fetus: Fetus) -> Face:
    """The grids of one fetus; about 3 ms, cached for cines."""
    u = np.arange(-U_MM, U_MM, STEP_MM, dtype=np.float32)
    v = np.arange(V_LOW_MM, V_HIGH_MM, STEP_MM, dtype=np.float32)
    lip = philtrum_length_mm(fetus.age_weeks) * fetus.scale
    size = lip / philtrum_length_mm(22.0)
    chin_mm = chin_length_mm(fetus.age_weeks) * fetus.scale
    cleft = lip_cleft(fetus)
    rough = np.random.default_rng(fetus.seed)
    wide, median = fetus.width * size, cleft.kind == "median"
    nose = fetus.nose * (0.55 if median else 1.0)

    humps = _Humps(u, v)
    base = (
        np.float32(6 * size)
        - np.float32(15 * size) * (np.abs(u) / np.float32(23 * wide)) ** np.float32(2.6)
        - np.float32(11 * size) * (np.abs(v - 8 * size) / np.float32(34 * size))[:, None] ** np.float32(2.4)
    ).astype(np.float32)
    neck = _step(-v, chin_mm + 4.5 * size, 7 * size)[:, None] * np.float32(14 * size)
    h = base - neck
    half_mouth, nose_v = 6.4 * wide, lip + 2.9 * size
    side = cleft.side if cleft.kind in ("uni_left", "uni_right", "notch") else 0.0
    bend = cleft.deformity * min(1.0, cleft.width_mm / 4) * (0.0 if cleft.kind == "notch" else 1.0)
    # Nose: tip pulled away from the cleft, the nostril on its side wide and flat.
    tip = -side * 0.9 * bend * size
    humps.add(5.2 * size * nose, tip, 3.2 * size, nose_v + 0.5, 3.3 * size)
    humps.add(2.4 * size * nose, tip * 0.5, 2.5 * size, nose_v + 4.5 * size, 4.2 * size)
    humps.add(-3.6 * size, 0, 15 * size, nose_v + 9 * size, 6.5 * size)
    pits = np.zeros_like(h)
    for s in (-1.0, 1.0):
        on = bend if (side == s or cleft.kind == "bilateral") else 0.0
        ala_u = s * (3.7 + 0.9 * on) * size * fetus.nose
        humps.add(
            (3.1 - 1.1 * on) * size * nose, ala_u, 1.9 * size, nose_v - 0.9 * size - 0.5 * on, 2.0 * size
        )
        if not median or cleft.width_mm < 4:
            pit = humps.one(
                s * (2.15 + 0.9 * on) * size + tip * 0.6,
                (0.95 + 0.55 * on) * size,
                nose_v - 1.5 * size,
                (0.85 - 0.25 * on) * size,
                3,
            )
            pits = np.maximum(pits, pit)
    # Lips: each a soft roll, the upper with its groove, the slit bowed like Cupid's bow.
    bow = (np.float32(0.5 * size) * (_bump(u, 0, 3.4 * wide) - 0.6 * _bump(u, 0, 1.1 * size))).astype(
        np.float32
    )
    vb = v[:, None] - bow[None, :]
    open_mm = fetus.mouth_open_mm
    upper_v, lower_v = 0.45 * lip + open_mm / 2, -2.3 * size - open_mm / 2
    across = _bump(u, 0, half_mouth, 4)[None, :]
    upper = np.exp(-(((vb - upper_v) / (0.52 * lip)) ** 2)) * across
    lower = np.exp(-(((vb - lower_v) / (2.0 * size)) ** 2)) * _bump(u, 0, half_mouth * 0.88, 4)[None, :]
    h = h + np.float32(3.0 * size * fetus.lips) * upper + np.float32(2.7 * size * fetus.lips) * lower
    red = np.exp(-(((vb - open_mm / 2 - 0.9 * size) / (0.7 * size)) ** 2)) * across
    h = h + np.float32(0.7 * size) * red
    groove = (
        _bump(u, 0, 0.95 * size)
        - 0.45 * _bump(u, -1.7 * size, 0.7 * size)
        - 0.45 * _bump(u, 1.7 * size, 0.7 * size)
    )
    humps.across(-fetus.philtrum_mm * _bump(v, 0.62 * lip, 0.42 * lip, 4), groove)
    slit = np.exp(-(((vb / np.float32(0.35 * size + open_mm / 2)) ** 2) ** 2)) * _bump(u, 0, half_mouth, 8)
    h = h - np.float32(6.0 * size + 1.5 * open_mm) * slit
    humps.add(-1.4 * size, 0, 6 * size, -0.56 * chin_mm, 1.5 * size)
    humps.add(3.2 * size * fetus.chin, 0, 5.6 * size, -0.92 * chin_mm, 3.4 * size)
    for s in (-1.0, 1.0):
        humps.add(1.9 * size, s * 11 * wide, 5.5 * size, 1.5 * size, 7 * size)
    # Lids over the orbits, brow above.
    eye = (11.1 + (fetus.age_weeks - 18) * 0.57) * 0.5 * fetus.scale + 3.2 * size
    for s in (-1.0, 1.0):
        humps.add(1.6 * size, s * eye * (0.8 if median else 1), 4.2 * size, nose_v + 9 * size, 2.6 * size)
    humps.add(2.2 * size, 0, 15 * size, nose_v + 16 * size, 5 * size)
    # Nobody's face is a formula: low bumps of about half a millimetre.
    for _ in range(10):
        humps.add(
            rough.normal(0, 0.45 * size),
            rough.uniform(-14, 14),
            rough.uniform(2.5, 7),
            rough.uniform(-14, 16),
            rough.uniform(2.5, 7),
        )
    if cleft.kind == "bilateral":
        humps.add(
            2.2 * size * cleft.deformity * min(1, cleft.width_mm / 3), 0, 2.0 * size, 0.6 * lip, 2.3 * size
        )
    if fetus.scar_mm:
        away = u[None, :] - scar_line(fetus, lip, v)[:, None]
        on_lip = _step(v, open_mm / 2 - 0.3 * size, 0.6) * _step(-v, -0.95 * lip, 0.8)
        h = h - np.float32(abs(fetus.scar_mm)) * np.exp(-((away / np.float32(0.55)) ** 2)) * on_lip[:, None]
    whole = humps.onto(h) - np.float32(9.0 * size) * pits
    bone = (base - neck * 0.7 - np.float32(3.4 * size)).astype(np.float32)
    cut = np.zeros_like(whole)
    for low_u, high_u, low_w, high_w in cleft_lines(fetus, lip):
        top_v = cleft.height * (nose_v - 1.4 * size) if cleft.kind != "notch" else cleft.height * lip
        t = np.clip(v / np.float32(max(top_v, 0.5)), -0.3, 1.0).astype(np.float32)
        wobble = 0.25 * np.sin(v * 1.1 + rough.uniform(0, 6)).astype(np.float32)
        centre = low_u + (high_u - low_u) * t + wobble
        half = 0.5 * (low_w + (high_w - low_w) * t)
        inside = (half[:, None] - np.abs(u[None, :] - centre[:, None])) / np.float32(0.35) + np.float32(0.5)
        reach = _step(-v, -top_v, 0.7) * _step(v, open_mm / 2 - 0.3 * size, 0.6)
        cut = np.maximum(cut, np.clip(inside, 0, 1) * reach[:, None])
        # The borders are rounded rolls.
        roll = np.exp(-(((np.abs(u[None, :] - centre[:, None]) - half[:, None] - 0.9) / 0.8) ** 2))
        whole = (
            whole
            + np.float32(0.5 * size * cleft.deformity * min(1.0, cleft.width_mm / 2)) * roll * reach[:, None]
        )
    floor = np.minimum(whole, base - np.float32((0.5 if cleft.kind == "notch" else 3.0) * size))
    skin = whole + (floor - whole) * cut
    if fetus.asymmetry:
        skin, whole, bone, upper, pits = (
            _sheared(g, fetus.asymmetry) for g in (skin, whole, bone, upper, pits)
        )
    dv, du = np.gradient(skin, STEP_MM)
    slope = 1 / np.sqrt(1 + np.minimum(du * du + dv * dv, 3))
    lip_zone = upper * _step(np.broadcast_to(vb, h.shape), open_mm / 2 - 0.6, 0.6)
    front = float((base[:, u.size // 2] + 3 * size)[np.searchsorted(v, upper_v)])
    return Face(
        np.ascontiguousarray(np.stack([skin, whole, slope, lip_zone], -1), np.float32),
        np.ascontiguousarray(bone, np.float32),
        np.ascontiguousarray(pits, np.float32),
        float(size),
        float(lip),
        front,
        float(nose_v),
    )


def _sheared(grid: Floats, amount: float) -> Floats:
    """Each row shifted sideways by `amount` mm per mm of height."""
    shear = np.array([[1, amount, amount * V_LOW_MM / STEP_MM], [0, 1, 0]], np.float32)
    size = (grid.shape[1], grid.shape[0])
    out = cv2.warpAffine(np.ascontiguousarray(grid, np.float32), shear, size, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(out, np.float32)
