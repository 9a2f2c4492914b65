"""From tissue along the beams to a picture: interfaces, attenuation, speckle, detection, display.

Complex Gaussian scatterers times a low-pass point spread are Rayleigh by construction (envelope SNR 1.91,
5.57 dB), without a carrier; convolving along beams instead of tracing waves is the idea of COLE.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.frame import Pixels
from capture.geometry import Box, Region, Sector
from capture.phantom.anatomy import Tissue
from capture.phantom.parameters import Machine, Probe
from capture.phantom.volume import GRAIN_MM, hiss, sheet

Floats = NDArray[np.float32]
DB = np.float32(math.log(10) / 20)
"""Natural logarithm of an amplitude per dB: several times quicker than powers of ten."""
WHITE_DB = 22.0
"""Level over fetal soft tissue that is shown white at gain 0."""
ARCTAN = (0.9998904, -0.3309415, 0.1846437, -0.0974562, 0.0350552, -0.0057959)


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Sample points of the beams in the probe's plane, float32 (depth, beams), mm."""

    x: Floats
    z: Floats
    range_mm: Floats
    """(depth,) distance from the probe's face."""
    step_mm: float
    beam_mm: Floats
    """(depth,) distance between neighbouring beams."""


@lru_cache(maxsize=8)
def beam_grid(probe: Probe, samples: int, beams: int) -> Grid:
    """Where the echoes come from."""
    r = np.linspace(0, probe.depth_mm, samples, dtype=np.float32)
    across = np.linspace(-1, 1, beams, dtype=np.float32)
    if probe.kind == "linear":
        x = np.broadcast_to(across * np.float32(probe.half_width_mm), (samples, beams))
        z = np.broadcast_to(r[:, None], (samples, beams))
        spacing = np.full(samples, 2 * probe.half_width_mm / (beams - 1), np.float32)
    else:
        angle = across * np.float32(probe.half_angle_rad)
        radius = r[:, None] + np.float32(probe.radius_mm)
        x, z = radius * np.sin(angle), radius * np.cos(angle) - np.float32(probe.radius_mm)
        spacing = (r + probe.radius_mm) * np.float32(2 * probe.half_angle_rad / (beams - 1))
    step = probe.depth_mm / (samples - 1)
    return Grid(np.ascontiguousarray(x), np.ascontiguousarray(z), r, step, spacing.astype(np.float32))


@lru_cache(maxsize=8)
def scan_maps(probe: Probe, samples: int, beams: int, height: int, width: int) -> tuple[Floats, Floats]:
    """For each pixel of the picture the beam and the sample it shows, for `cv2.remap`."""
    dx, dz = (probe.right_mm - probe.left_mm) / width, (probe.bottom_mm - probe.top_mm) / height
    x = (np.float32(probe.left_mm) + (np.arange(width, dtype=np.float32) + 0.5) * np.float32(dx))[None, :]
    z = (np.float32(probe.top_mm) + (np.arange(height, dtype=np.float32) + 0.5) * np.float32(dz))[:, None]
    if probe.flip:
        z = np.float32(probe.depth_mm) - z
    if probe.kind == "linear":
        across = np.broadcast_to(x / np.float32(probe.half_width_mm), (height, width))
        r = np.broadcast_to(z, (height, width))
    else:
        down = z + np.float32(probe.radius_mm)
        across = _arctan(x / np.maximum(down, np.float32(1e-3))) / np.float32(probe.half_angle_rad)
        r = cv2.magnitude(*np.broadcast_arrays(x, down)) - np.float32(probe.radius_mm)
    to_beam = (across + 1) * np.float32((beams - 1) / 2)
    to_sample = r * np.float32((samples - 1) / probe.depth_mm)
    return np.ascontiguousarray(to_beam, np.float32), np.ascontiguousarray(to_sample, np.float32)


def _arctan(t: Floats) -> Floats:
    """To 2e-5 rad for |t| <= 1.22, rising beyond: no sector is wider. Several times quicker than `arctan`."""
    t2 = np.minimum(t * t, np.float32(1.6))
    out = np.full_like(t2, np.float32(ARCTAN[-1]))
    for factor in ARCTAN[-2::-1]:
        out *= t2
        out += np.float32(factor)
    return np.asarray(out * t, np.float32)


def region_of(probe: Probe, height: int, width: int) -> Region:
    """The scan area of the picture, exactly."""
    px = width / (probe.right_mm - probe.left_mm)
    py = height / (probe.bottom_mm - probe.top_mm)
    corner = [(-probe.left_mm * px, -probe.top_mm * py)]
    apex_x, apex_y = corner[0][0], corner[0][1] - probe.radius_mm * py
    if probe.kind == "linear":
        x0, x1 = apex_x - probe.half_width_mm * px, apex_x + probe.half_width_mm * px
        y0, y1 = corner[0][1], corner[0][1] + probe.depth_mm * py
        sector = Sector("linear", corners=((x0, y0), (x1, y0), (x1, y1), (x0, y1)))
    else:
        a = probe.half_angle_rad
        sector = Sector(
            probe.kind, apex_x, apex_y, probe.radius_mm * px, (probe.radius_mm + probe.depth_mm) * px, -a, a
        )
    points = sector.polygon()
    if probe.flip:
        points = [(x, height - y) for x, y in points]
        sector = Sector("linear", corners=tuple(points))
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    box = Box(math.floor(min(xs)), math.floor(min(ys)), math.ceil(max(xs)), math.ceil(max(ys))).clipped(
        width, height
    )
    return Region(box, width, height, sector, "found", 1 / px, "phantom")


def _kernel(sigma: float) -> Floats:
    """A Gaussian of 3.2 deviations to each side; below 0.3 samples it is taken for 0.3."""
    sigma = max(sigma, 0.3)
    return np.asarray(cv2.getGaussianKernel(2 * math.ceil(3.2 * sigma) + 1, sigma, cv2.CV_32F), np.float32)


def _spread(parts: list[Floats], machine: Machine, grid: Grid) -> list[Floats]:
    """The point spread of the beams, wider away from the focus: two blurs, blended down the depth."""
    axial = max(machine.axial_mm / grid.step_mm, 0.3)
    middle = len(grid.beam_mm) // 2
    sharp = max(machine.lateral_mm / float(grid.beam_mm[middle]), 0.3)
    more = max(sharp * 1.1, 0.3)
    broad = math.hypot(sharp, more)
    blend = np.clip(np.abs(grid.range_mm - machine.focus_mm) / np.float32(45.0), 0, 1)
    # White noise keeps its power; near and far are correlated, so their blend is not simply a mean.
    root = 2 * math.sqrt(math.pi)
    norm = np.sqrt((1 - blend) ** 2 + blend**2 + 2 * blend * (1 - blend) * 0.86)
    near_gain, far_gain = math.sqrt(root * axial * root * sharp), math.sqrt(root * axial * root * broad)
    keep_near = (near_gain * (1 - blend) / norm).astype(np.float32)[:, None]
    keep_far = (far_gain * blend / norm).astype(np.float32)[:, None]
    along, down, wider, alone = _kernel(sharp), _kernel(axial), _kernel(more), np.ones((1, 1), np.float32)
    out = []
    for part in parts:
        near = np.asarray(cv2.sepFilter2D(part, -1, along, down, borderType=cv2.BORDER_REFLECT), np.float32)
        far = np.asarray(cv2.sepFilter2D(near, -1, wider, alone, borderType=cv2.BORDER_REFLECT), np.float32)
        near *= keep_near
        far *= keep_far
        near += far
        out.append(near)
    return out


def _grain_gain(machine: Machine, grid: Grid) -> float:
    """What makes scatterers that are blurred already as bright as white ones after the point spread."""
    gain = 1.0
    for sigma_mm, step_mm in (
        (machine.axial_mm, grid.step_mm),
        (machine.lateral_mm, float(grid.beam_mm[len(grid.beam_mm) // 2])),
    ):
        samples = max(sigma_mm / step_mm, 0.3)
        kept = GRAIN_MM / math.hypot(GRAIN_MM, samples * step_mm)
        gain /= math.sqrt(max(2 * math.sqrt(math.pi) * samples * kept, 1.0))
    return gain


def losses_db(tissue: Tissue, machine: Machine, grid: Grid) -> Floats:
    """What the beam has lost on its way to each sample, dB (positive): attenuation and shadows."""
    loss = np.cumsum(tissue.loss_db_mm, axis=0, dtype=np.float32)
    loss = np.asarray(cv2.blur(loss, (5, 1)), np.float32)
    loss *= np.float32(grid.step_mm)
    # Losses saturate at 26 dB: what comes back by detours stays.
    gained = np.clip(loss, -6, 0)
    np.maximum(loss, 0, out=loss)
    loss *= np.float32(1 / 26)
    np.tanh(loss, out=loss)
    loss *= 26
    loss += gained
    samples, beams = loss.shape
    across = np.linspace(0, 1, beams, dtype=np.float32)
    down = np.linspace(0, 1, samples, dtype=np.float32)
    for shadow in machine.shadows:
        band = np.exp(-(((across - np.float32(shadow.at)) / np.float32(shadow.width)) ** 2))
        begun = np.clip((down - np.float32(shadow.start)) * 8, 0, 1) * np.float32(shadow.drop_db)
        loss += np.outer(begun, band)
    return loss


def _specular(
    tissue: Tissue, machine: Machine, grid: Grid, loss: Floats, fixed: np.random.Generator
) -> Floats:
    """Amplitude of what interfaces and the probe's own face send straight back."""
    z = tissue.impedance
    along = np.zeros(z.shape, np.float32)
    np.subtract(z[1:], z[:-1], out=along[1:])
    along *= np.float32(0.35 / max(grid.step_mm, 0.1))
    across = np.zeros(z.shape, np.float32)
    np.subtract(z[:, 2:], z[:, :-2], out=across[:, 1:-1])
    across *= (np.float32(0.175) / np.maximum(grid.beam_mm, np.float32(0.05)))[:, None]
    # A mirror: with the angle between beam and interface it falls as the cosine's cube.
    along2 = along * along
    across *= across
    across += along2
    across += np.float32(1e-6)
    np.abs(along, out=along)
    along *= along2
    along /= across
    patchy = sheet(z.shape, (z.shape[0] / 9, z.shape[1] / 7), fixed)
    patchy *= np.float32(0.6)
    patchy += np.float32(0.8)
    np.clip(patchy, 0.05, 2.4, out=patchy)
    along *= patchy
    along *= np.exp((np.float32(machine.specular_db) - loss) * DB)
    if machine.reverberation > 0:
        along[::2] += np.float32(machine.reverberation) * along[: (len(along) + 1) // 2].copy()
    gap = float(fixed.uniform(1.0, 3.6))
    ring = np.zeros(len(grid.range_mm), np.float32)
    for k in range(1, 6):
        ring += np.float32(0.62**k) * np.exp(
            -(((grid.range_mm - np.float32(k * gap)) / np.float32(0.3)) ** 2)
        )
    near = int(np.searchsorted(grid.range_mm, 5 * gap + 1))
    along[:near] += (
        patchy[:near] * (ring[:near] * np.float32(10 ** ((machine.haze_db + machine.ring_db) / 20)))[:, None]
    )
    return along


def echoes(
    tissue: Tissue,
    machine: Machine,
    grid: Grid,
    rng: np.random.Generator,
    field: NDArray[np.complex64] | None,
    fixed: np.random.Generator,
) -> tuple[Floats, Floats]:
    """Envelope along the beams (linear, soft tissue about 1) and the loss map in dB.

    `field` is the scatterers at the samples (`volume.scatterers`); None draws new ones. `fixed`
    decides where interfaces shine: the same from frame to frame in a cine.
    """
    shape = (tissue.echo_db.shape[0], tissue.echo_db.shape[1])
    loss = losses_db(tissue, machine, grid)
    weight = tissue.echo_db - loss
    weight *= DB
    np.exp(weight, out=weight)
    weight += (np.float32(10 ** (machine.haze_db / 20)) * np.exp(-grid.range_mm / np.float32(16)))[:, None]
    (bright,) = _spread([_specular(tissue, machine, grid, loss, fixed)], machine, grid)
    bright *= np.float32(0.6)
    noise = 10 ** (machine.noise_db / 20)
    if field is not None:
        weight *= np.float32(_grain_gain(machine, grid))
        real, imaginary = np.ascontiguousarray(field.real), np.ascontiguousarray(field.imag)
    power = np.zeros(shape, np.float32)
    for look in range(machine.looks):
        if field is None:
            real, imaginary = hiss(shape, rng), hiss(shape, rng)
        elif look:
            real, imaginary = np.roll(real, 37, 1), np.roll(imaginary, 37, 1)
        i, q = _spread([real * weight, imaginary * weight], machine, grid)
        i += bright
        for part in (i, q):
            part = np.asarray(cv2.scaleAdd(hiss(shape, rng), noise, part), np.float32)
            cv2.accumulateSquare(part, power)
    power *= np.float32(0.5 / machine.looks)
    return np.sqrt(power, out=power), loss


def compressed(envelope: Floats, machine: Machine, grid: Grid) -> Floats:
    """Gain, log compression and grey map: grey 0 to 1 in beam space."""
    samples, beams = envelope.shape
    tgc = np.interp(
        np.linspace(0, len(machine.tgc_db) - 1, samples), range(len(machine.tgc_db)), machine.tgc_db
    )
    side = np.linspace(-0.5, 0.5, beams) * machine.side_gain_db
    grey = np.maximum(envelope, np.float32(1e-6))
    np.log(grey, out=grey)
    grey *= np.float32(1 / (float(DB) * machine.dynamic_range_db))
    gain = (tgc + machine.gain_db - WHITE_DB) / machine.dynamic_range_db + 1
    grey += gain.astype(np.float32)[:, None]
    grey += (side / machine.dynamic_range_db).astype(np.float32)
    np.clip(grey, 0, 1, out=grey)
    if machine.smooth > 0:
        soft = cv2.sepFilter2D(grey, -1, _kernel(1.6), _kernel(0.9), borderType=cv2.BORDER_REFLECT)
        grey = np.asarray(cv2.addWeighted(grey, 1 - machine.smooth, soft, machine.smooth, 0), np.float32)
    if machine.sharpen > 0:
        soft = cv2.sepFilter2D(grey, -1, _kernel(2.5), _kernel(1.5), borderType=cv2.BORDER_REFLECT)
        grey = np.asarray(cv2.addWeighted(grey, 1 + machine.sharpen, soft, -machine.sharpen, 0), np.float32)
        np.clip(grey, 0, 1, out=grey)
    if machine.knee:
        bent = grey * grey
        bent *= 3 - 2 * grey
        grey = np.asarray(cv2.addWeighted(grey, 1 - machine.knee, bent, machine.knee, 0), np.float32)
    return np.asarray(cv2.pow(grey, machine.gamma), np.float32)


def smeared(picture: Pixels, step_px: tuple[float, float], persistence: float) -> Pixels:
    """What persistence makes of a picture whose content moves by `step_px` (right, down) each time.

    The sum of (1 - persistence) * persistence**k times the picture as it was k times ago; what is left
    below a hundredth goes to the newest.
    """
    height, width = picture.shape
    out, rest, share = np.zeros((height, width), np.float32), 1.0, 1 - persistence
    for k in range(1, 40):
        weight = share * persistence**k
        if weight < 0.01:
            break
        back = np.array([[1, 0, -k * step_px[0]], [0, 1, -k * step_px[1]]], np.float32)
        old = cv2.warpAffine(picture, back, (width, height), borderMode=cv2.BORDER_REPLICATE)
        out += np.float32(weight) * np.asarray(old, np.float32)
        rest -= weight
    out += np.float32(rest) * picture
    return np.asarray(np.rint(out), np.uint8)
