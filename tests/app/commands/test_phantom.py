from __future__ import annotations

import json
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from app.__main__ import main
from capture.open import open_source
from inference.dataset import read_dataset

LOOP = ["phantom", "loop", "--size", "320x240", "--seconds", "0.2", "--view", "lip", "--seed", "2"]
EXAM = ["phantom", "exam", "--size", "160x120", "--seconds", "0.15", "--clips", "2", "--seed", "2"]


@pytest.mark.parametrize("name", ["loop.mp4", "loop.mkv", "loop.webm"])
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
    assert "phantom:seed=2&view=lip" in metadata["comment"]
    assert len(frames) == 6
    assert frames[0].shape == (240, 320)
    assert not np.array_equal(frames[0], frames[-1])
    assert list(tmp_path.iterdir()) == [out]


def test_a_loop_that_is_there_is_kept_another_is_made_afresh(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "loop.dcm"
    words = [*LOOP, "--out", str(out), "--size", "160x120"]
    assert main(words) == 0
    first = out.stat()
    assert main(words) == 0
    assert "done before" in capsys.readouterr().out
    assert out.stat().st_mtime_ns == first.st_mtime_ns
    before = out.read_bytes()
    assert main([*words, "--redo"]) == 0
    assert out.read_bytes() == before
    assert main([*words, "--cleft", "none"]) == 0
    assert out.read_bytes() != before


def test_what_the_phantom_did_not_make_is_not_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("mine.mp4", "mine.dcm"):
        mine = tmp_path / name
        mine.write_bytes(b"a patient's film")
        assert main([*LOOP, "--out", str(mine)]) == 2
        assert "none of the phantom's" in capsys.readouterr().err
        assert mine.read_bytes() == b"a patient's film"


def test_a_loop_with_its_contact_sheet(tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.png"
    out = tmp_path / "loop.mp4"
    assert main([*LOOP, "--out", str(out), "--style", "none", "--sheet", str(sheet)]) == 0
    page = cv2.imread(str(sheet))
    assert page is not None
    assert page.shape == (22 + 2 * (240 + 22), 4 * 320, 3)


def test_an_exam_has_the_truth_of_every_frame(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "exam"
    words = [*EXAM, "--out", str(out), "--format", "both", "--sheet", "--age", "22.5"]
    assert main(words) == 0
    truth = json.loads((out / "exam.json").read_text())
    assert truth["complete"]
    assert truth["fetus"]["age_weeks"] == 22.5
    assert [clip["view"] for clip in truth["clips"]] == ["lip", "palate"]
    for clip in truth["clips"]:
        assert clip["files"] == [f"{clip['name']}.mp4", f"{clip['name']}.dcm"]
        assert len(clip["rows"]) == clip["frames"] == 4
        for name in clip["files"]:
            with open_source(str(out / name)) as source:
                assert source.info.frames == 4
    rows = read_dataset(out).rows
    assert [row.view for row in rows] == ["lip"] * 4 + ["palate"] * 4
    assert cv2.imread(str(out / "sheet.png")) is not None
    capsys.readouterr()

    # Half of it is lost: only that half is made again.
    kept = (out / "clip-01.mp4").stat().st_mtime_ns
    lost = (out / "clip-02.dcm").read_bytes()
    (out / "clip-02.dcm").unlink()
    assert main(words) == 0
    assert "(1 made, 1 there before)" in capsys.readouterr().out
    assert (out / "clip-01.mp4").stat().st_mtime_ns == kept
    assert (out / "clip-02.dcm").read_bytes() == lost
    assert json.loads((out / "exam.json").read_text()) == truth

    assert main([*words, "--cleft", "none"]) == 2
    assert "other settings" in capsys.readouterr().err


def test_a_contact_sheet(tmp_path: Path) -> None:
    out = tmp_path / "sheet.png"
    assert main(["phantom", "sheet", "--out", str(out), "--count", "3", "--view", "palate"]) == 0
    page = cv2.imread(str(out))
    assert page is not None
    assert page.shape[1] == 768


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
        [*LOOP, "--out", "loop.mp4", "--age", "50"],
        [*LOOP, "--out", "loop.mp4", "--speed", "0"],
        [*LOOP, "--out", "loop.mp4", "--sheet", "nowhere/sheet.png"],
        [*LOOP, "--out", "loop.dcm", "--stored", "none", "--seconds", "3600"],
        [*EXAM, "--out", "exam", "--clips", "0"],
        [*EXAM, "--out", "exam", "--seconds", "-3"],
        [*EXAM, "--out", "nowhere/exam"],
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
