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

PROBE = Probe("linear", 0.0, 0.0, 20.0, 50.0, -20.0, 0.0, 20.0, 50.0)
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


def envelope(machine: Machine, tissue: Tissue, seed: int = 1) -> NDArray[np.float32]:
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


def test_speckle_is_as_wide_as_the_point_spread() -> None:
    """Gaussian spread of sigma s: the intensity's correlation falls as exp(-d^2 / (2 s^2))."""
    machine = replace(QUIET, axial_mm=0.3, lateral_mm=0.6, focus_mm=25)
    intensity = envelope(machine, block(0)) ** 2
    intensity = intensity[150:250, 20:-20] - intensity[150:250, 20:-20].mean()
    step = 40 / 239
    for cells in (2, 4):
        kept = float((intensity[:, cells:] * intensity[:, :-cells]).mean() / (intensity**2).mean())
        assert kept == pytest.approx(math.exp(-((cells * step) ** 2) / (2 * 0.6**2)), abs=0.12)


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
