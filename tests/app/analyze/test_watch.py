from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from app.analyze.batch import Here
from app.analyze.one import Options
from app.analyze.watch import SETTLE_S, Watch
from app.commands.analyze import Run, load_tools, watch
from capture.geometry import Box
from tests.app.commands.test_analyze import write_film
from tests.inference.tiny_models import write_tiny_model


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"\0" * 100)


def test_a_recording_is_handed_on_once_it_has_stopped_growing_and_once_only(tmp_path: Path) -> None:
    clock, folder = Clock(), tmp_path / "in"
    film = write_film(folder / "loop.mkv", 2)
    looking = Watch([folder], tmp_path / "out", clock)
    assert looking.look() == []
    for _ in range(3):
        clock.now += SETTLE_S - 1
        grow(film)
        assert looking.look() == [], "it grows"
    clock.now += SETTLE_S
    assert [item.name for item in looking.look()] == ["loop.mkv"]
    clock.now += SETTLE_S
    assert looking.look() == []
    stat = film.stat()
    os.utime(film, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))
    assert looking.look() == []
    clock.now += SETTLE_S
    assert [item.name for item in looking.look()] == ["loop.mkv"], "it is another recording now"


def test_a_share_that_goes_and_comes_back_gives_nothing_twice(tmp_path: Path) -> None:
    clock, folder = Clock(), tmp_path / "in"
    write_film(folder / "loop.mkv", 2)
    looking = Watch([folder], tmp_path / "out", clock)
    looking.look()
    clock.now += SETTLE_S
    assert len(looking.look()) == 1
    folder.rename(tmp_path / "away")
    assert looking.look() == [] and looking.away == (folder,)
    (tmp_path / "away").rename(folder)
    clock.now += SETTLE_S
    assert looking.look() == [] and not looking.away


def test_a_watch_runs_what_comes_and_ends_with_ctrl_c(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, folder, out = str(write_tiny_model(tmp_path / "model")), tmp_path / "in", tmp_path / "out"
    write_film(folder / "first.mkv", 3)
    out.mkdir()
    tools = load_tools(model, "cpu", None)

    def watched() -> int:
        clock, pauses = Clock(), 0

        def pause(seconds: float) -> None:
            nonlocal pauses
            pauses += 1
            clock.now += max(seconds, SETTLE_S)
            if pauses == 2 and not (folder / "second.mkv").exists():
                shutil.copy(folder / "first.mkv", folder / "second.mkv")
                (folder / "bad.mp4").write_bytes(b"")
            if pauses == 5:
                raise KeyboardInterrupt

        options = Options(Box(16, 20, 144, 116), film=False, pictures=False)
        run = Run(Here(tools), options, out)
        return watch(run, Watch([folder], out, clock), clock, pause)

    assert watched() == 1
    first = capsys.readouterr()
    assert [line.split(":")[0] for line in first.out.splitlines()] == [
        "watching; Ctrl-C ends",
        "first.mkv",
        "second.mkv",
        "2 of 3 done, 1 failed",
    ]
    assert first.err == "bad.mp4: the file is empty\n"
    assert (out / "loops.parquet").is_file()
    made = (out / "first" / "run.json").read_bytes()
    assert watched() == 1
    assert "first.mkv" not in capsys.readouterr().out, "nothing is run twice after a restart"
    assert (out / "first" / "run.json").read_bytes() == made
