from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from capture.frame import Pixels
from capture.phantom.render import render
from capture.phantom.sampling import sample
from inference.training import likeness

SCAN = np.full((256, 256), 255, np.uint8)


def grains(sigma_across: float, sigma_down: float, seed: int = 0) -> Pixels:
    noise = np.random.default_rng(seed).standard_normal((256, 256)).astype(np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), sigmaX=sigma_across, sigmaY=sigma_down)
    return np.asarray(np.clip(128 + 30 * soft / np.std(soft), 0, 255), np.uint8)


def test_speckle_size_is_that_of_the_blur_it_was_made_with() -> None:
    """Noise blurred by sigma is correlated as a Gaussian of sqrt(2) sigma: 3.33 sigma wide at half height.

    Less a little, for the trend that is taken off first.
    """
    figures = likeness.look(grains(2.0, 1.2), SCAN).figures
    assert figures["speckle across, px"] == pytest.approx(3.33 * 2.0, rel=0.15)
    assert figures["speckle down, px"] == pytest.approx(3.33 * 1.2, rel=0.15)


def test_finer_grain_has_more_power_high_up() -> None:
    fine, coarse = (likeness.look(grains(s, s), SCAN) for s in (0.8, 3.0))
    assert fine.figures["power above 1/8 px, %"] > 2 * coarse.figures["power above 1/8 px, %"]
    assert fine.spectrum.sum() == pytest.approx(1)


def test_grey_levels_are_of_the_scan_alone() -> None:
    picture, mask = grains(1, 1), SCAN.copy()
    picture[:, 128:], mask[:, 128:] = 0, 0
    found = likeness.look(picture, mask)
    assert found.figures["mean grey"] == pytest.approx(128, abs=2)
    assert found.figures["black, %"] < 1


def test_distance_of_histograms_is_in_grey_levels() -> None:
    one, other = (likeness.look(np.asarray(grains(1, 1) + up, np.uint8), SCAN) for up in (0, 10))
    assert likeness.grey_distance(one, other) == pytest.approx(10, abs=0.2)
    assert likeness.grey_distance(one, one) == 0


def test_a_black_picture_cannot_be_measured() -> None:
    with pytest.raises(ValueError, match="with echoes"):
        likeness.look(np.zeros((256, 256), np.uint8), SCAN)


def test_the_command_writes_a_figure_and_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Phantom frames stand for real pictures; a file that is no picture is named and left out."""
    pytest.importorskip("matplotlib")
    folder = tmp_path / "pictures"
    folder.mkdir()
    for seed in range(2):
        cv2.imwrite(
            str(folder / f"head_{seed}.png"), render(sample(seed, view="other", other="skull")).pixels
        )
    (folder / "head_bad.png").write_text("no picture")
    out = tmp_path / "figure.png"
    code = likeness.main(["--real", str(folder), "--match", "head_*", "--out", str(out), "--count", "2"])
    printed = capsys.readouterr()
    assert code == 0
    assert cv2.imread(str(out)) is not None
    assert "| speckle across, px |" in printed.out
    assert "head_bad.png" in printed.err


def test_no_folder_is_a_clear_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        likeness.main(["--real", str(tmp_path / "none"), "--out", str(tmp_path / "x.png")])
    assert stop.value.code == 2
    assert "expected a folder after --real" in capsys.readouterr().err
