"""The fetus and what surrounds it, asked for at any points: echo, attenuation, impedance, and the truth."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.phantom.face import NAMES, STEP_MM, U_MM, V_LOW_MM, Face, build_face, scar_line
from capture.phantom.parameters import Fetus, Surround, Tube
from capture.phantom.volume import coarse, coarse_drift, enlarged, texture

Floats = NDArray[np.float32]
FLUID_DB = -60.0
SLICE_MM = 0.45
"""Share of the slice's thickness that softens a surface lying in it."""


@dataclass(slots=True, eq=False)
class Tissue:
    """What the beams meet, float32 (depth, beams)."""

    echo_db: Floats
    """Scatter strength against fetal soft tissue."""
    loss_db_mm: Floats
    """Attenuation beyond what the machine makes up for; negative in fluid."""
    impedance: Floats
    """Arbitrary units: 0 fluid, about 1 soft tissue, 3 bone; its steps are the bright interfaces."""
    gap: Floats
    """Share of the point that a cleft took away, 0 to 1."""
    parts: Floats
    """(len(NAMES), depth, beams) membership of named anatomy, 0 to 1."""


def _soft(x: Floats, width: float) -> Floats:
    """0 where x is negative, 1 where positive, over `width`."""
    return np.asarray(np.clip(x / np.float32(width) + np.float32(0.5), 0, 1), np.float32)


def _bell(x: Floats, centre: float, width: float) -> Floats:
    """exp(-((x - centre) / width)^2)."""
    out = (x - np.float32(centre)) * np.float32(1 / width)
    out *= -out
    # Below the least normal number, `cv2.exp` takes twenty times as long.
    np.maximum(out, np.float32(-80), out=out)
    return np.asarray(cv2.exp(out), np.float32)


def _far(*parts: Floats) -> Floats:
    """Root of the sum of squares."""
    total = parts[0] * parts[0]
    for part in parts[1:]:
        total += part * part
    return np.asarray(np.sqrt(total, out=total), np.float32)


def _share(depth: Floats, edge: Floats) -> Floats:
    """`_soft` with a width for each point."""
    return np.asarray(np.clip(depth / edge + np.float32(0.5), 0, 1), np.float32)


def fetal_scene(fetus: Fetus, surround: Surround, u: Floats, v: Floats, w: Floats) -> Tissue:
    """The head, fluid, uterine wall and tubes at points in mm of the fetal frame."""
    face = build_face(fetus)
    s = face.size
    at_x, at_y = (
        (u + np.float32(U_MM)) / np.float32(STEP_MM),
        (v - np.float32(V_LOW_MM)) / np.float32(STEP_MM),
    )
    skin = cv2.remap(face.skin, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    height, whole, slope, lip = (np.asarray(plane, np.float32) for plane in cv2.split(skin))
    front, pits = (
        np.asarray(
            cv2.remap(plane, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32
        )
        for plane in (face.bone, face.pits)
    )
    beyond = np.maximum(np.abs(u) - np.float32(U_MM - 1), 0) * 3
    side = np.float32(26 * s) * np.sqrt(np.maximum(1 - ((w + 30 * s) / np.float32(60 * s)) ** 2, 0)) - np.abs(
        u
    )
    depth = np.minimum((height - beyond - w) * slope, side)  # mm under the skin, negative outside
    uncut = np.minimum((whole - beyond - w) * slope, side)
    # The slice is thick: where the surface runs along it, its edge is soft; across it, sharp.
    edge = np.float32(0.4) + np.float32(SLICE_MM) * slope * slope
    inside = _share(depth, edge)
    offset = (fetus.seed * 7919) % 64
    grain = texture(u * 1.1 + offset, v * 1.1, w * 1.1)
    fibre = texture(u * 0.5 + 17, v * 1.7, w * 0.9 + offset)
    u4, v4, w4 = coarse(u), coarse(v), coarse(w)
    blotch4 = coarse_drift(u4 * 0.33, v4 * 0.33 + offset, w4 * 0.33)
    broad4 = coarse_drift(u4 * 0.12 + offset, v4 * 0.12, w4 * 0.12 + 9)
    strand4 = coarse_drift(u4 * 0.2, v4 * 0.9 + offset, w4 * 0.4 + 31)
    uneven = enlarged(2.7 * blotch4 + 2.8 * broad4 + 1.9 * strand4, u.shape)

    flesh = uneven - 0.8
    flesh += 1.6 * grain
    flesh += 1.6 * fibre
    # Skin shines here and there, muscle under it is dark, and the deep cheek darker than the lips.
    shine = np.maximum(np.float32(4.0) + np.float32(0.9) * uneven, 0)
    flesh += shine * _bell(depth, 0.4, 0.45)
    flesh -= 2.0 * _bell(depth, 1.9, 0.9) * lip
    flesh -= np.clip(depth - 2.5, 0, 8) * np.float32(0.25)
    if fetus.scar_mm:
        flesh += 9.0 * _bell(u - scar_line(fetus, face.lip_mm, v), 0, 0.45) * lip
    impedance = 1.0 + 0.06 * grain + 0.05 * fibre
    loss = np.full_like(u, 0.05)

    under = front - w  # mm behind the front of the bone
    bone = np.zeros_like(u)
    near = (under > -3 * s) & (inside > 0) | (whole - w > 0.3) & (inside < 1) & (np.abs(u) < 12 * s) & (
        under > -6 * s
    )
    rows, columns = np.flatnonzero(near.any(1)), np.flatnonzero(near.any(0))
    if rows.size:
        box = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
        here = [g[box] for g in (u, v, w, under, inside, flesh, impedance, loss)]
        bone[box] = _skeleton(face, fetus, *here) * near[box]

    # Where the cleft took tissue away, over lips and bone alike.
    lost = _share(uncut, edge) - inside
    gap = np.maximum(np.clip(lost, 0, 1) * ((np.abs(u) < 9 * s) & (v > -3 * s) & (v < face.nose_v_mm)), bone)
    solid = inside * (1 - bone)

    outside_db, outside_loss, outside_z = _around(fetus, surround, face, u, v, w, uncut)
    echo = outside_db + (flesh - outside_db) * solid
    impedance = outside_z + (impedance - outside_z) * solid
    loss = outside_loss + (loss - outside_loss) * solid
    below = solid * ((v > -16 * s) & (w > 3.0 * s) & (np.abs(u) < 8 * s))
    above = solid * ((v < face.nose_v_mm + 6 * s) & (w > 5.5 * s) & (np.abs(u) < 5.5 * s))
    parts = np.stack(
        [
            np.clip(pits * ((depth < 0.3) & (w < face.front_mm + 4 * s) & (w > 0)), 0, 1),
            lip * solid * (w > 2.5 * s),
            _soft(-v - 0.3 * s - fetus.mouth_open_mm / 2, 0.5) * below,
            _soft(v - face.lip_mm * 0.95, 0.5) * above,
            np.clip(solid * ((flesh > 8) & (np.abs(v - 2 * s) < 4 * s) & (np.abs(u) < 11 * s)), 0, 1),
        ]
    ).astype(np.float32, copy=False)
    assert len(parts) == len(NAMES)
    tissue = Tissue(
        echo.astype(np.float32, copy=False),
        loss.astype(np.float32, copy=False),
        impedance.astype(np.float32, copy=False),
        gap.astype(np.float32, copy=False),
        parts,
    )
    for tube in surround.tubes:
        _add_tube(tissue, tube, u, v, w, grain)
    return tissue


def _skeleton(
    face: Face,
    fetus: Fetus,
    u: Floats,
    v: Floats,
    w: Floats,
    under: Floats,
    inside: Floats,
    flesh: Floats,
    impedance: Floats,
    loss: Floats,
) -> Floats:
    """Bone, mouth and brain painted into the flesh; returns the share that a cleft takes out of the ridge."""
    s = face.size
    ridge_v = 1.6 * s
    # The two arches: C-shaped ridges with tooth buds.
    lost = np.zeros_like(u)
    centre_w = 2.2 * s - 8.6 * s
    for upper in (True, False):
        at_v, radius = (ridge_v, 8.6 * s) if upper else (-6.5 * s - fetus.mouth_open_mm, 7.8 * s)
        radius *= 0.5 + 0.5 * fetus.width
        band = _soft(np.float32(3.2 * s) - np.abs(v - np.float32(at_v)), 0.8)
        if not band.any():
            continue
        r = _far(u * np.float32(1.06), w - np.float32(centre_w if upper else centre_w - 0.6 * s))
        ahead = _soft(w - np.float32(centre_w - 7 * s), 2.0)
        arch = _soft(np.float32(1.9 * s) - np.abs(r - np.float32(radius)), 0.6) * band * ahead
        if not arch.any() and not (r < radius).any():
            continue
        angle = np.asarray(cv2.phase(w - np.float32(centre_w), u), np.float32)
        angle[angle > math.pi] -= np.float32(2 * math.pi)
        bud_step = 3.3 * s / radius
        along = (angle / np.float32(bud_step) - np.rint(angle / np.float32(bud_step))) * np.float32(3.3 * s)
        bud = _bell(_far(along / (0.95 * s), (r - radius) / (0.95 * s), (v - at_v) / (1.8 * s)), 0, 1)
        bud *= np.abs(angle) < 1.9
        rim = _bell(r, radius + 1.4 * s, 0.7 * s)
        flesh += arch * (8 + 4 * rim - 26 * np.clip(bud * 1.3, 0, 0.9))
        impedance += arch * (1.0 + 1.2 * rim - 1.2 * np.clip(bud, 0, 1))
        loss += arch * np.float32(1.1)
        cleft = fetus.cleft
        if upper and cleft.kind not in ("none", "notch") and cleft.extent in ("alveolus", "palate"):
            width = max(1.2, cleft.width_mm * 0.8)
            at = {"uni_left": [3.1], "uni_right": [-3.1], "bilateral": [3.1, -3.1], "median": [0.0]}[
                cleft.kind
            ]
            for c in at:
                # The gap runs inwards and towards the middle; with the palate it runs on behind the ridge.
                line = np.float32(c * s) * np.clip((w - centre_w) / np.float32(radius), 0.0, 1.3)
                cut = _soft(np.float32(width / 2) - np.abs(u - line), 0.5) * band
                reach = np.float32(2.6 * s if cleft.extent == "alveolus" else 15.0 * s)
                cut = (
                    cut
                    * _soft(w - (np.float32(centre_w + radius) - reach), 0.8)
                    * _soft(-under + 8 * s, 16.0 * s)
                )
                cut = cut * (under > -1.5)
                lost = np.maximum(lost, cut * np.maximum(arch, (r < radius) * 0.999) * (r < radius + 2.2 * s))
    # Palate, tongue and the cavity behind them.
    plate = _soft(np.float32(0.8 * s) - np.abs(v - np.float32(4.6 * s + 0.05 * s) - 0.02 * u * u), 0.5)
    plate *= (_far(u * np.float32(1.06), w - np.float32(centre_w)) < 9 * s) & (w > centre_w - 9 * s)
    if fetus.cleft.kind != "none" and fetus.cleft.extent == "isolated":
        # Through the plate and the mucosa on both its sides, from behind the incisive foramen backwards.
        behind = np.float32(centre_w + 4.0 * s) - w
        wide = np.float32(fetus.cleft.width_mm / 2) * np.clip(behind / np.float32(6 * s), 0.15, 1)
        hole = _soft(wide - np.abs(u), 0.5) * _soft(behind, 1.0) * _soft(np.float32(13 * s) - behind, 1.5)
        hole *= _soft(np.float32(2.2 * s) - np.abs(v - np.float32(4.65 * s)), 0.6)
        lost = np.maximum(lost, hole)
    flesh += plate * 8
    impedance += plate * 0.9
    loss += plate * 0.8
    tongue = _soft(
        1 - (u / (6.5 * s)) ** 2 - ((v + 2.2 * s) / (3.6 * s)) ** 2 - ((w + 8 * s) / (9.5 * s)) ** 2, 0.25
    )
    raphe = _bell(u, 0, 0.6)
    flesh += tongue * (-3 + 4 * raphe)
    septum = _bell(u, 0, 0.7 * s) * ((v > 5 * s) & (v < 16 * s) & (under > 1) & (under < 16 * s))
    flesh += septum * 7
    within = (v > 6.5 * s) & (v < 14 * s) & (under > 2) & (under < 15 * s)
    airway = _bell(np.abs(u), 2.6 * s, 1.1 * s) * within
    flesh -= airway * 14
    # Facial and frontal bone above and beside the mouth, and the skull with the brain behind.
    shell = _bell(under, 0.9, 0.9) * inside
    face_bone = shell * _soft(np.maximum(v - np.float32(9 * s), np.abs(u) - np.float32(9 * s)), 3.0)
    eye = (11.1 + (fetus.age_weeks - 18) * 0.57) * 0.5 * fetus.scale + 3.2 * s
    sideways, upwards = np.abs(u) - np.float32(eye), v - np.float32(face.nose_v_mm + 8.5 * s)
    ball = _far(sideways, upwards, w + np.float32(5 * s))
    globe = _soft(np.float32(5.6 * s) - ball, 0.6)
    socket = _bell(ball, 6.4 * s, 0.8)
    face_bone *= 1 - np.clip(globe + (ball < 7 * s), 0, 1)
    flesh += 11 * face_bone + 7 * socket * inside
    lens = _bell(_far(sideways, upwards, w + np.float32(1.5 * s)), 1.6 * s, 0.5)
    flesh -= globe * (34 - 22 * lens)
    impedance += 1.6 * face_bone + 0.5 * socket
    loss += 1.4 * face_bone
    q = _far(u / (24 * s), (v - 24 * s) / (27 * s), (w + 31 * s) / (33 * s))
    skull = _bell(q, 1, 1.1 / 26) * inside
    brain = _soft(0.97 - q, 0.03)
    flesh += 12 * skull - 9 * brain
    impedance += 1.8 * skull - 0.1 * brain
    loss += 0.9 * skull
    return np.clip(lost, 0, 1).astype(np.float32)


def _around(
    fetus: Fetus, surround: Surround, face: Face, u: Floats, v: Floats, w: Floats, depth: Floats
) -> tuple[Floats, Floats, Floats]:
    """Fluid pocket and uterine wall: echo, loss and impedance."""
    s = face.size
    shift = (fetus.seed * 104729) % 64
    u4, v4, w4 = coarse(u), coarse(v), coarse(w)
    lumpy = coarse_drift(u4 * 0.10 + shift, v4 * 0.10, w4 * 0.10)
    lumpy += 0.5 * coarse_drift(u4 * 0.27, v4 * 0.27 + shift, w4 * 0.27)
    room4 = np.maximum(np.float32(surround.pocket_mm) * (1 + np.float32(surround.pocket_noise) * lumpy), 0.3)
    room = enlarged(room4, u.shape)
    # How far from the face this point lies, roughly: outwards from the skin, and from the face's middle.
    away = np.maximum(-depth, 0) * 0.8 + np.maximum(_far(u, (v - 3 * s) * 0.85) - 13 * s, 0) * 0.8
    wall = away - room
    fluid = _soft(-wall, 0.8)
    strand4 = coarse_drift(u4 * 0.13 + 5, v4 * 0.75 + shift, w4 * 0.5 + v4 * 0.2)
    broad4 = coarse_drift(u4 * 0.09 + shift, v4 * 0.2, w4 * 0.15 + 23)
    strand = enlarged(strand4, u.shape)
    tissue = enlarged(
        np.float32(surround.tissue_db - 3)
        + np.float32(surround.streaks_db) * (0.75 * strand4 + 0.45 * broad4),
        u.shape,
    )
    tissue += 2.5 * texture(u * 0.8, v * 0.8, w * 0.8 + shift)
    tissue += 6 * _bell(wall, 0.6, 0.7)
    echo = tissue + (np.float32(surround.turbidity_db) - tissue) * fluid
    z = (1 - fluid) * (1.0 + 0.1 * strand + 0.45 * np.maximum(strand - 1.1, 0))
    return echo.astype(np.float32), (0.02 - 0.06 * fluid).astype(np.float32), z.astype(np.float32)


def _add_tube(tissue: Tissue, tube: Tube, u: Floats, v: Floats, w: Floats, grain: Floats) -> None:
    """A capsule laid over what is there: cord with vessels, finger or limb with bone."""
    start, end = np.asarray(tube.start, np.float32), np.asarray(tube.end, np.float32)
    along = end - start
    length2 = float(along @ along) or 1.0
    radius = np.float32(tube.radius_mm)

    def apart(at: tuple[slice, slice]) -> tuple[Floats, Floats, Floats, Floats]:
        du, dv, dw = u[at] - start[0], v[at] - start[1], w[at] - start[2]
        t = np.clip((du * along[0] + dv * along[1] + dw * along[2]) / np.float32(length2), 0, 1)
        return du - t * along[0], dv - t * along[1], dw - t * along[2], t

    du, dv, dw, _ = apart((slice(None, None, 8), slice(None, None, 8)))
    close = np.argwhere(du * du + dv * dv + dw * dw < (radius + 6) ** 2)
    if not close.size:
        return
    low, high = close.min(0) * 8, close.max(0) * 8
    at = (slice(max(0, low[0] - 8), high[0] + 9), slice(max(0, low[1] - 8), high[1] + 9))
    du, dv, dw, t = apart(at)
    distance = np.sqrt(du * du + dv * dv + dw * dw)
    body = _soft(radius - distance, 0.5)
    depth = radius - distance
    echo = -2 + 2 * grain[at] + 5 * _bell(depth, 0.3, 0.4)
    loss, z = np.full_like(distance, 0.05), np.full_like(distance, 1.0)
    if tube.kind == "cord":
        turn = t * np.float32(np.sqrt(length2) * 0.5)
        for phase in (0.0, 2.1, 4.2):
            a, b = np.cos(turn + phase) * radius * 0.48, np.sin(turn + phase) * radius * 0.48
            vessel = _far(du - a, np.where(np.abs(dv) > np.abs(dw), dv, dw) - b)
            echo -= 30 * _soft(radius * 0.33 - vessel, 0.4)
    else:
        bone = _soft(radius * 0.42 - distance, 0.4)
        echo += 12 * bone
        z += 1.6 * bone
        loss += 2.4 * bone
    keep = 1 - body
    for grid, value in ((tissue.echo_db, echo), (tissue.loss_db_mm, loss), (tissue.impedance, z)):
        grid[at] = grid[at] * keep + value * body
    tissue.gap[at] *= keep
    tissue.parts[(slice(None), *at)] *= keep
