"""Drawn machine screens whose scan is known to the pixel."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from capture.frame import Frame, Pixels, make_frame
from capture.geometry import Box, Region, Sector, region_mask

WIDTH, HEIGHT = 960, 720


def fan(
    apex: tuple[float, float] = (480.0, 10.0), r0: float = 90.0, r1: float = 600.0, half: float = 0.6
) -> Sector:
    return Sector("convex" if r0 else "phased", *apex, r0, r1, -half, half)


def rectangle(x0: float = 300, y0: float = 60, x1: float = 700, y1: float = 640) -> Sector:
    return Sector("linear", corners=((x0, y0), (x1, y0), (x1, y1), (x0, y1)))


def box_of(sector: Sector, width: int = WIDTH, height: int = HEIGHT) -> Box:
    points = np.array(sector.polygon(200))
    x0, y0 = np.floor(points.min(axis=0)).astype(int)
    x1, y1 = np.ceil(points.max(axis=0)).astype(int)
    return Box(int(x0), int(y0), int(x1), int(y1)).clipped(width, height)


@lru_cache(maxsize=8)
def speckle(seed: int, width: int = WIDTH, height: int = HEIGHT) -> Pixels:
    """Grey tissue: Rayleigh speckle, log-compressed, with darker and brighter parts."""
    rng = np.random.default_rng(seed)
    field = cv2.GaussianBlur(rng.normal(size=(height, width, 2)).astype(np.float32), (0, 0), 2.0)
    level = 90 + 18 * np.log(np.hypot(field[..., 0], field[..., 1]) + 1e-3)
    slow = cv2.resize(
        np.random.default_rng(5).uniform(0.6, 1.2, (6, 8)).astype(np.float32),
        (width, height),
        interpolation=cv2.INTER_CUBIC,
    )
    return np.clip(level * slow, 2, 255).astype(np.uint8)


def _write(picture: Pixels, text: str, at: tuple[int, int], colour: tuple[int, int, int]) -> None:
    cv2.putText(picture, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.6, colour, 1)


def screen(
    sector: Sector | None,
    seed: int = 0,
    clock: str = "10:23:45",
    *,
    gain: float = 1.0,
    furniture: bool = True,
    ticks: bool = False,
) -> Pixels:
    """RGB (720, 960, 3): banner with a clock, parameters, a grey bar, and the scan."""
    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    if sector is not None:
        mask = region_mask(Region(box_of(sector), WIDTH, HEIGHT, sector))
        tissue = np.clip(speckle(seed) * gain, 0, 255).astype(np.uint8)
        picture[:] = np.where(mask, tissue, 0)[..., None]
    if furniture:
        picture[:34] = (60, 80, 110)
        _write(picture, f"CLINIC  DOE^JANE   {clock}", (12, 24), (240, 240, 240))
        for row, text in enumerate(("C5-1", "28 Hz", "11 cm", "Gn 60", "MI 1.1")):
            _write(picture, text, (8, 80 + 26 * row), (200, 200, 200))
        bar = np.linspace(255, 0, 180).astype(np.uint8)
        picture[60:240, 920:940] = bar[:, None, None]
        _write(picture, "FETAL HEAD", (700, 705), (230, 230, 90))
    if ticks:
        for row in range(100, 620, 40):
            picture[row - 1 : row + 2, 860:872] = 220
    return picture


def frames(*pictures: Pixels, first: int = 0) -> list[Frame]:
    return [
        make_frame(first + i, (first + i) * 33_000_000, picture.copy()) for i, picture in enumerate(pictures)
    ]
