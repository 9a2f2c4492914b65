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
GRAIN_MM = 0.26
"""Sigma by which the scatterers are blurred beforehand: the thickness of the slice. Two planes d mm apart
have speckle correlated by exp(-d^2 / (4 GRAIN_MM^2)): 0.55 at 0.4 mm, 0.09 at 0.8 mm."""
"""Voxel of the scatterer field: below the axial point spread of the probes imitated."""


@lru_cache(maxsize=1)
def _texture() -> Floats:
    """(SIDE,)*3 smooth noise of zero mean and unit deviation, correlated over about two voxels."""
    noise = np.random.default_rng(20240521).standard_normal((SIDE, SIDE, SIDE)).astype(np.float32)
    spectrum = np.fft.rfftn(noise)
    k = np.fft.fftfreq(SIDE) * 2 * np.pi
    k2 = k[:, None, None] ** 2 + k[None, :, None] ** 2 + k[None, None, : SIDE // 2 + 1] ** 2
    smooth = np.fft.irfftn(spectrum * np.exp(-k2 * 1.6**2 / 2), s=(SIDE, SIDE, SIDE), axes=(0, 1, 2))
    return np.ascontiguousarray((smooth / smooth.std()).astype(np.float32).ravel())


def texture(a: Floats, b: Floats, c: Floats) -> Floats:
    """Smooth noise, zero mean and unit deviation, at coordinates in voxels (correlated over about 2)."""
    i = a.astype(np.int32) & (SIDE - 1)
    j = b.astype(np.int32) & (SIDE - 1)
    k = c.astype(np.int32) & (SIDE - 1)
    return np.asarray(_texture()[(i * SIDE + j) * SIDE + k], np.float32)


def drift(a: Floats, b: Floats, c: Floats) -> Floats:
    """The same noise without steps, for coordinates that change slowly over a 2-D grid.

    It is interpolated between voxels on every fourth point, then brought to full size.
    """
    rows, cols = a.shape
    size = (max(2, cols // 4), max(2, rows // 4))
    near = [np.asarray(cv2.resize(g, size, interpolation=cv2.INTER_AREA), np.float32) for g in (a, b, c)]
    whole = [np.floor(g) for g in near]
    part = [g - f for g, f in zip(near, whole, strict=True)]
    index = [f.astype(np.int32) for f in whole]
    total = np.zeros(near[0].shape, np.float32)
    for corner in range(8):
        bits = (corner & 1, corner >> 1 & 1, corner >> 2)
        i, j, k = ((n + bit) & (SIDE - 1) for n, bit in zip(index, bits, strict=True))
        weight = np.ones_like(total)
        for f, bit in zip(part, bits, strict=True):
            weight *= f if bit else 1 - f
        total += weight * _texture()[(i * SIDE + j) * SIDE + k]
    return np.asarray(cv2.resize(total, (cols, rows), interpolation=cv2.INTER_CUBIC), np.float32)


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
    mask = SPECKLE_SIDE - 1
    scale = np.float32(1 / SPECKLE_MM)
    i = np.floor(u * scale).astype(np.int32) & mask
    j = np.floor(v * scale).astype(np.int32) & mask
    k = np.floor(w * scale).astype(np.int32) & mask
    return np.asarray(field[(i * SPECKLE_SIDE + j) * SPECKLE_SIDE + k], np.complex64)
