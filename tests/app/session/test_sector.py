from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from app.session.exam import Segment
from app.session.sector import cropped_region, region_from, region_words
from app.session.synthetic import SyntheticScans
from capture.geometry import Box, Region

REGION = SyntheticScans(320, 240).region
INNER = cropped_region(REGION)
SEGMENT: dict[str, Any] = {
    "number": 1, "file": "video/001.mkv", "codec": "mjpeg", "width": INNER.frame_width,
    "height": INNER.frame_height, "colour": False, "lossless": False, "first_ns": 5,
    "region": region_words(REGION),
}  # fmt: skip


def test_a_region_comes_back_from_its_words() -> None:
    assert region_from(region_words(REGION)) == REGION
    out = Region(Box(-5, 10, 400, 200), 320, 240)
    assert region_from(region_words(out)).box == Box(0, 10, 320, 200), "as much of it as is in the frame"


@pytest.mark.parametrize(
    "change",
    [{"box": [0, 0, 0, 0]}, {"box": [1, 2, 3]}, {"frame": [100, 100]}, {"sector": 5}, {"origin": "guess"},
     {"mm_per_px": float("nan")}, {"box": [0, 0, 1e400, 5]}, {"sector": {"kind": "convex"}}, {"frame": None}],
)  # fmt: skip
def test_what_is_no_region_is_refused_with_its_segment(change: dict[str, Any]) -> None:
    words = region_words(REGION) | change
    with pytest.raises(ValueError, match="expected a region"):
        region_from(words)
    with pytest.raises(ValidationError):
        Segment.model_validate(SEGMENT | {"region": words})


@pytest.mark.parametrize(
    "change", [{"file": "../001.mkv"}, {"file": "/x.mkv"}, {"width": 2}, {"first_ns": 2**63}, {"number": 0}]
)
def test_a_segment_of_another_place_or_size_is_refused(change: dict[str, Any]) -> None:
    assert Segment.model_validate(SEGMENT).frames is None
    with pytest.raises(ValidationError):
        Segment.model_validate(SEGMENT | change)
