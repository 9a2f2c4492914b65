from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from capture.phantom.parameters import Pose
from capture.phantom.sampling import standard_plane
from capture.phantom.sweep import cine, nearest_view


def test_the_sweep_passes_through_the_views_in_order() -> None:
    sweep = cine(3)
    seen = [sweep.parameters_at(t).view for t in np.arange(0, sweep.duration_s, 0.2)]
    order = [view for before, view in pairwise(seen) if view != before]
    assert seen[0] == "other"
    assert order[:1] == ["lip"]
    assert "palate" in order
    assert order[-1] == "lip"
    for view in ("lip", "palate"):
        assert seen.count(view) >= 15


def test_the_probe_moves_without_jumps_even_where_it_turns_back() -> None:
    sweep = cine(1)
    poses = [sweep.parameters_at(t).pose for t in np.arange(0, 1.2 * sweep.duration_s, 1 / 28)]
    for before, after in pairwise(poses):
        assert np.linalg.norm(np.subtract(after.origin, before.origin)) < 1.6
        assert np.dot(after.lateral, before.lateral) > 0.99
        assert np.dot(after.axial, after.lateral) == pytest.approx(0, abs=1e-9)


def test_nearest_view() -> None:
    fetus = cine(0).still.fetus
    lip = Pose(standard_plane(fetus, "lip"), (1, 0, 0), (0, -1, 0), 0, 40)
    view, offset, tilt = nearest_view(lip, fetus)
    assert view == "lip"
    assert offset == pytest.approx(0, abs=1e-6)
    assert tilt == pytest.approx(0, abs=1e-3)
    palate = Pose(standard_plane(fetus, "palate"), (1, 0, 0), (0, 0, -1), 0, 40)
    assert nearest_view(palate, fetus)[0] == "palate"
    profile = Pose(standard_plane(fetus, "profile"), (0, 1, 0), (0, 0, -1), 0, 40)
    assert nearest_view(profile, fetus)[0] == "other"


def test_an_unknown_cleft_is_refused() -> None:
    with pytest.raises(ValueError, match="expected a cleft among"):
        cine(0, "oblique")  # type: ignore[arg-type]
