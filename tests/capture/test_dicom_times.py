from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydicom.uid import (
    MPEG4HP41,
)

from capture.dicom_file import DicomFile
from tests.capture.dicom_play import RAMP, play
from tests.capture.media import (
    numbered,
    write_dicom,
    write_film,
)


def test_an_encapsulated_film_without_a_rate_keeps_its_own(tmp_path: Path) -> None:
    data = write_film(tmp_path / "a.mp4", 4, codec="libx264", rate=10).read_bytes()
    path = write_dicom(tmp_path / "a.dcm", fragments=[data], syntax=MPEG4HP41, elements={"NumberOfFrames": 4})
    info, _, _ = play(path)
    assert info.fps == pytest.approx(10)
    assert info.warnings == ()


TIMES: dict[str, tuple[dict[str, Any], list[float], bool]] = {
    "frame time": ({"FrameTime": "40"}, [0, 0.04, 0.08, 0.12], False),
    "vector": ({"FrameTimeVector": ["0", "10", "30", "20"]}, [0, 0.01, 0.04, 0.06], False),
    "vector pointed to": (
        {"FrameTime": "40", "FrameTimeVector": ["0", "10", "30", "20"], "FrameIncrementPointer": 0x00181065},
        [0, 0.01, 0.04, 0.06],
        False,
    ),
    "vector too short": ({"FrameTimeVector": ["0", "10"], "CineRate": "50"}, [0, 0.02, 0.04, 0.06], False),
    "cine rate": ({"CineRate": "50", "RecommendedDisplayFrameRate": "10"}, [0, 0.02, 0.04, 0.06], False),
    "display rate": ({"RecommendedDisplayFrameRate": "10"}, [0, 0.1, 0.2, 0.3], False),
    "zero": ({"FrameTime": "0", "CineRate": "0"}, [0, 0.04, 0.08, 0.12], True),
    "none": ({}, [0, 0.04, 0.08, 0.12], True),
}


@pytest.mark.parametrize("case", TIMES.values(), ids=TIMES)
def test_times(case: tuple[dict[str, Any], list[float], bool], tmp_path: Path) -> None:
    elements, times, assumed = case
    path = write_dicom(tmp_path / "a.dcm", [numbered(i) for i in range(4)], elements=elements)
    with DicomFile(path) as source:
        assert source.times_s == pytest.approx(times)
        assert any("25 frames a second assumed" in w for w in source.info.warnings) is assumed


def test_a_still_needs_no_rate(tmp_path: Path) -> None:
    info, shown, _ = play(write_dicom(tmp_path / "a.dcm", [RAMP]))
    assert (info.frames, info.fps, info.warnings) == (1, None, ())
    assert (shown[0].pixels == RAMP).all()
