from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from capture.geometry import Box, Region
from capture.source import SourceError
from inference import Philtrum
from tests.inference.tiny_models import picture, write_tiny_model


@pytest.fixture
def model(tmp_path: Path) -> Philtrum:
    return Philtrum.load(write_tiny_model(tmp_path / "model"), ["cpu"])


def test_an_array_goes_in_and_a_prediction_comes_out(model: Philtrum) -> None:
    pixels = picture(20, 200)
    prediction = model.predict(pixels)
    assert prediction.cleft > 0.9
    assert prediction.view == "lip"
    assert prediction.heatmap is not None
    assert pixels.flags.writeable, "the caller's array stays the caller's"
    assert model.status.provider == "CPU"
    assert model.manifest.name == "tiny"


def test_a_file_gives_the_answer_of_its_pixels(model: Philtrum, tmp_path: Path) -> None:
    pixels = picture(60, 90)
    cv2.imwrite(str(tmp_path / "picture.png"), pixels)
    assert model.predict(tmp_path / "picture.png").cleft == model.predict(pixels).cleft


def test_a_region_narrows_the_look(model: Philtrum) -> None:
    pixels = np.full((100, 100), 250, np.uint8)
    pixels[40:80, 40:80] = picture(20, 200, 40, 40)
    inside = model.predict(pixels, Region(Box(40, 40, 80, 80), 100, 100, origin="manual"))
    assert inside.cleft == pytest.approx(model.predict(picture(20, 200)).cleft, abs=1e-3)
    assert (inside.placement.x0, inside.placement.width) == (40, 40)


def test_what_cannot_be_read_is_an_error_in_one_line(model: Philtrum, tmp_path: Path) -> None:
    (tmp_path / "bad.png").write_bytes(b"nothing")
    with pytest.raises(SourceError) as error:
        model.predict(tmp_path / "bad.png")
    assert "\n" not in str(error.value)
    with pytest.raises(ValueError, match="expected uint8"):
        model.predict(np.zeros((4, 4), np.float32))


def test_a_folder_of_pictures_is_analysed_whole(model: Philtrum, tmp_path: Path) -> None:
    folder = tmp_path / "loop"
    folder.mkdir()
    draw = np.random.default_rng(2)
    for number in range(12):
        noise = draw.integers(-6, 7, (128, 128))
        cv2.imwrite(
            str(folder / f"{number:03}.png"), np.clip(picture(20, 200) + noise, 0, 255).astype(np.uint8)
        )
    rows = list(model.analyze(folder))
    assert [row.scan.frame.index for row in rows] == list(range(12))
    assert sum(row.prediction is not None for row in rows) == 12
    assert rows[-1].evidence.tallies["lip"].frames == 11


def test_importing_the_package_is_light() -> None:
    code = "import sys, inference; print([m for m in ('numpy', 'cv2', 'onnxruntime') if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30
    )
    assert done.stdout.strip() == "[]"
