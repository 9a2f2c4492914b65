from __future__ import annotations

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.bench import live
from app.bench.paced_loop import PacedLoop, drawn_screens
from app.create import create_app
from app.opening import SourceOpener
from app.refusal import Refusal
from app.settings import Settings
from capture.frame import make_frame
from capture.region.tracker import RegionTracker
from tests.app.conftest import send_deferred_deletes
from tests.app.window_fakes import picture
from tests.inference.tiny_models import write_tiny_model


def arguments(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    live.add_parser(parser.add_subparsers(), "text")
    return parser.parse_args(["live", *words])


def test_every_frame_of_a_short_run_is_accounted_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "PICTURES", 3)
    model = write_tiny_model(tmp_path)
    picture = tmp_path / "window.png"
    words = ("--seconds", "1.5", "--warm-up", "0.7", "--fps", "30", "--window", "960x540")
    assert live.run(arguments(*words, "--model", str(model), "--screenshot", str(picture))) == 0
    report = json.loads(capsys.readouterr().out)
    counts = report["counts"]
    assert counts["captured"] > 20
    assert counts["captured"] == counts["shown"] + counts["dropped"]
    assert counts["shown"] == counts["own"] + counts["older"] + counts["without"] > 10
    for key in ("interval_ms", "frame_to_paint_ms", "overlay_age_ms", "inference_ms"):
        found = report[key]
        assert 0 < found["p50"] <= found["p95"] <= found["p99"] <= found["p99_9"] <= found["max"]
    assert sum(report["interval_histogram"].values()) in (counts["shown"], counts["shown"] - 1)
    assert report["own_prediction_share"] == pytest.approx(counts["own"] / counts["shown"], abs=1e-4)
    assert report["model"] == "tiny 1" and report["provider"] == "CPU"
    assert report["rss_mb"]["start"] > 20
    assert picture.stat().st_size > 10_000


def test_a_recording_is_shown_as_one(qtbot: QtBot, tmp_path: Path) -> None:
    folder = tmp_path / "loop"
    folder.mkdir()
    for number in range(12):
        cv2.imwrite(str(folder / f"{number:02}.png"), picture(number))
    _, window = create_app(Settings(), with_ai=False, language="en")
    bench = live.LiveBench(window, 5.0, 5.0)
    try:
        window.show()
        bench.start(SourceOpener(str(folder)))
        qtbot.waitUntil(lambda: window.top_bar.shown.state == "replay", timeout=8000)
        assert window.timeline.transport.isVisible()
    finally:
        window.close()
        window.deleteLater()
        send_deferred_deletes()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--seconds", "0"), "--seconds: expected 1 to 86400, got 0"),
        (("--fps", "1000"), "--fps: expected 1 to 240, got 1000"),
        (("--scan-rate", "90"), "--scan-rate: expected 1 to 60, got 90"),
        (("--window", "wide"), "--window: expected WIDTHxHEIGHT, got 'wide'"),
        (("--window", "10x10"), "--window: expected 640x400 to 7680x4320, got 10x10"),
        (("--no-ai", "--source", "no/such/film.mp4"), "no"),
        (("--model", "no/such/model.json"), "model.json: "),
    ],
)
def test_nonsense_is_refused_in_one_line(words: tuple[str, ...], said: str) -> None:
    with pytest.raises(Refusal) as refused:
        live.run(arguments(*words))
    assert str(refused.value).startswith(said) and "\n" not in str(refused.value)


def test_loop_keeps_its_time_table_and_skips_what_was_missed() -> None:
    pictures = [np.full((4, 4), value, np.uint8) for value in (1, 2, 3)]
    with PacedLoop(pictures, fps=200.0) as loop:
        frames = [frame for frame in (loop.read() for _ in range(40)) if frame is not None]
    indices = np.array([frame.index for frame in frames])
    times_ms = np.array([frame.captured_ns for frame in frames]) / 1e6
    assert (np.diff(indices) >= 1).all()
    assert ((times_ms - times_ms[0]) - (indices - indices[0]) * 5.0 > -1.0).all(), "never before its time"
    assert all(frame.pixels[0, 0] == 1 + frame.index % 3 for frame in frames)
    assert frames[0].pixels is not pictures[0]


def test_a_slower_scan_repeats_its_pictures() -> None:
    pictures = [np.full((4, 4), value, np.uint8) for value in range(10)]
    with PacedLoop(pictures, fps=240.0, scan_rate_hz=112.0) as loop:
        frames = [frame for frame in (loop.read() for _ in range(40)) if frame is not None]
    assert all(frame.pixels[0, 0] == int(frame.index * 112 / 240) % 10 for frame in frames)


def test_drawn_screens_have_a_scan_that_is_found() -> None:
    screens = drawn_screens(2, 960, 540)
    assert not np.array_equal(screens[0], screens[1])
    region = RegionTracker().feed(make_frame(0, 0, screens[0]))
    assert region.origin != "whole" and region.box.area > 0.3 * 960 * 540
