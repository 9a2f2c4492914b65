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

from capture.geometry import Box, Region, Sector
from capture.phantom.anatomy import Tissue
from capture.phantom.parameters import Machine, Probe
from capture.phantom.volume import GRAIN_MM, sheet

Floats = NDArray[np.float32]
DB = np.float32(math.log(10) / 20)
"""Natural logarithm of an amplitude per dB: several times quicker than powers of ten."""
WHITE_DB = 22.0
"""Level over fetal soft tissue that is shown white at gain 0."""


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
        across = np.arctan2(x, down) / np.float32(probe.half_angle_rad)
        r = np.sqrt(x * x + down * down) - np.float32(probe.radius_mm)
    to_beam = (across + 1) * np.float32((beams - 1) / 2)
    to_sample = r * np.float32((samples - 1) / probe.depth_mm)
    return np.ascontiguousarray(to_beam, np.float32), np.ascontiguousarray(to_sample, np.float32)


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


def _blurred(signal: Floats, axial: float, lateral: float) -> Floats:
    """Separable Gaussian; sigmas in samples."""
    if axial < 0.3 and lateral < 0.3:
        return signal
    return np.asarray(
        cv2.GaussianBlur(
            signal, (0, 0), sigmaX=max(lateral, 0.3), sigmaY=max(axial, 0.3), borderType=cv2.BORDER_REFLECT
        ),
        np.float32,
    )


def _spread(parts: list[Floats], machine: Machine, grid: Grid) -> list[Floats]:
    """The point spread of the beams, wider away from the focus: two blurs, blended down the depth."""
    axial = machine.axial_mm / grid.step_mm
    middle = len(grid.beam_mm) // 2
    sharp = machine.lateral_mm / float(grid.beam_mm[middle])
    away = np.abs(grid.range_mm - machine.focus_mm) / np.float32(45.0)
    blend = np.clip(away, 0, 1)[:, None].astype(np.float32)
    out = []
    for part in parts:
        near = _blurred(part, axial, sharp)
        far = _blurred(near, 0.0, sharp * 1.1)
        gain_near = math.sqrt(2 * math.sqrt(math.pi) * max(axial, 0.3)) * math.sqrt(
            2 * math.sqrt(math.pi) * max(sharp, 0.3)
        )
        wide = math.hypot(max(sharp, 0.3), max(sharp * 1.1, 0.3))
        gain_far = math.sqrt(2 * math.sqrt(math.pi) * math.hypot(max(axial, 0.3), 0.3)) * math.sqrt(
            2 * math.sqrt(math.pi) * wide
        )
        norm = np.sqrt((1 - blend) ** 2 + blend**2 + 2 * blend * (1 - blend) * 0.86).astype(np.float32)
        out.append((near * (gain_near * (1 - blend)) + far * (gain_far * blend)) / norm)
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
    step = np.cumsum(tissue.loss_db_mm, axis=0, dtype=np.float32) * np.float32(grid.step_mm)
    step = _blurred(step, 0.0, 1.2)
    loss = np.where(step > 0, 26 * np.tanh(step / 26), np.maximum(step, -6)).astype(np.float32)
    samples, beams = loss.shape
    across = np.linspace(0, 1, beams, dtype=np.float32)[None, :]
    down = np.linspace(0, 1, samples, dtype=np.float32)[:, None]
    for shadow in machine.shadows:
        band = np.exp(-(((across - shadow.at) / np.float32(shadow.width)) ** 2))
        loss += np.float32(shadow.drop_db) * band * np.clip((down - shadow.start) * 8, 0, 1)
    return loss


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
    shape = tissue.echo_db.shape
    loss = losses_db(tissue, machine, grid)
    amplitude = np.exp((tissue.echo_db - loss) * DB)
    step = np.zeros(shape, np.float32)
    np.subtract(tissue.impedance[1:], tissue.impedance[:-1], out=step[1:])
    step *= np.float32(0.35 / max(grid.step_mm, 0.1))
    patchy = np.clip(0.75 + 0.55 * sheet(shape, (shape[0] / 9, shape[1] / 7), fixed), 0.05, 2.2)
    bright = np.abs(step) * patchy * np.exp((machine.specular_db - loss) * DB)
    bright = _spread([np.ascontiguousarray(bright, np.float32)], machine, grid)[0] * np.float32(0.6)
    power = np.zeros(shape, np.float32)
    if field is not None:
        field = field * np.float32(_grain_gain(machine, grid))
    noise = np.float32(10 ** (machine.noise_db / 20))
    haze = np.float32(10 ** (machine.haze_db / 20)) * np.exp(-grid.range_mm / np.float32(16))[:, None]
    for look in range(machine.looks):
        if field is not None:
            real, imaginary = np.ascontiguousarray(field.real), np.ascontiguousarray(field.imag)
            if look:
                real, imaginary = np.roll(real, 37 * look, 1), np.roll(imaginary, 37 * look, 1)
        else:
            real = rng.standard_normal(shape, np.float32)
            imaginary = rng.standard_normal(shape, np.float32)
        weight = amplitude + haze
        i, q = _spread([real * weight, imaginary * weight], machine, grid)
        i += bright
        hiss = rng.standard_normal((2, *shape), np.float32) * noise
        power += (i + hiss[0]) ** 2 + (q + hiss[1]) ** 2
    return np.sqrt(power / np.float32(2 * machine.looks)), loss


def compressed(envelope: Floats, machine: Machine, grid: Grid) -> Floats:
    """Gain, log compression and grey map: grey 0 to 1 in beam space."""
    samples, beams = envelope.shape
    tgc = np.interp(
        np.linspace(0, len(machine.tgc_db) - 1, samples), range(len(machine.tgc_db)), machine.tgc_db
    )
    side = np.linspace(-0.5, 0.5, beams) * machine.side_gain_db
    level = np.log(np.maximum(envelope, np.float32(1e-6))) / DB
    level += (tgc[:, None] + side[None, :] + machine.gain_db - WHITE_DB).astype(np.float32)
    grey = np.clip(1 + level / np.float32(machine.dynamic_range_db), 0, 1).astype(np.float32)
    if machine.smooth > 0:
        soft = cv2.GaussianBlur(grey, (0, 0), sigmaX=1.6, sigmaY=0.9)
        grey += np.float32(machine.smooth) * (soft - grey)
    if machine.sharpen > 0:
        grey += np.float32(machine.sharpen) * (grey - cv2.GaussianBlur(grey, (0, 0), sigmaX=2.5, sigmaY=1.5))
    grey = np.clip(grey, 0, 1)
    if machine.knee:
        grey = grey + np.float32(machine.knee) * (grey * grey * (3 - 2 * grey) - grey)
    return np.asarray(np.power(grey, np.float32(machine.gamma)), np.float32)
