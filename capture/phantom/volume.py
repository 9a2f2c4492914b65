"""Periodic noise in three dimensions, so that texture belongs to the tissue and not to the picture."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

SIDE = 64
"""Voxels along an edge of the texture volume; a power of two, so that wrapping is a mask."""
SPECKLE_SIDE = 128
SPECKLE_MM = 0.2
"""Voxel of the scatterer field: below the axial point spread of the probes imitated."""
GRAIN_MM = 0.26
"""Sigma by which the scatterers are blurred beforehand: the thickness of the slice. Two planes d mm apart
have speckle correlated by exp(-d^2 / (4 GRAIN_MM^2)): 0.55 at 0.4 mm, 0.09 at 0.8 mm."""


@lru_cache(maxsize=1)
def _texture() -> Floats:
    """(SIDE,)*3 smooth noise of zero mean and unit deviation, correlated over about two voxels."""
    noise = np.random.default_rng(20240521).standard_normal((SIDE, SIDE, SIDE)).astype(np.float32)
    spectrum = np.fft.rfftn(noise)
    k = np.fft.fftfreq(SIDE) * 2 * np.pi
    k2 = k[:, None, None] ** 2 + k[None, :, None] ** 2 + k[None, None, : SIDE // 2 + 1] ** 2
    smooth = np.fft.irfftn(spectrum * np.exp(-k2 * 1.6**2 / 2), s=(SIDE, SIDE, SIDE), axes=(0, 1, 2))
    return np.ascontiguousarray((smooth / smooth.std()).astype(np.float32).ravel())


def _voxels(points: tuple[Floats, Floats, Floats], scale: float, side: int) -> NDArray[np.int32]:
    """Index of points in a flat periodic volume, `side` voxels an edge (a power of two), `scale` a unit."""
    i, j, k = (np.floor(g * np.float32(scale)).astype(np.int32) for g in points)
    i &= side - 1
    i *= side
    i += j & (side - 1)
    i *= side
    i += k & (side - 1)
    return np.asarray(i, np.int32)


def texture(a: Floats, b: Floats, c: Floats) -> Floats:
    """Smooth noise, zero mean and unit deviation, at coordinates in voxels (correlated over about 2)."""
    return np.asarray(_texture()[_voxels((a, b, c), 1, SIDE)], np.float32)


COARSE = 4
"""Drift is worked out on one point in so many, each way."""
FINER = 2
"""Voxels of the finer copy of the texture for each of its own."""


@lru_cache(maxsize=1)
def _fine_texture() -> Floats:
    """The texture with `FINER` voxels for each, by its Fourier series: near enough to go without blending."""
    coarse = np.fft.fftn(_texture().reshape(SIDE, SIDE, SIDE))
    side, half = SIDE * FINER, SIDE // 2
    at = np.r_[0:half, side - half : side]
    spectrum = np.zeros((side, side, side), np.complex64)
    spectrum[np.ix_(at, at, at)] = coarse
    fine = np.fft.ifftn(spectrum).real * FINER**3
    return np.ascontiguousarray(fine.astype(np.float32).ravel())


def coarse(grid: Floats) -> Floats:
    """Every `COARSE`th point of a 2-D grid, a view."""
    return grid[COARSE // 2 - 1 :: COARSE, COARSE // 2 - 1 :: COARSE]


def coarse_drift(a: Floats, b: Floats, c: Floats) -> Floats:
    """`drift` for coordinates that are thinned already, and left so."""
    near = _fine_texture()[_voxels((a, b, c), FINER, SIDE * FINER)]
    # Going to the nearest voxel leaves small steps.
    return np.asarray(cv2.GaussianBlur(near, (3, 3), 0.7), np.float32)


def enlarged(grid: Floats, shape: tuple[int, ...]) -> Floats:
    """What was worked out on thinned points, on all of them."""
    return np.asarray(cv2.resize(grid, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC), np.float32)


def drift(a: Floats, b: Floats, c: Floats) -> Floats:
    """The same noise without steps, for coordinates that change slowly over a 2-D grid.

    It is worked out on every fourth point each way, then brought to full size.
    """
    return enlarged(coarse_drift(coarse(a), coarse(b), coarse(c)), a.shape)


POOL = 1 << 22
"""Numbers in the pool of noise."""


@lru_cache(maxsize=1)
def _pool() -> Floats:
    pool = np.random.default_rng(20240522).standard_normal(POOL, np.float32)
    pool.flags.writeable = False
    return pool


def hiss(shape: tuple[int, int], rng: np.random.Generator) -> Floats:
    """White Gaussian noise of unit deviation, read-only.

    It is a stretch of a fixed pool from a random place: forty times cheaper than new numbers. Grids
    that the pool is not much larger than get new ones.
    """
    count = shape[0] * shape[1]
    if count > POOL // 16:
        return rng.standard_normal(shape, np.float32)
    start = int(rng.integers(POOL - count))
    return _pool()[start : start + count].reshape(shape)


def sheet(shape: tuple[int, int], cells: tuple[float, float], rng: np.random.Generator) -> Floats:
    """Smooth noise (h, w) of about unit deviation with roughly `cells` bumps down and across."""
    rows, cols = max(2, round(cells[0])) + 3, max(2, round(cells[1])) + 3
    coarse = rng.standard_normal((rows, cols)).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC), np.float32)


@lru_cache(maxsize=2)
def scatterers(seed: int) -> NDArray[np.complex64]:
    """Flat (SPECKLE_SIDE**3,) complex Gaussian field of unit power per component, blurred by `GRAIN_MM`."""
    rng = np.random.default_rng(seed)
    white = rng.standard_normal((SPECKLE_SIDE, SPECKLE_SIDE, 2 * SPECKLE_SIDE), np.float32).view(np.complex64)
    k = (np.fft.fftfreq(SPECKLE_SIDE) * 2 * np.pi).astype(np.float32)
    low = np.exp(-(k**2) * np.float32((GRAIN_MM / SPECKLE_MM) ** 2 / 2))
    spectrum = np.fft.fftn(white)
    spectrum *= low[:, None, None] * low[None, :, None] * low[None, None, :]
    field = np.fft.ifftn(spectrum)
    field /= np.sqrt(np.mean(field.real**2 + field.imag**2) / 2)
    return np.ascontiguousarray(field.ravel(), np.complex64)


def speckle(field: NDArray[np.complex64], u: Floats, v: Floats, w: Floats) -> NDArray[np.complex64]:
    """The scatterers at points in mm (nearest voxel, periodic)."""
    return np.asarray(field[_voxels((u, v, w), 1 / SPECKLE_MM, SPECKLE_SIDE)], np.complex64)
