from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest

from capture.frame import Frame, Pixels, make_frame
from capture.geometry import Box, Region, Sector
from capture.region.tracker import SETTLE_FRAMES, RegionTracker
from tests.capture.region.screens import HEIGHT, WIDTH, box_of, fan, frames, rectangle, screen

ZOOMED = fan(apex=(480, -160), r0=220, r1=820, half=0.38)


def film(sector: Sector | None, count: int, first: int = 0) -> list[Frame]:
    """A living scan: the speckle changes, the clock ticks."""
    drawn = [screen(sector, seed=n, clock=f"10:23:{(first + n) % 60:02d}") for n in range(min(count, 5))]
    return [make_frame(first + n, n, drawn[n % len(drawn)].copy()) for n in range(count)]


def fed(tracker: RegionTracker, pictures: Iterable[Frame]) -> list[Region]:
    return [tracker.feed(frame) for frame in pictures]


def test_the_first_frame_is_answered_at_once() -> None:
    region = RegionTracker().feed(film(fan(), 1)[0])
    assert region.origin == "found"
    assert region.box.iou(box_of(fan())) > 0.95


def test_the_region_does_not_jitter() -> None:
    regions = fed(RegionTracker(), film(fan(), 90))
    assert len(set(regions)) <= 2
    assert len(set(regions[SETTLE_FRAMES:])) == 1
    assert regions[-1].box.iou(box_of(fan())) > 0.95


def test_the_same_frames_give_the_same_regions() -> None:
    pictures = [*film(fan(), 40), *film(ZOOMED, 30, 40)]
    assert fed(RegionTracker(), pictures) == fed(RegionTracker(), pictures)


@pytest.mark.parametrize("after", [ZOOMED, rectangle()], ids=["zoom", "another probe"])
def test_it_follows_a_change_of_the_scan_s_shape(after: Sector) -> None:
    tracker = RegionTracker()
    fed(tracker, film(fan(), 50))
    regions = fed(tracker, film(after, 40, 50))
    assert regions[0].box.iou(box_of(fan())) > 0.95, "one frame proves nothing"
    assert regions[-1].box.iou(box_of(after)) > 0.95


def test_a_smaller_scan_of_the_same_shape_is_noticed() -> None:
    small = fan(r1=420)
    tracker = RegionTracker()
    fed(tracker, film(fan(), 50))
    assert fed(tracker, film(small, 40, 50))[-1].box.iou(box_of(small)) > 0.95


def test_one_odd_frame_changes_nothing() -> None:
    tracker = RegionTracker()
    before = fed(tracker, film(fan(), 50))[-1]
    odd = film(ZOOMED, 2, 50)
    after = fed(tracker, [*odd, *film(fan(), 40, 52)])
    assert set(after) == {before}


def test_a_menu_over_the_screen_does_not_move_the_region() -> None:
    tracker = RegionTracker()
    before = fed(tracker, film(fan(), 50))[-1]
    pictures = []
    for frame in film(fan(), 40, 50):
        pixels = frame.pixels.copy()
        pixels[400:700, 10:200] = 120
        pictures.append(make_frame(frame.index, 0, pixels))
    assert fed(tracker, pictures)[-1].box.iou(before.box) > 0.95


def test_a_scan_that_goes_away_ends_in_the_whole_picture_and_a_reason() -> None:
    tracker = RegionTracker()
    fed(tracker, film(fan(), 50))
    assert tracker.reason is None
    assert fed(tracker, film(None, 60, 50))[-1] == Region.whole(WIDTH, HEIGHT)
    assert tracker.reason is not None
    assert tracker.reason.startswith("no sector found")


def test_a_scan_that_comes_late_is_found() -> None:
    tracker = RegionTracker()
    assert fed(tracker, film(None, 40))[-1].origin == "whole"
    assert fed(tracker, film(fan(), 110, 40))[-1].box.iou(box_of(fan())) > 0.95


def test_a_new_size_starts_afresh() -> None:
    tracker = RegionTracker()
    fed(tracker, film(fan(), 40))
    half = np.ascontiguousarray(screen(fan())[::2, ::2])
    region = tracker.feed(make_frame(40, 0, half))
    assert region.fits(WIDTH // 2, HEIGHT // 2)
    assert region.origin == "found"


def by(origin: str) -> Region:
    return Region(Box(100, 100, 500, 500), WIDTH, HEIGHT, origin=origin)  # type: ignore[arg-type]


def test_a_region_by_hand_stays_whatever_is_seen() -> None:
    tracker = RegionTracker(by("manual"))
    assert set(fed(tracker, [*film(fan(), 40), *film(ZOOMED, 40, 40)])) == {by("manual")}


def test_a_preset_holds_until_the_layout_changes() -> None:
    tracker = RegionTracker(by("preset"))
    assert set(fed(tracker, film(fan(), 60))) == {by("preset")}
    assert fed(tracker, film(ZOOMED, 40, 60))[-1].box.iou(box_of(ZOOMED)) > 0.95


def test_a_preset_for_another_size_is_passed_over() -> None:
    other = Region(Box(0, 0, 100, 100), 640, 480, origin="preset")
    assert RegionTracker(other).feed(film(fan(), 1)[0]).origin == "found"


def test_a_kept_preset_is_asked_for_once_a_size() -> None:
    asked: list[tuple[int, ...]] = []

    def choose(pixels: Pixels) -> Region | None:
        asked.append(pixels.shape)
        return by("preset")

    tracker = RegionTracker(choose=choose)
    assert fed(tracker, film(fan(), 5))[0] == by("preset")
    assert asked == [(HEIGHT, WIDTH, 3)]


def test_the_size_of_a_pixel_comes_with_its_frames() -> None:
    frame = frames(screen(fan()))[0]
    known = make_frame(0, 0, frame.pixels.copy(), mm_per_px=0.2)
    region = RegionTracker(mm_per_px_from="dicom").feed(known)
    assert (region.mm_per_px, region.mm_per_px_from) == (0.2, "dicom")
