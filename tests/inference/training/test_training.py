"""Training, export and what comes of it, on a handful of frames."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = [pytest.mark.training, pytest.mark.timeout(300), pytest.mark.filterwarnings("ignore")]


def test_every_size_has_the_outputs_that_the_manifest_names() -> None:
    from inference.training.network import PRESETS, CleftNet

    for name, config in PRESETS.items():
        network = CleftNet(config).eval()
        with torch.no_grad():
            cleft, view, quality, heat = network(torch.randn(2, 1, 64, 96))
        assert cleft.shape == (2, 1), name
        assert view.shape == (2, 3)
        assert quality.shape == (2, 1)
        assert heat.shape == (2, 1, 16, 24)


def test_unseen_gaps_teach_nothing_about_clefts() -> None:
    from inference.training.losses import total_loss

    def batch(judgeable: float, cleft: float) -> dict[str, Any]:
        return {
            "cleft": torch.tensor([cleft]),
            "judgeable": torch.tensor([judgeable]),
            "quality": torch.tensor([0.5]),
            "view": torch.tensor([0]),
            "gap": torch.zeros(1, 1, 8, 8),
        }

    outputs = (torch.tensor([[2.0]]), torch.zeros(1, 3), torch.zeros(1, 1), torch.zeros(1, 1, 8, 8))
    unseen = [float(total_loss(outputs, batch(0.0, cleft))) for cleft in (0.0, 1.0)]
    seen = [float(total_loss(outputs, batch(1.0, cleft))) for cleft in (0.0, 1.0)]
    assert unseen[0] == pytest.approx(unseen[1])
    assert seen[0] > seen[1] + 1


def test_augmentation_moves_gap_and_picture_together() -> None:
    from inference.training.augment import augment

    generator = torch.Generator().manual_seed(3)
    pictures = torch.zeros(16, 1, 256, 256)
    gaps = torch.zeros(16, 1, 64, 64)
    pictures[:, :, 120:136, 100:116], gaps[:, :, 30:34, 25:29] = 1.0, 1.0
    moved, masks = augment(pictures, gaps, 160, generator, gentle=True)
    small = torch.nn.functional.interpolate(moved, size=(40, 40), mode="area")
    for one, mask in zip(small, masks, strict=True):
        a, b = int(one.argmax()), int(mask.argmax())
        assert abs(a // 40 - b // 40) <= 2
        assert abs(a % 40 - b % 40) <= 2


def test_a_short_run_learns_resumes_and_exports(tmp_path: Path) -> None:
    from inference.manifest import load_model
    from inference.training import data, export, train

    for split, seed, count in (("train", 0, 48), ("val", 500, 24)):
        data.generate(tmp_path / split, count, seed, "plain", processes=1)
    config = train.TrainConfig(
        minutes=0.1, train_frames=48, validation_frames=24, processes=1, batch=12, warm_up_steps=2
    )
    train.train(config, tmp_path, 0, 1)
    first = torch.load(tmp_path / "last.pt", weights_only=False)
    assert first["step"] >= 2
    train.train(replace(config, minutes=0.2), tmp_path, 0, 1)
    assert torch.load(tmp_path / "last.pt", weights_only=False)["step"] > first["step"]
    for split, seed in (("calibration", 600), ("test", 700), ("shift", 800), ("plain", 900)):
        data.generate(tmp_path / split, 60, seed, "plain", processes=1)
    out = tmp_path / "models"
    export.export(tmp_path, out, "tiny", "0.0.1")
    model = load_model(out / "tiny.json")
    assert {file.precision for file in model.manifest.files} == {"fp32", "int8"}
    assert json.loads((out / "tiny.json").read_text())["synthetic"] is True
    stored = np.load(out / "selftest.npz")
    assert stored["pictures"].dtype == np.uint8
    assert len(stored["boxes"]) == len(stored["cleft"]) == len(stored["view"])
