from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.live.region_box import SMALLEST, Grip, by_hand, dragged, grip_at
from capture.geometry import Box, Region, Sector

BOX = Box(100, 50, 300, 250)


def test_corners_before_edges_before_the_whole() -> None:
    assert grip_at(BOX, 102, 48, 10) == Grip(-1, -1)
    assert grip_at(BOX, 200, 255, 10) == Grip(0, 1)
    assert grip_at(BOX, 305, 150, 10) == Grip(1, 0)
    inside = grip_at(BOX, 200, 150, 10)
    assert inside is not None and inside.whole
    assert grip_at(BOX, 330, 150, 10) is None


@given(
    across=st.sampled_from((-1, 0, 1)), down=st.sampled_from((-1, 0, 1)),
    dx=st.floats(-2000, 2000), dy=st.floats(-2000, 2000),
)  # fmt: skip
def test_a_dragged_box_stays_inside_and_large_enough(across: int, down: int, dx: float, dy: float) -> None:
    box = dragged(BOX, Grip(across, down), dx, dy, 640, 480)
    assert box.clipped(640, 480) == box
    assert min(box.width, box.height) >= SMALLEST
    if across == down == 0:
        assert (box.width, box.height) == (BOX.width, BOX.height)


def test_only_the_gripped_edge_moves() -> None:
    assert dragged(BOX, Grip(1, 0), 20, 99, 640, 480) == Box(100, 50, 320, 250)
    assert dragged(BOX, Grip(-1, -1), -20, 10, 640, 480) == Box(80, 60, 300, 250)


def test_a_box_by_hand_drops_the_fan_of_the_old_one() -> None:
    region = Region(BOX, 640, 480, Sector("convex", 1, 1, 1, 2, -1, 1), mm_per_px=0.1, mm_per_px_from="dicom")
    edited = by_hand(region, Box(0, 0, 200, 200))
    assert (edited.origin, edited.sector, edited.box) == ("manual", None, Box(0, 0, 200, 200))
    assert edited.mm_per_px == 0.1
