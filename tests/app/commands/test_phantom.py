from __future__ import annotations

from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from app.__main__ import main

LOOP = ["phantom", "loop", "--size", "320x240", "--seconds", "0.2", "--view", "lip"]


@pytest.mark.parametrize("name", ["loop.mp4", "loop.webm"])
def test_a_loop_plays_and_says_that_it_is_synthetic(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / name
    assert main([*LOOP, "--out", str(out)]) == 0
    assert "SYNTHETIC PHANTOM" in capsys.readouterr().out
    with av.open(str(out)) as container:
        metadata = {key.lower(): value for key, value in container.metadata.items()}
        frames = [frame.to_ndarray(format="gray8") for frame in container.decode(video=0)]
    assert "SYNTHETIC PHANTOM" in metadata["title"]
    assert len(frames) == 6
    assert frames[0].shape == (240, 320)
    assert not np.array_equal(frames[0], frames[-1])
    assert list(tmp_path.iterdir()) == [out]


def test_a_contact_sheet(tmp_path: Path) -> None:
    out = tmp_path / "sheet.png"
    assert main(["phantom", "sheet", "--out", str(out), "--count", "3", "--view", "palate"]) == 0
    page = cv2.imread(str(out), cv2.IMREAD_GRAYSCALE)
    assert page is not None
    assert page.shape == (276, 768)


@pytest.mark.parametrize(
    "words",
    [
        [*LOOP, "--out", "loop.avi"],
        [*LOOP, "--out", "nowhere/loop.mp4"],
        [*LOOP, "--out", "loop.mp4", "--size", "large"],
        [*LOOP, "--out", "loop.mp4", "--size", "10x10"],
        [*LOOP, "--out", "loop.mp4", "--seconds", "0"],
        [*LOOP, "--out", "loop.mp4", "--fps", "0"],
        [*LOOP, "--out", "loop.mp4", "--megabytes", "-1"],
        ["phantom", "sheet", "--out", "sheet.png", "--count", "0"],
    ],
)
def test_nonsense_is_refused_in_one_line(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    said = capsys.readouterr().err.strip()
    assert said.startswith("philtrum phantom: ")
    assert "\n" not in said
    assert list(tmp_path.iterdir()) == []
