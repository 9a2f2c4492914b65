from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs the extra `training`")
pytestmark = pytest.mark.training


def _batch(**changes: Any) -> dict[str, Any]:
    gap = torch.zeros(1, 1, 8, 8)
    gap[:, :, 2:5, 2:5] = 1
    return {
        "cleft": torch.ones(1),
        "judgeable": torch.ones(1),
        "quality": torch.full((1,), 0.5),
        "mapped": torch.ones(1),
        "view": torch.tensor([0]),
        "kind": torch.tensor([1]),
        "gap": gap,
        "parts": torch.zeros(1, 5, 8, 8),
    } | changes


def _gradients(batch: dict[str, Any]) -> dict[str, float]:
    """How strongly each output is pulled."""
    from inference.training.losses import total_loss

    shapes = {
        "cleft": (1, 1), "view": (1, 3), "quality": (1, 1), "heat": (1, 1, 8, 8),
        "anatomy": (1, 5, 8, 8), "kind": (1, 5),
    }  # fmt: skip
    outputs = {name: torch.full(shape, 0.3, requires_grad=True) for name, shape in shapes.items()}
    total_loss(tuple(outputs.values()), batch).backward()
    return {name: 0.0 if o.grad is None else float(o.grad.abs().sum()) for name, o in outputs.items()}


def test_every_output_learns_from_a_frame_that_counts() -> None:
    assert all(pull > 1e-3 for pull in _gradients(_batch()).values())


def test_a_gap_that_nobody_could_see_pulls_at_neither_cleft_nor_heat_nor_kind() -> None:
    pulls = _gradients(_batch(judgeable=torch.zeros(1)))
    assert pulls["cleft"] == pulls["heat"] == pulls["kind"] == 0
    assert pulls["view"] > 0
    assert pulls["anatomy"] > 0


def test_a_plane_without_the_structures_does_not_teach_the_view() -> None:
    assert _gradients(_batch(quality=torch.zeros(1)))["view"] == 0
    assert _gradients(_batch(quality=torch.zeros(1), view=torch.tensor([2])))["view"] > 0


def test_frames_without_a_cleft_do_not_teach_its_kind_and_unmapped_ones_no_anatomy() -> None:
    none = {"cleft": torch.zeros(1), "gap": torch.zeros(1, 1, 8, 8), "kind": torch.tensor([0])}
    pulls = _gradients(_batch(**none, mapped=torch.zeros(1)))
    assert pulls["kind"] == pulls["anatomy"] == 0
    assert pulls["cleft"] > 0
    assert pulls["heat"] > 0


def test_focal_loss_weighs_the_hard_more() -> None:
    from inference.training.losses import focal_bce

    easy, hard = focal_bce(torch.tensor([4.0, -4.0]), torch.ones(2))
    assert hard / easy > 4.0 / float(torch.nn.functional.softplus(torch.tensor(-4.0))) * 0.9
