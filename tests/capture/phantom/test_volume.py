from __future__ import annotations

import math

import numpy as np
import pytest

from capture.phantom.volume import (
    GRAIN_MM,
    SIDE,
    SPECKLE_MM,
    SPECKLE_SIDE,
    drift,
    hiss,
    scatterers,
    speckle,
    texture,
)

ROWS, COLS = (a.astype(np.float32) for a in np.mgrid[0:64, 0:64])
FLAT = np.full((64, 64), 5.1, np.float32)


def test_texture_has_unit_spread_and_repeats() -> None:
    values = texture(ROWS, COLS, FLAT)
    assert values.std() == pytest.approx(1, abs=0.25)
    assert np.array_equal(values, texture(ROWS + SIDE, COLS, FLAT + SIDE))


def test_drift_is_smooth_and_follows_texture() -> None:
    a, b = ROWS * 0.25, COLS * 0.25
    values = drift(a, b, FLAT)
    assert np.abs(np.diff(values, axis=0)).max() < 0.6
    assert np.corrcoef(values.ravel(), texture(a, b, FLAT).ravel())[0, 1] > 0.85


def test_scatterers_have_unit_power() -> None:
    field = scatterers(1)
    assert field.shape == (SPECKLE_SIDE**3,)
    assert np.mean(np.abs(field) ** 2) == pytest.approx(2, rel=0.01)
    assert abs(field.mean()) < 0.05


def test_speckle_stays_with_the_tissue_and_decorrelates_in_elevation() -> None:
    field = scatterers(1)
    u, v = (ROWS + 0.5) * SPECKLE_MM, (COLS + 0.5) * SPECKLE_MM
    here = speckle(field, u, v, FLAT)
    assert np.array_equal(here[1:], speckle(field, u + SPECKLE_MM, v, FLAT)[:-1])
    for steps in (2, 4):
        there = speckle(field, u, v, FLAT + np.float32(steps * SPECKLE_MM))
        kept = abs(np.vdot(here, there)) / math.sqrt(np.vdot(here, here).real * np.vdot(there, there).real)
        assert kept == pytest.approx(math.exp(-((steps * SPECKLE_MM) ** 2) / (4 * GRAIN_MM**2)), abs=0.1)


def test_hiss_is_white_and_follows_its_generator() -> None:
    shape = (288, 168)
    first, second = (hiss(shape, np.random.default_rng(seed)) for seed in (1, 2))
    assert first.std() == pytest.approx(1, abs=0.02)
    assert first.mean() == pytest.approx(0, abs=0.02)
    assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 0.02
    assert abs(float((first[:, 1:] * first[:, :-1]).mean())) < 0.02
    assert abs(float((first[1:] * first[:-1]).mean())) < 0.02
    assert np.array_equal(first, hiss(shape, np.random.default_rng(1)))
    with pytest.raises(ValueError, match="read-only"):
        first += 1


def test_hiss_of_grids_that_the_pool_is_too_small_for_is_drawn() -> None:
    large = hiss((1200, 700), np.random.default_rng(1))
    assert large.std() == pytest.approx(1, abs=0.01)
