from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from capture.geometry import region_mask
from capture.phantom import beam
from capture.phantom.anatomy import Tissue
from capture.phantom.parameters import Machine, Probe
from capture.phantom.sampling import sample
from capture.phantom.volume import GRAIN_MM, scatterers, speckle

Floats = NDArray[np.float32]

PROBE = Probe("linear", 0.0, 0.0, 20.0, 50.0, -20.0, 0.0, 20.0, 50.0)
PERIOD = Probe("linear", 0.0, 0.0, 12.8, 25.6, -12.8, 0.0, 12.8, 25.6)
"""Sees the periodic scatterers once."""
HALF = math.sqrt(8 * math.log(2))
"""Full width at half maximum of a Gaussian of deviation 1."""
QUIET = Machine(noise_db=-120, haze_db=-120, specular_db=-120)


def block(echo_db: float, shape: tuple[int, int] = (400, 240)) -> Tissue:
    flat = np.zeros(shape, np.float32)
    return Tissue(
        np.full(shape, echo_db, np.float32),
        flat.copy(),
        np.ones(shape, np.float32),
        flat.copy(),
        np.zeros((5, *shape), np.float32),
    )


def envelope(machine: Machine, tissue: Tissue, seed: int = 1) -> Floats:
    grid = beam.beam_grid(PROBE, *tissue.echo_db.shape)
    rng = np.random.default_rng(seed)
    return beam.echoes(tissue, machine, grid, rng, None, rng)[0]


def test_fully_developed_speckle_is_rayleigh() -> None:
    shots = np.concatenate([envelope(QUIET, block(0), seed)[20:-20, 20:-20].ravel() for seed in range(5)])
    assert shots.mean() / shots.std() == pytest.approx(1.91, abs=0.03)
    assert (20 * np.log10(shots)).std() == pytest.approx(5.57, abs=0.15)


def test_soft_tissue_is_near_unit_level_whatever_the_point_spread() -> None:
    for axial, lateral in ((0.15, 0.3), (0.4, 1.2)):
        got = envelope(replace(QUIET, axial_mm=axial, lateral_mm=lateral), block(0))
        assert np.sqrt((got**2).mean()) == pytest.approx(1.0, abs=0.12)


def test_more_looks_make_smoother_speckle() -> None:
    one, four = (envelope(replace(QUIET, looks=looks), block(0)) for looks in (1, 4))
    assert four.mean() / four.std() == pytest.approx(2 * one.mean() / one.std(), rel=0.15)


def tissue_envelope(machine: Machine, plane_mm: float, shape: tuple[int, int] = (256, 160)) -> Floats:
    """Of the scatterers that stay with the tissue, in the plane w = `plane_mm`; one period of the field."""
    grid = beam.beam_grid(PERIOD, *shape)
    field = speckle(scatterers(1), grid.x, grid.z, np.full_like(grid.x, plane_mm))
    rng = np.random.default_rng(0)
    return beam.echoes(block(0, shape), machine, grid, rng, field, rng)[0]


def width_mm(intensity: Floats, axis: int, step_mm: float) -> float:
    """Full width at half maximum of the autocorrelation along an axis."""
    lines = np.moveaxis(intensity - intensity.mean(), axis, 0)
    whole = float((lines * lines).mean())
    kept = [1.0]
    while kept[-1] > 0.5:
        d = len(kept)
        kept.append(float((lines[d:] * lines[:-d]).mean()) / whole)
    return 2 * step_mm * (len(kept) - 2 + (kept[-2] - 0.5) / (kept[-2] - kept[-1]))


@pytest.mark.parametrize(("axial", "lateral"), [(0.3, 0.6), (0.45, 0.9)])
def test_speckle_is_as_large_as_the_point_spread(axial: float, lateral: float) -> None:
    """Gaussian spread of sigma s: the intensity's correlation falls as exp(-d^2 / (2 s^2))."""
    grid = beam.beam_grid(PROBE, 400, 240)
    machine = replace(QUIET, axial_mm=axial, lateral_mm=lateral, focus_mm=25)
    shots = [envelope(machine, block(0), seed)[150:250, 20:-20] ** 2 for seed in range(4)]
    across = float(np.mean([width_mm(shot, 1, float(grid.beam_mm[0])) for shot in shots]))
    along = float(np.mean([width_mm(shot, 0, grid.step_mm) for shot in shots]))
    assert along == pytest.approx(HALF * axial, rel=0.1)
    assert across == pytest.approx(HALF * lateral, rel=0.1)


def test_speckle_is_wider_off_the_focus() -> None:
    grid = beam.beam_grid(PROBE, 400, 240)
    machine = replace(QUIET, axial_mm=0.3, lateral_mm=0.6, focus_mm=-45)
    shots = [envelope(machine, block(0), seed)[40:-40, 20:-20] ** 2 for seed in range(4)]
    across = float(np.mean([width_mm(shot, 1, float(grid.beam_mm[0])) for shot in shots]))
    assert across == pytest.approx(HALF * 0.6 * math.hypot(1, 1.1), rel=0.1)


def test_speckle_of_the_tissue_is_rayleigh_and_as_large_as_slice_and_spread() -> None:
    machine = replace(QUIET, axial_mm=0.25, lateral_mm=0.4, focus_mm=12.8)
    shots = np.stack([tissue_envelope(machine, w)[20:-20, 16:-16] for w in np.arange(0, 25.6, 1.0)])
    assert shots.mean() / shots.std() == pytest.approx(1.91, abs=0.03)
    assert (20 * np.log10(shots)).std() == pytest.approx(5.57, abs=0.15)
    grid = beam.beam_grid(PERIOD, 256, 160)
    across = float(np.mean([width_mm(shot**2, 1, float(grid.beam_mm[0])) for shot in shots]))
    along = float(np.mean([width_mm(shot**2, 0, grid.step_mm) for shot in shots]))
    assert along == pytest.approx(HALF * math.hypot(0.25, GRAIN_MM), rel=0.1)
    assert across == pytest.approx(HALF * math.hypot(0.4, GRAIN_MM), rel=0.1)


@pytest.mark.parametrize("apart_mm", [0.2, 0.4, 0.8])
def test_planes_apart_have_speckle_correlated_by_the_slice(apart_mm: float) -> None:
    """The field falls as exp(-d^2 / (4 g^2)), its intensity as the square of that."""
    kept = []
    for start in np.arange(0, 25, 5.0):
        here, there = (tissue_envelope(QUIET, w)[20:-20, 16:-16] ** 2 for w in (start, start + apart_mm))
        kept.append(np.corrcoef(here.ravel(), there.ravel())[0, 1])
    assert np.mean(kept) == pytest.approx(math.exp(-(apart_mm**2) / (2 * GRAIN_MM**2)), abs=0.06)


def test_fluid_is_at_the_noise_floor() -> None:
    machine = replace(QUIET, noise_db=-50)
    got = envelope(machine, block(-60))
    level = 20 * math.log10(float(np.sqrt((got**2).mean())))
    assert level == pytest.approx(-50, abs=1.5)


def test_bone_casts_a_shadow_that_saturates() -> None:
    tissue = block(0)
    tissue.loss_db_mm[100:140, 100:140] = 4.0
    grid = beam.beam_grid(PROBE, *tissue.echo_db.shape)
    loss = beam.losses_db(tissue, QUIET, grid)
    assert loss[300, 120] > 12
    assert loss.max() <= 26.0
    assert loss[300, 20] == pytest.approx(0, abs=0.01)
    assert loss[90, 120] == pytest.approx(0, abs=0.01)


def test_an_interface_across_the_beam_shines_and_one_along_it_does_not() -> None:
    machine = replace(QUIET, specular_db=14)
    across, along = block(-60), block(-60)
    across.impedance[200:], along.impedance[:, 120:] = 2.0, 2.0
    assert envelope(machine, across)[198:203].mean() > 50 * envelope(machine, along).mean()


def test_an_interface_comes_again_from_twice_its_depth() -> None:
    tissue = block(-60)
    tissue.impedance[100:] = 2.0
    machine = replace(QUIET, specular_db=14)
    once, twice = envelope(machine, tissue), envelope(replace(machine, reverberation=0.3), tissue)
    assert twice[195:206].max() > 20 * once[195:206].max()
    assert twice[195:206].max() == pytest.approx(0.3 * twice[95:106].max(), rel=0.5)
    assert np.allclose(twice[:150], once[:150])


def test_the_probe_rings_near_its_face_alone() -> None:
    hazy = replace(QUIET, haze_db=-30)
    with_, without = envelope(hazy, block(-60)), envelope(replace(hazy, ring_db=-80), block(-60))
    assert with_[:150].max() > 2 * without[:150].max()
    assert np.allclose(with_[200:], without[200:], rtol=1e-3)


def test_persistence_leaves_fading_copies_behind() -> None:
    dot = np.zeros((9, 60), np.uint8)
    dot[4, 40] = 200
    got = beam.smeared(dot, (6.0, 0.0), 0.5)
    assert [int(got[4, 40 - 6 * k]) for k in (1, 2, 3)] == pytest.approx([50, 25, 12], abs=1)
    assert got[4, 46] == 0
    assert got.astype(int).sum() == pytest.approx(200, abs=6)


@pytest.mark.parametrize("seed", range(0, 30, 3))
def test_region_and_scan_maps_agree(seed: int) -> None:
    p = sample(seed)
    mask = region_mask(beam.region_of(p.probe, p.height, p.width)) > 0
    to_beam, to_sample = beam.scan_maps(p.probe, 288, 168, p.height, p.width)
    inside = (to_beam >= 0) & (to_beam <= 167) & (to_sample >= 0) & (to_sample <= 287)
    assert (mask != inside).mean() < 0.02


def test_compression_covers_the_range_and_keeps_order() -> None:
    grid = beam.beam_grid(PROBE, 64, 32)
    machine = Machine(dynamic_range_db=60, knee=0.0)
    levels = [
        float(beam.compressed(np.full((64, 32), 10 ** (db / 20), np.float32), machine, grid).mean())
        for db in (-60, -20, 0, 22)
    ]
    assert levels[0] == 0.0
    assert levels == sorted(levels)
    assert levels[-1] == pytest.approx(1.0, abs=0.01)
