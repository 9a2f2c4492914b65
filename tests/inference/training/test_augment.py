from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs the extra `training`")
pytestmark = pytest.mark.training


def _square(n: int = 24) -> tuple[Any, Any]:
    pictures, maps = torch.zeros(n, 1, 256, 256), torch.zeros(n, 2, 64, 64)
    pictures[:, :, 112:144, 100:132] = 1.0
    maps[:, :, 28:36, 25:33] = 1.0
    return pictures, maps


@pytest.mark.parametrize(("gentle", "variety"), [(True, 1.0), (False, 0.0), (False, 1.0), (False, 2.0)])
def test_a_bright_square_stays_on_its_map(gentle: bool, variety: float) -> None:
    """Bent, turned and shaded, its middle in the picture is its middle in the maps."""
    from inference.training.augment import augment

    pictures, maps = _square()
    generator = torch.Generator().manual_seed(3)
    x, y, _ = augment(pictures, maps, 160, generator, gentle=gentle, variety=variety)
    assert x.shape == (24, 1, 160, 160)
    assert y.shape == (24, 2, 40, 40)
    small = torch.nn.functional.interpolate(x, size=(40, 40), mode="area")[:, 0]
    axis = torch.arange(40.0)

    def middle(weight: Any) -> Any:
        total = weight.sum((1, 2))
        return torch.stack([(weight.sum(1) * axis).sum(1) / total, (weight.sum(2) * axis).sum(1) / total], 1)

    seen = (small.sum((1, 2)) > 3) & (y[:, 0].sum((1, 2)) > 3)
    assert seen.sum() >= 20
    away = (middle(small[seen].clamp(min=0)) - middle(y[seen, 0])).norm(dim=1)
    assert float(away.max()) < 1.6
    assert torch.equal(y[:, 0], y[:, 1])


def test_pictures_stay_in_range_and_dark_stays_dark() -> None:
    from inference.training.augment import augment

    pictures, maps = _square()
    x, _, clear = augment(pictures, maps, 192, torch.Generator().manual_seed(5), variety=2.0)
    assert 0 <= float(x.min()) <= float(x.max()) <= 1
    assert 0 <= float(clear.min()) < 0.9
    assert float(clear.max()) <= 1
    # Outside the scan nothing is lit up, but for the blur of a smaller picture.
    assert float((x > 0.004).float().mean()) < 0.1


def test_elastic_deformation_bends_and_does_not_fold() -> None:
    from inference.training.augment import _bend, _Dice, _grid

    dice = _Dice(200, torch.Generator().manual_seed(1))
    still = torch.eye(2, 3).expand(200, 2, 3)
    bent, straight = _grid(still, _bend(dice, 1.0), 64), _grid(still, None, 64)
    moved = (bent - straight).abs().amax((1, 2, 3))
    assert 60 <= int((moved > 0.005).sum()) <= 140
    across, down = torch.diff(bent[..., 0], dim=2), torch.diff(bent[..., 1], dim=1)
    assert float(across.min()) > 0
    assert float(down.min()) > 0


def test_a_shadow_reaches_downwards_in_a_third_of_the_pictures() -> None:
    from inference.training.augment import _Dice, _shadows

    through = _shadows(_Dice(400, torch.Generator().manual_seed(2)), 1.0)
    shaded = through.amin((1, 2, 3)) < 0.85
    assert 0.2 < float(shaded.float().mean()) < 0.4
    top, bottom = through[shaded, 0, 0].mean(), through[shaded, 0, -1].mean()
    assert float(bottom) < float(top)


def test_the_same_seed_gives_the_same_batch() -> None:
    from inference.training.augment import augment

    pictures, maps = _square(6)
    first, again = (augment(pictures, maps, 160, torch.Generator().manual_seed(9)) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
