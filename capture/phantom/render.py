"""Parameters in, picture and truth out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.frame import Pixels
from capture.geometry import Region, region_mask
from capture.phantom import beam
from capture.phantom.anatomy import Tissue, fetal_scene
from capture.phantom.face import NAMES
from capture.phantom.marks import burn_marks
from capture.phantom.others import OBSTETRIC, other_picture, other_scene
from capture.phantom.others_dress import dressed
from capture.phantom.others_pictures import PICTURES
from capture.phantom.parameters import Parameters, PhantomView
from capture.phantom.volume import coarse, coarse_drift, enlarged, scatterers, speckle

Floats = NDArray[np.float32]
TRUTH_SIDE = 256
"""Maps of the truth are no larger than this; of larger pictures they are scaled down."""
SEEN_CONTRAST = 1.0
"""A gap that stands out less from its surroundings, in pooled deviations, is one that nobody could see."""
SEEN_PX = 50.0
"""Smallest area of a gap that counts, in pixels of a picture `TRUTH_SIDE` long: about 4 x 12, or 7 x 7."""
SHOWN_PX = 120.0
"""Smallest area of lip or ridge on which a reader could judge anything."""
SEEN_DB = 20.0
"""A part of the scan that lost more than this on the way shows nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What the picture shows, known because it was made."""

    view: PhantomView
    cleft: bool
    """A gap is in the picture, and could be seen."""
    judgeable: bool
    """False where there is a gap that nobody could see: neither a positive nor a negative."""
    gap: Pixels
    """(h, w) 0-255: share of each pixel that the cleft took; at most `TRUTH_SIDE` long."""
    gap_px: float
    contrast: float
    """(ring mean - gap mean) / pooled deviation, in grey levels."""
    seen: float
    """Share of the gap that beams reach."""
    quality: float
    """1 in the standard plane with everything in sight, 0 far off it."""
    parts: NDArray[np.uint8]
    """(5, h, w) 0-255: nostrils, upper lip, lower lip and chin, nose, ridge."""
    mm_per_px: float


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """One picture with its truth and everything it was made from."""

    pixels: Pixels
    region: Region
    truth: Truth
    parameters: Parameters


def _maternal(tissue: Tissue, p: Parameters, x: Floats, reach: Floats, rng: np.random.Generator) -> None:
    """The wall under the probe: fat, fascia, muscle and uterus in streaks along the probe's face."""
    s = p.surround
    if s.near_mm <= 0:
        return
    o = float(p.fetus.seed % 61)
    # The edge waves by fewer than five deviations: below it there is nothing to do.
    rows = max(8, int(np.searchsorted(reach, 1.9 * s.near_mm + 1)))
    x, down = x[:rows], reach[:rows, None]
    along4 = coarse(x) * np.float32(0.13)
    down4 = coarse(np.broadcast_to(down, x.shape))
    flat4 = np.full_like(along4, o)
    wave = enlarged(coarse_drift(along4 * 0.6 + o, flat4, np.full_like(along4, 3.0)), x.shape)
    edge = np.float32(s.near_mm) * (1 + np.float32(0.18) * wave) - down
    share = np.clip(edge / 1.2 + 0.5, 0, 1)
    streak4 = coarse_drift(along4 + o, down4 * 0.9, flat4)
    broad4 = coarse_drift(along4 * 0.7 + 9, down4 * 0.45 + o, flat4)
    echo = enlarged(np.float32(s.streaks_db) * (0.8 * streak4 + 0.7 * broad4), x.shape)
    echo += s.tissue_db - 4 + 8 * np.exp(-down / 2)
    echo += 7 * np.exp(-(((edge - 0.7) / 0.8) ** 2))
    layered = 1 + 0.35 * np.maximum(enlarged(streak4, x.shape) - 0.6, 0)
    for grid, value in (
        (tissue.echo_db[:rows], echo),
        (tissue.loss_db_mm[:rows], np.float32(0.05)),
        (tissue.impedance[:rows], layered),
    ):
        grid += (value - grid) * share
    tissue.gap[:rows] *= 1 - share
    tissue.parts[:, :rows] *= 1 - share


def _overtaken(p: Parameters, points: tuple[Floats, Floats, Floats]) -> tuple[Floats, ...]:
    """The points that the beams meet while the fetus moves: the first beam before, the last after."""
    lateral, axial = np.array(p.pose.lateral), np.array(p.pose.axial)
    motion = lateral * p.motion_mm[0] + axial * p.motion_mm[1] + np.cross(lateral, axial) * p.motion_mm[2]
    when = np.linspace(-0.5, 0.5, points[0].shape[1], dtype=np.float32)
    return tuple(g - when * np.float32(m) for g, m in zip(points, motion, strict=True))


def render(p: Parameters, *, moving: bool = False, detail: float = 1.0) -> Sample:
    """One frame.

    Args:
        p: all that it depends on; equal parameters give equal pictures.
        moving: speckle is taken from scatterers that stay with the tissue, for cines; otherwise it is new.
        detail: samples and beams against the 288 x 168 of a training picture.
    """
    if p.other in PICTURES:
        return _pictured(p)
    rng = np.random.default_rng([p.seed, 1])
    grid = beam.beam_grid(p.probe, round(288 * detail), round(168 * detail))
    pose = p.pose
    drawn = p.other is not None and p.other not in ("profile", "orbits", "posterior")
    dx, dz = grid.x - np.float32(pose.x_mm), grid.z - np.float32(pose.z_mm)
    u, v, w = (
        np.float32(pose.origin[i]) + dx * np.float32(pose.lateral[i]) + dz * np.float32(pose.axial[i])
        for i in range(3)
    )
    if any(p.motion_mm):
        u, v, w = _overtaken(p, (u, v, w))
    if drawn:
        assert p.other is not None
        # In a cine the scene is the same from frame to frame, and slides with the hand.
        scene = np.random.default_rng([p.fetus.seed, 6]) if moving else rng
        across = grid.x - np.float32(pose.x_mm) if moving else grid.x
        tissue = other_scene(p.other, across, grid.z, scene, p.probe.window)
    else:
        tissue = fetal_scene(p.fetus, p.surround, u, v, w)
    if not drawn or p.other in OBSTETRIC:
        _maternal(tissue, p, grid.x, grid.range_mm, rng)
    field = speckle(scatterers(p.fetus.seed), u, v, w) if moving else None
    fixed = np.random.default_rng([p.fetus.seed, 4]) if moving else rng
    envelope, loss = beam.echoes(tissue, p.machine, grid, rng, field, fixed)
    grey = beam.compressed(envelope, p.machine, grid)
    samples, beams = grid.x.shape
    maps = beam.scan_maps(p.probe, samples, beams, p.height, p.width)

    region = beam.region_of(p.probe, p.height, p.width)
    grey8 = np.rint(grey * 255).astype(np.uint8)
    full = cv2.remap(grey8, maps[0], maps[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    if any(p.motion_mm) and p.machine.persistence > 0:
        px_mm = p.width / (p.probe.right_mm - p.probe.left_mm)
        step = p.motion_mm[0] * px_mm, p.motion_mm[1] * px_mm
        full = beam.smeared(np.asarray(full, np.uint8), step, p.machine.persistence)
    mask = region_mask(region)
    pixels: Pixels = np.asarray(cv2.copyTo(full, mask), np.uint8)
    truth = _truth(p, tissue, loss, pixels, mask)
    if not moving:
        over = dressed(pixels, np.random.default_rng([p.seed, 5]), thin=not drawn)
        pixels = np.asarray(cv2.copyTo(over, mask), np.uint8)
    if p.marks:
        pixels = burn_marks(pixels, region, p.marks, np.random.default_rng([p.seed, 2]))
    if p.machine.webp_quality:
        pixels = _compressed(pixels, ".webp", (cv2.IMWRITE_WEBP_QUALITY, p.machine.webp_quality))
    if p.machine.jpeg_quality:
        pixels = _compressed(pixels, ".jpg", (cv2.IMWRITE_JPEG_QUALITY, p.machine.jpeg_quality))
    return Sample(pixels, region, truth, p)


def _pictured(p: Parameters) -> Sample:
    """A picture that no beam made, whole or seen through a sector that is not its own."""
    assert p.other is not None
    rng = np.random.default_rng([p.seed, 1])
    pixels = other_picture(p.other, max(p.height, p.width), rng)
    height, width = pixels.shape
    region = Region.whole(width, height)
    if rng.random() < 0.25:
        height, width = p.height, p.width
        pixels = np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
        region = beam.region_of(p.probe, height, width)
        pixels = np.asarray(cv2.copyTo(pixels, region_mask(region)), np.uint8)
    scale = (p.probe.right_mm - p.probe.left_mm) / width
    gap, parts = np.zeros((height, width), np.uint8), np.zeros((len(NAMES), height, width), np.uint8)
    return Sample(pixels, region, Truth(p.view, False, True, gap, 0.0, 0.0, 1.0, 0.0, parts, scale), p)


def _compressed(pixels: Pixels, kind: str, settings: tuple[int, int]) -> Pixels:
    """What is left of the picture after a lossy still codec."""
    _, data = cv2.imencode(kind, pixels, settings)
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)


@lru_cache(maxsize=8)
def _small_mask(region: Region, height: int, width: int) -> Pixels:
    """The region's mask, shrunk; the frames of a cine share it."""
    small = cv2.resize(region_mask(region), (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def _truth(p: Parameters, tissue: Tissue, loss: Floats, pixels: Pixels, mask: Pixels) -> Truth:
    shrink = min(1.0, TRUTH_SIDE / max(p.height, p.width))
    height, width = round(p.height * shrink), round(p.width * shrink)
    if shrink < 1:
        pixels = np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
        mask = _small_mask(beam.region_of(p.probe, p.height, p.width), height, width)
    maps = beam.scan_maps(p.probe, *loss.shape, height, width)

    def shown(values: Any) -> Any:
        return cv2.remap(values, maps[0], maps[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)

    inside = mask > 127
    lost = shown(tissue.gap) * inside
    gap = np.rint(np.clip(lost, 0, 1) * 255).astype(np.uint8)
    area = float(lost.sum())
    levels = [(part * 255).astype(np.uint8) for part in tissue.parts]
    # Four channels at once take no longer than one.
    together = cv2.split(shown(cv2.merge(levels[:4])))
    parts = np.stack([*together, *(shown(level) for level in levels[4:])]).astype(np.uint8) * inside
    hidden = shown(loss)
    seen, contrast, cleft, judgeable = 1.0, 0.0, False, True
    if area > 6 and p.view != "other":
        core = gap > 127
        flesh = shown(tissue.echo_db) > -22
        ring = (cv2.dilate(gap, np.ones((11, 11), np.uint8)) > 60) & (gap < 20) & inside & flesh
        if core.sum() >= 6 and ring.sum() >= 6:
            seen = float((hidden[core] < SEEN_DB).mean())
            a, b = pixels[ring].astype(np.float32), pixels[core].astype(np.float32)
            contrast = float((a.mean() - b.mean()) / max(1.0, np.sqrt((a.var() + b.var()) / 2)))
        cleft = bool(area >= SEEN_PX and core.sum() >= 14 and seen > 0.35 and contrast >= SEEN_CONTRAST)
        judgeable = cleft
    hidden_behind = p.fetus.cleft.extent == "isolated" and p.view == "lip"  # nothing of it is in a lip view
    if p.view != "other" and p.fetus.cleft.kind != "none" and not cleft:
        judgeable = area <= 6 and (p.view == "palate" or hidden_behind)
    shape = parts[1].astype(np.float32) if p.view == "lip" else parts[4].astype(np.float32)
    reach = (
        float((shape * (hidden < SEEN_DB)).sum() / max(shape.sum(), 1.0))
        if shape.sum() > 255 * SHOWN_PX
        else 0.0
    )
    off = np.exp(-((p.offset_mm / 2.5) ** 2) - (p.tilt_deg / 22) ** 2)
    quality = float(off * reach) if p.view != "other" else 0.0
    scale = (p.probe.right_mm - p.probe.left_mm) / p.width
    return Truth(p.view, cleft, judgeable, gap, area, contrast, seen, quality, parts, scale)
