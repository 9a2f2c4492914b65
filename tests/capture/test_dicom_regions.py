from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from capture.geometry import Box
from tests.capture.dicom_play import play
from tests.capture.media import (
    numbered,
    us_region,
    write_dicom,
)

REGIONS: dict[str, tuple[list[Any], float | None, Box | None, str | None]] = {
    "inside": ([us_region(10, 5, 80, 60)], 0.1, Box(10, 5, 81, 61), None),
    "one over the edge": ([us_region(0, 0, 96, 64)], 0.1, Box(0, 0, 96, 64), None),
    "of another size": ([us_region(84, 31, 595, 414)], None, None, "lies outside the 96 x 64 picture"),
    "nowhere": ([us_region(0, 0, 0, 0)], None, None, "lies outside"),
    "two alike": (
        [us_region(0, 0, 40, 60), us_region(48, 0, 90, 60)],
        0.1,
        Box(0, 0, 91, 61),
        None,
    ),
    "two scales": (
        [us_region(0, 0, 40, 60), us_region(48, 0, 90, 60, 0.02)],
        None,
        Box(0, 0, 91, 61),
        "differ in scale",
    ),
    "beyond belief": ([us_region(0, 0, 90, 60, 5.0)], None, Box(0, 0, 91, 61), None),
    "none": ([], None, None, None),
}


@pytest.mark.parametrize("case", REGIONS.values(), ids=REGIONS)
def test_scale_and_region_are_doubted(case: tuple[Any, ...], tmp_path: Path) -> None:
    items, mm, box, warning = case
    path = write_dicom(tmp_path / "a.dcm", [numbered(0)], elements={"SequenceOfUltrasoundRegions": items})
    info, shown, _ = play(path)
    assert info.mm_per_px == (None if mm is None else pytest.approx(mm))
    assert info.mm_per_px_from == (None if mm is None else "dicom")
    assert shown[0].mm_per_px == info.mm_per_px
    assert info.claimed_region == box
    assert bool(info.warnings) is (warning is not None)
    if warning:
        assert warning in info.warnings[0]


def test_a_region_in_other_units_gives_no_scale(tmp_path: Path) -> None:
    item = us_region(0, 0, 90, 60)
    item.PhysicalUnitsXDirection = 4  # seconds: M-mode
    path = write_dicom(tmp_path / "a.dcm", [numbered(0)], elements={"SequenceOfUltrasoundRegions": [item]})
    assert play(path)[0].mm_per_px is None


@pytest.mark.parametrize(
    ("good", "bad"), [(b"\x1a\x60UL\x04\x00", b"\x1a\x60TL\x04\x00"), (b"\x1a\x60UL\x04", b"\x1a\x60UL\x02")]
)
def test_a_damaged_element_of_a_region_costs_that_region_alone(
    good: bytes, bad: bytes, tmp_path: Path
) -> None:
    items = [us_region(10, 5, 80, 60)]
    path = write_dicom(tmp_path / "a.dcm", [numbered(0)], elements={"SequenceOfUltrasoundRegions": items})
    data = path.read_bytes()
    assert data.count(good) == 1
    path.write_bytes(data.replace(good, bad))
    info, shown, _ = play(path)
    assert len(shown) == 1
    assert info.claimed_region is None
