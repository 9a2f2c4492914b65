from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from inference.training import data
from tests.inference.training.shards import write_shard

torch = pytest.importorskip("torch", reason="needs the extra `training`")
pytestmark = pytest.mark.training


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> data.Dataset:
    folder: Path = tmp_path_factory.mktemp("frames")
    write_shard(folder, 24, 10)
    return data.load(folder)


def test_a_share_of_positives_is_drawn() -> None:
    from inference.training.lessons import drawn

    cleft = np.repeat([1, 0], [500, 500])
    lesson = np.arange(1000)
    got = np.concatenate([drawn(lesson, cleft, 0.02, np.random.default_rng(seed)) for seed in range(20)])
    assert len(got) == 20000
    assert cleft[got].mean() == pytest.approx(0.02, abs=0.005)
    assert len(np.unique(got)) > 600


def test_without_a_share_every_frame_comes_once() -> None:
    from inference.training.lessons import drawn

    got = drawn(np.arange(5, 50), np.ones(60), 0.0, np.random.default_rng(1))
    assert sorted(got.tolist()) == list(range(5, 50))
    assert got.tolist() != sorted(got.tolist())


def test_a_batch_leaves_no_gap_to_guess_that_a_shadow_or_the_edge_took(
    frames: data.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Judgeable clefts have their gap; with the gap in shadow they are not judgeable, negatives stay so."""
    from inference.training import lessons

    index = np.arange(24)
    generator = torch.Generator().manual_seed(1)
    kept = lessons.batch_of(frames, index, 160, generator, gentle=False, zoom=(-0.2, 0.1))
    counts = (kept["cleft"] * kept["judgeable"]).bool()
    assert counts.sum() >= 4
    assert (kept["gap"][counts].amax((1, 2, 3)) > 0.4).all()
    from inference.training.augment import augment as real

    def dark(*args: object, **options: object) -> object:
        pictures, maps, clear = real(*args, **options)  # type: ignore[arg-type]
        return pictures, maps, clear * 0.1

    monkeypatch.setattr(lessons, "augment", dark)
    lost = lessons.batch_of(frames, index, 160, generator, gentle=False, zoom=(-0.2, 0.1))
    assert not (lost["cleft"] * lost["judgeable"]).any()
    assert lost["judgeable"][lost["cleft"] == 0].all()


def test_a_batch_has_what_the_losses_ask_for(frames: data.Dataset) -> None:
    from inference.training.lessons import batch_of
    from inference.training.losses import total_loss
    from inference.training.network import PRESETS, CleftNet

    generator = torch.Generator().manual_seed(1)
    batch = batch_of(frames, np.arange(6), 160, generator, gentle=True, zoom=(-0.1, 0.1))
    assert batch["image"].shape == (6, 1, 160, 160)
    loss = total_loss(CleftNet(PRESETS["standin"])(batch["image"]), batch)
    assert torch.isfinite(loss)
