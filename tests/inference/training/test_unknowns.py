"""What nobody has said of a picture is not taught from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = [pytest.mark.training, pytest.mark.filterwarnings("ignore")]


def outputs() -> tuple[Any, ...]:
    draw = torch.Generator().manual_seed(1)
    shapes = ((2, 1), (2, 3), (2, 1), (2, 1, 8, 8), (2, 5, 8, 8), (2, 5))
    return tuple(torch.randn(*shape, generator=draw).requires_grad_() for shape in shapes)


def batch(**changes: Any) -> dict[str, Any]:
    gap = torch.zeros(2, 1, 8, 8)
    gap[:, :, 2:4, 3:6] = 1
    return {
        "cleft": torch.tensor([1.0, 1.0]),
        "judgeable": torch.ones(2),
        "quality": torch.tensor([0.8, 0.6]),
        "mapped": torch.zeros(2),
        "view": torch.tensor([0, 1]),
        "kind": torch.tensor([1, 3]),
        "gap": gap,
        "parts": torch.zeros(2, 5, 8, 8),
    } | changes


def taught(**changes: Any) -> list[list[bool]]:
    """For each output whether each of the two frames moves it."""
    from inference.training.losses import total_loss

    out = outputs()
    loss = total_loss(out, batch(**changes))
    assert torch.isfinite(loss)
    loss.backward()
    return [(o.grad.flatten(1).abs().sum(1) > 0).tolist() for o in out]


def test_all_that_is_known_is_taught() -> None:
    assert taught() == [[True, True]] * 4 + [[False, False], [True, True]]


@pytest.mark.parametrize(
    ("changes", "output"),
    [
        ({"quality": torch.tensor([float("nan"), 0.6])}, 2),
        ({"kind": torch.tensor([-100, 3])}, 5),
        ({"gap": batch()["gap"] * torch.tensor([0.0, 1.0])[:, None, None, None]}, 3),
    ],
)
def test_each_unknown_silences_its_output_alone(changes: dict[str, Any], output: int) -> None:
    found, known = taught(**changes), taught()
    assert found[output] == [False, True]
    assert [f for n, f in enumerate(found) if n != output] == [k for n, k in enumerate(known) if n != output]


def test_frames_without_figures_are_still_taught_from() -> None:
    from inference.training.data import LABELS
    from inference.training.train import KIND_OF, teaching_order

    labels = np.zeros(3, LABELS)
    labels["judgeable"] = 1
    labels["cleft"] = [1, 0, 1]
    labels["quality"] = [np.nan, np.nan, 0.05]
    labels["contrast"] = labels["gap_px"] = np.nan
    assert sorted(teaching_order(labels, easy=True).tolist()) == [0, 0, 1]
    assert KIND_OF[np.array([-1, 0, 2])].tolist() == [-100, 0, 1]
