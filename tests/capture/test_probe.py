from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

import cv2
import numpy as np
import pytest

from app.__main__ import main
from capture.frame import Frame, Pixels, make_frame
from capture.geometry import Box
from capture.probe import MOST_FRAMES, probe, probe_json, probe_text
from capture.source import EndOfSource, SourceInfo, SourceLostError
from tests.capture.fakes import HandClock
from tests.capture.region.screens import HEIGHT, WIDTH, box_of, fan, screen

KEYS = {
    *("kind", "codec", "width", "height", "fps", "frames", "duration_s", "region", "sector", "mm_per_px"),
    *("warnings", "container", "rotation_deg", "colour_range", "interlaced", "mm_per_px_from", "text_areas"),
}


class Listed:
    """A source of given pictures; time passes before each read."""

    def __init__(
        self, pictures: Sequence[Pixels | None], info: SourceInfo, clock: HandClock, step_s: float
    ) -> None:
        self._pictures, self._info, self._clock, self._step_s = list(pictures), info, clock, step_s
        self.given = 0
        self.closed = False

    @property
    def info(self) -> SourceInfo:
        return self._info

    def read(self, timeout_s: float = 0.25) -> Frame | None:
        self._clock.advance(self._step_s)
        if self.given >= len(self._pictures):
            if not self._info.live:
                raise EndOfSource("3 of 9 frames are missing")
            return None
        picture = self._pictures[self.given]
        self.given += 1
        return None if picture is None else make_frame(self.given, self._clock.now_ns(), picture.copy())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closed = True


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


FILM = SourceInfo(
    "video",
    "loop.mp4",
    WIDTH,
    HEIGHT,
    False,
    28.0,
    6,
    0.2,
    codec="h264",
    container="mp4",
    colour_range="limited",
)


def test_a_film_with_a_scan(clock: HandClock) -> None:
    source = Listed([screen(fan(), seed=n) for n in range(6)], FILM, clock, 0.001)
    facts = probe_json(probe(source, clock))
    assert facts.keys() >= KEYS
    assert Box(*facts["region"]).iou(box_of(fan())) > 0.95
    assert facts["region_from"] == "found"
    assert facts["sector"]["kind"] == "convex"
    assert facts["sector"]["radii_px"] == pytest.approx([90, 600], abs=12)
    assert (facts["fps"], facts["fps_from"], facts["frames"]) == (28.0, "time stamps", 6)
    assert facts["text_areas"]
    assert facts["warnings"] == ["3 of 9 frames are missing"]
    assert source.closed
    json.dumps(facts)


def test_where_there_is_no_scan_it_is_said(clock: HandClock) -> None:
    result = probe(Listed([screen(None)], FILM, clock, 0.001), clock)
    facts = probe_json(result)
    assert facts["region"] is None
    assert facts["sector"] is None
    assert facts["warnings"][0].startswith("no sector found: ")
    assert facts["warnings"][0].endswith("the whole picture is used")
    assert "no sector found: the whole picture" in probe_text(result)


def test_a_live_source_s_rate_is_measured(clock: HandClock) -> None:
    info = SourceInfo("card", "Grabber", WIDTH, HEIGHT, True, fps=60.0)
    facts = probe_json(probe(Listed([screen(fan())] * 80, info, clock, 0.04), clock))
    assert facts["fps"] == pytest.approx(25.0)
    assert facts["fps_from"] == "arrival"


def test_no_more_is_read_than_is_needed(clock: HandClock) -> None:
    many = Listed([screen(fan())] * 100, replace(FILM, frames=100), clock, 0.001)
    probe(many, clock)
    assert many.given == MOST_FRAMES
    slow = Listed([screen(fan())] * 100, replace(FILM, frames=100), clock, 0.5)
    probe(slow, clock)
    assert slow.given <= 4


def test_a_source_without_a_picture_is_given_up(clock: HandClock) -> None:
    info = SourceInfo("card", "Grabber", WIDTH, HEIGHT, True)
    with pytest.raises(SourceLostError, match="Grabber: no picture came within 3 s"):
        probe(Listed([], info, clock, 0.25), clock)


def test_a_change_of_size_is_told(clock: HandClock) -> None:
    small = np.ascontiguousarray(screen(fan())[::2, ::2])
    result = probe(Listed([screen(fan()), small, screen(fan())], FILM, clock, 0.001), clock)
    assert f"the size changes: {WIDTH}x{HEIGHT}, {WIDTH // 2}x{HEIGHT // 2}" in result.warnings
    assert (result.info.width, result.region.frame_width) == (WIDTH, WIDTH)


def test_the_scale_and_where_it_came_from(clock: HandClock) -> None:
    known = replace(FILM, mm_per_px=0.21, mm_per_px_from="dicom")
    facts = probe_json(probe(Listed([screen(fan())], known, clock, 0.001), clock))
    assert (facts["mm_per_px"], facts["mm_per_px_from"]) == (0.21, "dicom")


def test_every_warning_of_the_source_is_told(clock: HandClock) -> None:
    result = probe(
        Listed([screen(fan())], replace(FILM, warnings=("the file ends early",)), clock, 0.001), clock
    )
    assert "the file ends early" in result.warnings
    assert "warning   the file ends early" in probe_text(result)


def test_the_command_prints_json_of_a_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "still.png"
    cv2.imwrite(str(path), screen(fan())[..., ::-1])
    assert main(["probe", str(path), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["kind"], facts["width"], facts["height"]) == ("image", WIDTH, HEIGHT)
    assert Box(*facts["region"]).iou(box_of(fan())) > 0.95


def test_the_command_refuses_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["probe", "/nowhere/at/all.mp4"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "there is no such file" in said.err
