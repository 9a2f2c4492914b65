from __future__ import annotations

import statistics
from pathlib import Path

import cv2
import numpy as np
import pytest

from capture.frame import Pixels
from capture.geometry import Box, Sector, region_mask
from capture.open import open_source
from capture.region.finder import find
from resources.files import resource_path
from tests.benchmarks.region_score import score
from tests.capture.region.screens import HEIGHT, WIDTH, box_of, fan, rectangle, screen, speckle

TRAPEZOID = Sector("trapezoid", corners=((380, 60), (580, 60), (680, 640), (280, 640)))


@pytest.mark.parametrize(
    ("sector", "kind"),
    [
        (fan(), "convex"),
        (fan(apex=(480, 60), r0=0, half=0.75), "phased"),
        (fan(apex=(480, -180), r0=240, r1=840, half=0.42), "convex"),
        (rectangle(), "linear"),
        (TRAPEZOID, "trapezoid"),
    ],
    ids=["convex", "phased", "shallow convex", "linear", "trapezoid"],
)
def test_the_scan_is_found_with_its_shape(sector: Sector, kind: str) -> None:
    finding = find([screen(sector)])
    assert finding.found
    assert finding.region.sector is not None
    assert finding.region.sector.kind == kind
    assert finding.region.box.iou(box_of(sector)) > 0.95
    drawn = region_mask(finding.region) > 0
    true = screen(sector, furniture=False)[..., 0] > 0
    assert (drawn & true).sum() / (drawn | true).sum() > 0.93


def test_the_fan_s_numbers_are_those_drawn() -> None:
    found = find([screen(fan())]).region.sector
    assert found is not None
    assert (found.apex_x, found.apex_y) == pytest.approx((480, 10), abs=12)
    assert (found.r0_px, found.r1_px) == pytest.approx((90, 600), abs=12)
    assert (found.angle0_rad, found.angle1_rad) == pytest.approx((-0.6, 0.6), abs=0.03)


def test_a_fan_cut_by_the_picture_s_border_is_clipped() -> None:
    sector = fan(apex=(300, -200), r0=260, r1=1000, half=0.75)
    region = find([screen(sector, furniture=False)]).region
    assert region.box.iou(box_of(sector)) > 0.93
    assert region.box == region.box.clipped(WIDTH, HEIGHT)


def test_a_fan_cut_below_the_banner_does_not_reach_into_it() -> None:
    """The near rim's middle lies below the cut, which shows as two straight pieces beside it."""
    sector = fan(apex=(480, -320), r0=405, r1=980, half=0.5)
    picture = screen(sector)
    picture[34:62] = 0
    region = find([picture]).region
    assert region.box.y0 == pytest.approx(62, abs=4)
    assert not region_mask(region)[:56].any()


def test_the_bundled_loop_s_banner_is_no_part_of_the_scan() -> None:
    with open_source(str(resource_path("demo", "exam.mp4"))) as loop:
        frame = loop.read(5.0)
    assert frame is not None
    banner = 67 * frame.height // 960
    region = find([frame.pixels]).region
    assert region.origin == "found" and region.sector is not None
    assert not region_mask(region)[:banner].any()


def test_a_shadow_over_one_side_does_not_narrow_the_fan() -> None:
    sector = fan(apex=(480, 40), r0=60, r1=620, half=0.6)
    picture = screen(sector)
    shadow = np.array([(530, 250), (560, 250), (700, 720), (640, 720)])
    cv2.fillPoly(picture, [shadow], (0, 0, 0))
    assert find([picture]).region.box.iou(box_of(sector)) > 0.95


def test_a_cyst_that_cuts_a_linear_scan_in_two_does_not_halve_it() -> None:
    picture = screen(rectangle())
    picture[120:420, 300:701] = 0
    assert find([picture]).region.box.iou(box_of(rectangle())) > 0.93


def test_a_doppler_box_and_callipers_are_part_of_the_scan() -> None:
    picture = screen(fan())
    cv2.rectangle(picture, (420, 250), (560, 420), (255, 255, 255), 1)
    picture[300:360, 450:520] = (220, 40, 20)
    picture[360:400, 470:540] = (20, 60, 220)
    cv2.drawMarker(picture, (400, 450), (255, 255, 0), cv2.MARKER_CROSS, 16, 2)
    assert find([picture]).region.box.iou(box_of(fan())) > 0.95


def test_the_banner_with_the_name_is_outside_the_mask() -> None:
    region = find([screen(fan())]).region
    assert not region_mask(region)[:34].any()


def test_a_picture_that_is_all_scan_is_all_scan() -> None:
    region = find([speckle(1)]).region
    assert region.box.iou(Box(0, 0, WIDTH, HEIGHT)) > 0.97


def test_frames_add_up_what_gain_and_shadow_hide_in_one() -> None:
    pictures = []
    for index in range(8):
        picture = screen(fan(), seed=index)
        x = 250 + 60 * index
        cv2.rectangle(picture, (x, 300), (x + 160, 620), (0, 0, 0), -1)
        pictures.append(picture)
    assert find(pictures).region.box.iou(box_of(fan())) > 0.96


@pytest.mark.parametrize("scale", [0.4, 2.0])
def test_size_does_not_matter(scale: float) -> None:
    picture = np.asarray(
        cv2.resize(screen(fan()), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8
    )
    box = box_of(fan())
    expected = Box(*(round(v * scale) for v in (box.x0, box.y0, box.x1, box.y1)))
    assert find([picture]).region.box.iou(expected) > 0.93


def test_grey_and_colour_frames_give_the_same_place() -> None:
    picture = screen(rectangle(), furniture=False)
    assert find([picture[..., 0].copy()]).region.box.iou(find([picture]).region.box) > 0.98


def page() -> Pixels:
    """A white page with a table of small scans."""
    picture = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    tissue = speckle(3)
    for row in range(4):
        for column in range(6):
            y, x = 60 + 150 * row, 60 + 140 * column
            cell = tissue[y : y + 148, x : x + 138]
            picture[y : y + 148, x : x + 138] = (
                cell[..., None] if (row + column) % 2 else 255 - cell[..., None]
            )
    return picture


def inset() -> Pixels:
    """A page of text with a thumbnail."""
    picture = np.full((HEIGHT, WIDTH, 3), 250, np.uint8)
    for row in range(18):
        text = "in [4]: image = itk.imread(path) # speckle"
        cv2.putText(picture, text, (20, 30 + 20 * row), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (30, 30, 30), 1)
    picture[420:620, 500:740] = speckle(2)[420:620, 500:740, None]
    return picture


def bars() -> Pixels:
    """Television's colour bars."""
    colours = [
        (192, 192, 192),
        (192, 192, 0),
        (0, 192, 192),
        (0, 192, 0),
        (192, 0, 192),
        (192, 0, 0),
        (0, 0, 192),
    ]
    columns = np.array(colours, np.uint8)[np.arange(WIDTH) * len(colours) // WIDTH]
    return np.ascontiguousarray(np.broadcast_to(columns, (HEIGHT, WIDTH, 3)))


@pytest.mark.parametrize(
    "picture",
    [
        pytest.param(screen(None), id="screen without a scan"),
        pytest.param(np.zeros((HEIGHT, WIDTH, 3), np.uint8), id="black"),
        pytest.param(np.full((HEIGHT, WIDTH, 3), (0, 0, 255), np.uint8), id="blue"),
        pytest.param(bars(), id="colour bars"),
        pytest.param(page(), id="page of pictures"),
        pytest.param(inset(), id="thumbnail on a page"),
        pytest.param(np.zeros((2, 2, 3), np.uint8), id="two pixels"),
    ],
)
def test_where_there_is_no_scan_the_whole_picture_is_given_and_said(picture: Pixels) -> None:
    finding = find([picture])
    height, width = picture.shape[:2]
    assert finding.region.origin == "whole"
    assert finding.region.box == Box(0, 0, width, height)
    assert finding.reason is not None
    assert finding.reason.startswith("no sector found: ")


def test_a_header_s_region_never_overrules_what_is_seen() -> None:
    stale = Box(100, 100, 300, 300)
    assert find([screen(fan())], stale) == find([screen(fan())])


@pytest.mark.parametrize(
    "claimed",
    [Box(0, 0, WIDTH, HEIGHT), Box(500, 300, 1400, 900), Box(10, 40, 200, 200)],
    ids=["all of the picture", "beyond the picture", "where nothing is"],
)
def test_an_implausible_header_is_not_believed(claimed: Box) -> None:
    assert find([screen(None)], claimed).region.origin == "whole"


def test_frames_of_different_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="expected a frame of 960x720, got 960x700"):
        find([screen(fan()), screen(fan())[:700]])


def test_real_media_are_found_as_well_as_promised(shared_data: Path) -> None:
    scored = list(score(shared_data, ("good", "negative")))
    good = {one.file: one.iou for one in scored if one.quality == "good"}
    assert len(good) >= 30
    assert statistics.mean(good.values()) >= 0.95
    worst = min(good, key=lambda file: good[file])
    assert good[worst] >= 0.85, worst
    negative = [one for one in scored if one.quality == "negative"]
    assert len(negative) >= 3
    assert all(one.iou == 1 and one.reason for one in negative)
