from __future__ import annotations

import csv
import errno
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from app.analyze import words
from app.analyze.batch import Batch, FailureList, Here
from app.analyze.one import Options, Outcome, Tools, WriteError, named
from app.analyze.rows import RowWriter, columns
from app.analyze.sources import Failure, Item, find
from app.analyze.summary import Summary
from capture.source import FrameSource, SourceError, UnreadableSourceError
from inference.analysis import Place
from tests.app.analyze.recordings import (
    BANNER,
    BOX,
    ArrayRecording,
    BoxFinder,
    Pixels,
    exam,
    make_tools,
    scan_pixels,
)

ROWS = Options(film=False, pictures=False)
REPEATABLE = ("frames.csv", "frames.parquet", "summary.json", "annotated.mkv")


@pytest.fixture(autouse=True)
def found_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The scan lies in `BOX`; how it is found is another test's matter."""
    monkeypatch.setattr("inference.analysis.RegionTracker", lambda **_: BoxFinder())


def make_files(folder: Path, *names: str) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / name for name in names]
    for path in paths:
        if not path.exists():
            path.write_bytes(b"\0\0\0\x18ftypmp42" + path.name.encode())
    return paths


def items_of(paths: list[Path], out: Path) -> list[Item]:
    items, failures = find([str(path) for path in paths], out)
    assert not failures
    return items


def run(
    tmp_path: Path,
    make: Callable[[], FrameSource] = lambda: ArrayRecording(exam()),
    options: Options | None = None,
    redo: bool = False,
    name: str = "loop.mp4",
) -> tuple[list[Outcome], Path]:
    out = tmp_path / "out"
    paths = make_files(tmp_path / "in", name)
    tools = make_tools(tmp_path, lambda spec: make())
    return list(Batch(Here(tools), options or ROWS, out, redo=redo).run(items_of(paths, out))), out


def read_summary(folder: Path) -> Any:
    return json.loads((folder / "summary.json").read_text("utf-8"))


def test_one_recording_gives_all_its_files(tmp_path: Path) -> None:
    (outcome,), out = run(tmp_path, options=Options())
    assert outcome.state == "done" and outcome.folder == out / "loop"
    names = {path.name for path in (out / "loop").iterdir()}
    summary = read_summary(out / "loop")
    assert names == {*summary["files"], "run.json"}
    assert {"frames.csv", "frames.parquet", "summary.json", "annotated.mkv", "view-lip.png"} <= names
    assert [path.name for path in out.iterdir()] == ["loop"], "nothing half made is left"


def test_rows_are_the_same_in_csv_and_parquet(tmp_path: Path) -> None:
    _, out = run(tmp_path, lambda: ArrayRecording(exam(repeats=2)))
    with (out / "loop" / "frames.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    table = pq.read_table(out / "loop" / "frames.parquet")
    assert list(lines[0]) == table.column_names == list(columns(("lip", "palate", "other")))
    assert len(lines) == table.num_rows == 120
    for line, row in zip(lines, table.to_pylist(), strict=True):
        for name, text in line.items():
            value = row[name]
            assert (text == "") == (value is None), name
            if isinstance(value, float):
                assert float(text) == pytest.approx(value, abs=5e-7), name
            elif value is not None:
                assert text == str(int(value) if isinstance(value, bool) else value), name
    assert [row["frame"] for row in table.to_pylist()] == list(range(120))
    assert sum(row["inferred"] for row in table.to_pylist()) == 60
    assert table.schema.metadata[b"statement"].decode() == words.STANDING


def test_summary_adds_up_and_keeps_to_its_schema(tmp_path: Path) -> None:
    blank = np.zeros((120, 160), np.uint8)
    frozen = [scan_pixels(150, 140, 99)] * 20
    pictures = [*exam(repeats=2), *frozen, *[blank] * 3]
    (outcome,), out = run(tmp_path, lambda: ArrayRecording(pictures, missing="the last 4 frames"))
    summary = Summary.model_validate(read_summary(out / "loop"))
    assert summary == outcome.summary
    counts = summary.counts
    assert summary.frames == 143 == counts.inferred + counts.repeats + counts.frozen + counts.blank
    assert counts.inferred == 61 and counts.blank == 3 and counts.frozen > 5
    assert sum(summary.status_frames.values()) == 143
    assert summary.statement == words.STANDING and summary.synthetic_note == words.SYNTHETIC
    assert "the last 4 frames" in summary.warnings and summary.source.missing == "the last 4 frames"
    assert summary.region is not None
    region = summary.region
    assert (region.x0, region.y0, region.x1, region.y1) == (BOX.x0, BOX.y0, BOX.x1, BOX.y1)
    assert summary.rates.source_fps == pytest.approx(25.0)
    assert summary.verdict == "lip_suspect_alone"
    assert summary.model.name == "tiny" and len(summary.model.sha256) == 64


def test_a_finding_is_flagged_with_its_span_best_frame_and_pictures(tmp_path: Path) -> None:
    _, out = run(tmp_path, options=Options(film=False))
    summary = read_summary(out / "loop")
    (flag,) = summary["flags"]
    assert flag["view"] == "lip" and flag["open_at_end"]
    assert 40 <= flag["from_frame"] < 60 and flag["to_frame"] == 59
    assert flag["from_frame"] <= flag["best_frame"] <= 59
    assert flag["best_s"] == pytest.approx(flag["best_frame"] / 25)
    assert flag["picture"] == "flag-001.png"
    assert (out / "loop" / "flag-001-overlay.png").is_file()
    assert summary["best_frames"]["score"] == summary["peak"]["frame"] >= 40


def test_what_lies_outside_the_scan_is_in_no_stored_picture(tmp_path: Path) -> None:
    _, out = run(tmp_path, lambda: ArrayRecording(exam()[18:]), Options())
    bare = np.asarray(Image.open(out / "loop" / "view-lip.png"))
    assert bare.shape == (BOX.height, BOX.width, 3), "the scan alone, at its own size"
    assert bare.max() < BANNER
    stored = sorted((out / "loop").glob("*.png"))
    assert len(stored) == 4
    with av.open(str(out / "loop" / "annotated.mkv")) as film:
        picture = next(film.decode(video=0)).to_ndarray(format="gray")[:632, :960]
    assert picture.max() < 200, "the banner's white would be seen"


def test_a_picture_without_a_found_scan_is_not_stored_unless_asked(tmp_path: Path) -> None:
    def lost(**_: object) -> BoxFinder:
        return BoxFinder(9999)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("inference.analysis.RegionTracker", lost)
        _, out = run(tmp_path, lambda: ArrayRecording(exam()[15:30]), Options())
    summary = read_summary(out / "loop")
    assert summary["region"] is None and summary["counts"]["without_scan"] == 15
    assert not list((out / "loop").glob("*.png"))
    assert any("no scan found in 15 of 15 frames" in warning for warning in summary["warnings"])
    with av.open(str(out / "loop" / "annotated.mkv")) as film:
        scan = next(film.decode(video=0)).to_ndarray(format="gray")[:632, :960]
    assert scan[:250].max() < 40 and scan[400:].max() < 40, "words alone in the middle"
    whole: Place = "whole"
    _, out = run(tmp_path, options=Options(place=whole, film=False))
    assert read_summary(out / "loop")["region"]["origin"] == "manual"
    assert list((out / "loop").glob("*.png"))


def test_the_film_has_every_frame_at_its_own_time(tmp_path: Path) -> None:
    _, out = run(tmp_path, lambda: ArrayRecording(exam()[:20], rate=7.3), Options(pictures=False))
    with av.open(str(out / "loop" / "annotated.mkv")) as film:
        times = [frame.time for frame in film.decode(video=0)]
        assert words.STANDING in film.metadata["COMMENT"]
    assert times == pytest.approx([index / 7.3 for index in range(20)], abs=0.001)


def test_a_second_run_gives_the_same_bytes(tmp_path: Path) -> None:
    def make() -> FrameSource:
        return ArrayRecording(exam()[30:])

    _, out = run(tmp_path, make, Options())
    first = {name: (out / "loop" / name).read_bytes() for name in REPEATABLE}
    (outcome,), _ = run(tmp_path, make, Options(), redo=True)
    assert outcome.state == "done"
    second = {name: (out / "loop" / name).read_bytes() for name in REPEATABLE}
    assert {name: first[name] == second[name] for name in REPEATABLE} == dict.fromkeys(REPEATABLE, True)


def test_what_is_done_is_skipped_until_something_changes(tmp_path: Path) -> None:
    opened: list[int] = []

    def make() -> FrameSource:
        opened.append(1)
        return ArrayRecording(exam()[:5])

    assert [o.state for o in run(tmp_path, make)[0]] == ["done"]
    stat = (tmp_path / "in" / "loop.mp4").stat()
    out = tmp_path / "out"
    tools = make_tools(tmp_path, lambda spec: make())

    def again(options: Options = ROWS, tools: Tools = tools) -> str:
        items = items_of([tmp_path / "in" / "loop.mp4"], out)
        (outcome,) = Batch(Here(tools), options, out).run(items)
        return outcome.state

    import os

    os.utime(tmp_path / "in" / "loop.mp4", ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert again() == "skipped" and len(opened) == 1
    os.utime(tmp_path / "in" / "loop.mp4", ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))
    assert again() == "done", "the file changed"
    assert again(Options(film=False)) == "done", "more was asked for"
    (out / "loop" / "frames.parquet").unlink()
    assert again(Options(film=False)) == "done", "a file of the result was gone"
    assert again(Options(film=False)) == "skipped"


def test_a_bad_recording_never_stops_the_rest(tmp_path: Path) -> None:
    out = tmp_path / "out"
    paths = make_files(tmp_path / "in", "a.mp4", "b.mp4", "c.mp4", "d.mp4", "e.mp4")
    tools = make_tools(
        tmp_path,
        {
            "a.mp4": lambda: ArrayRecording([], on_open=UnreadableSourceError("a.mp4: the file is empty")),
            "b.mp4": lambda: ArrayRecording([*exam()[:9], SourceError("the decoder\ngave up")]),
            "c.mp4": lambda: ArrayRecording([]),
            "d.mp4": lambda: ArrayRecording([], on_open=ZeroDivisionError("a fault of ours")),
            "e.mp4": lambda: ArrayRecording(exam()[:9]),
        },
    )
    outcomes = list(Batch(Here(tools), Options(film=False), out).run(items_of(paths, out)))
    assert [outcome.state for outcome in outcomes] == ["failed"] * 4 + ["done"]
    assert [outcome.message for outcome in outcomes[:4]] == [
        "a.mp4: the file is empty",
        "b.mp4: the decoder gave up",
        "c.mp4: not one whole frame could be read",
        "d.mp4: cannot be read (ZeroDivisionError)",
    ]
    assert sorted(path.name for path in out.iterdir()) == ["e"]


def test_a_full_disk_ends_the_run_and_leaves_what_was_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    paths = make_files(tmp_path / "in", "a.mp4", "b.mp4", "c.mp4")
    tools = make_tools(tmp_path, lambda spec: ArrayRecording(exam()[:9]))
    original = RowWriter.add

    def add(self: RowWriter, row: Any) -> None:
        if "b.part" in str(self._text.name):
            raise OSError(errno.ENOSPC, "No space left on device")
        original(self, row)

    monkeypatch.setattr(RowWriter, "add", add)
    states = []
    with pytest.raises(WriteError, match=r"cannot write to .*out: No space left on device"):
        for outcome in Batch(Here(tools), Options(), out).run(items_of(paths, out)):
            states.append(outcome.state)
    assert states == ["done"]
    assert sorted(path.name for path in out.iterdir()) == ["a"]


def test_ctrl_c_leaves_whole_results_alone(tmp_path: Path) -> None:
    out = tmp_path / "out"
    paths = make_files(tmp_path / "in", "a.mp4", "b.mp4")
    tools = make_tools(tmp_path, lambda spec: ArrayRecording(exam()))
    frames = 0

    def on_frame(done: int, total: int | None) -> None:
        nonlocal frames
        frames += 1
        if frames == 70:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(Batch(Here(tools, on_frame), Options(), out).run(items_of(paths, out)))
    assert sorted(path.name for path in out.iterdir()) == ["a"]


def test_a_redo_that_fails_leaves_the_old_result(tmp_path: Path) -> None:
    run(tmp_path)
    before = (tmp_path / "out" / "loop" / "frames.csv").read_bytes()
    broken: list[Pixels | Exception] = [*exam()[:9], SourceError("gone")]
    (outcome,), out = run(tmp_path, lambda: ArrayRecording(broken), redo=True)
    assert outcome.state == "failed"
    assert (out / "loop" / "frames.csv").read_bytes() == before


def test_a_film_that_fails_is_a_failure_to_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: object, picture: object, media_s: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("app.analyze.film._Encoder.add", full)
    with pytest.raises(WriteError, match="No space left"):
        run(tmp_path, lambda: ArrayRecording(exam()[:5]), Options(pictures=False))
    assert not list((tmp_path / "out").iterdir())


def test_sizes_that_change_in_mid_stream_are_rows_like_others(tmp_path: Path) -> None:
    larger = [np.asarray(cv2.resize(p, (200, 150)), np.uint8) for p in exam()[24:36]]
    (outcome,), out = run(tmp_path, lambda: ArrayRecording([*exam()[18:24], *larger]), Options())
    assert outcome.summary is not None and outcome.summary.frames == 18
    with av.open(str(out / "loop" / "annotated.mkv")) as film:
        assert sum(1 for _ in film.decode(video=0)) == 18


def test_failures_are_listed_and_the_list_goes_with_them(tmp_path: Path) -> None:
    failures = FailureList(tmp_path)
    failures.add(Failure("a.mp4", "a.mp4: empty"))
    failures.add(Failure("b, c.mp4", "b, c.mp4: 'odd'"))
    with (tmp_path / "failures.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [
            ["source", "message"],
            ["a.mp4", "a.mp4: empty"],
            ["b, c.mp4", "b, c.mp4: 'odd'"],
        ]
    FailureList(tmp_path)
    assert not (tmp_path / "failures.csv").exists()


def test_a_message_is_one_line_with_the_name_once() -> None:
    assert named("a.mp4", "a.mp4: the file\n is empty") == "a.mp4: the file is empty"
    assert named("a.mp4", "broken") == "a.mp4: broken"
