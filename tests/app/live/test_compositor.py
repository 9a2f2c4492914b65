from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.live.compositor import MARGIN, Canvas, fit
from capture.frame import make_frame
from capture.geometry import Box, Region

FULL_HD = Region(Box(500, 100, 1400, 900), 1920, 1080)


@given(
    x0=st.integers(0, 900), y0=st.integers(0, 500), width=st.integers(1, 1000), height=st.integers(1, 560),
    view_width=st.integers(1, 4000), view_height=st.integers(1, 3000),
)  # fmt: skip
def test_the_region_fits_the_view_in_its_middle(
    x0: int, y0: int, width: int, height: int, view_width: int, view_height: int
) -> None:
    region = Region(Box(x0, y0, x0 + width, y0 + height), 1920, 1080)
    viewport = fit(region, "scan", view_width, view_height)
    assert viewport.source == region.box
    assert viewport.x >= 0 and viewport.x + viewport.width <= view_width
    assert viewport.y >= 0 and viewport.y + viewport.height <= view_height
    assert viewport.width >= (1 - 3 * MARGIN) * view_width - 1 or (
        viewport.height >= (1 - 3 * MARGIN) * view_height - 1
    )
    assert abs(view_width - viewport.width - 2 * viewport.x) <= 1
    if min(viewport.width, viewport.height) > 50:
        assert viewport.width / viewport.height == pytest.approx(width / height, rel=0.03)


def test_the_whole_frame_on_request() -> None:
    viewport = fit(FULL_HD, "whole", 960, 800)
    assert viewport.source == Box(0, 0, 1920, 1080)
    assert (viewport.x, viewport.y, viewport.width, viewport.height) == (0, 130, 960, 540)


def test_points_go_to_the_view_and_back() -> None:
    viewport = fit(FULL_HD, "scan", 1500, 1000)
    assert viewport.to_view(viewport.source.x0, viewport.source.y0) == (viewport.x, viewport.y)
    assert viewport.to_frame(*viewport.to_view(777.0, 333.0)) == pytest.approx((777.0, 333.0))


def test_one_to_one_is_exact_and_grey() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (1080, 1920), np.uint8)
    viewport = fit(FULL_HD, "whole", 1920, 1080)
    shown = Canvas().render(make_frame(0, 0, pixels), viewport)
    assert np.array_equal(shown, np.dstack([pixels] * 3 + [np.full_like(pixels, 255)]))


def test_colours_keep_their_order() -> None:
    pixels = np.zeros((1080, 1920, 3), np.uint8)
    pixels[:] = (200, 100, 50)
    shown = Canvas().render(make_frame(0, 0, pixels), fit(FULL_HD, "scan", 700, 500))
    assert (shown == (50, 100, 200, 255)).all()


def test_no_line_vanishes_when_the_frame_shrinks() -> None:
    pixels = np.zeros((1080, 1920), np.uint8)
    pixels[:, ::7] = 255
    for width in (1700, 1200, 900, 640, 480, 300):
        shown = Canvas().render(make_frame(0, 0, pixels), fit(FULL_HD, "whole", width, width))
        columns = shown[:, :, 0].astype(float).mean(axis=0)
        assert columns.sum() * 1920 / len(columns) == pytest.approx(255 * 275, rel=0.05), width


def test_memory_is_used_again() -> None:
    canvas, viewport = Canvas(), fit(FULL_HD, "scan", 900, 800)
    first = canvas.render(make_frame(0, 0, np.full((1080, 1920), 10, np.uint8)), viewport)
    second = canvas.render(make_frame(1, 1, np.full((1080, 1920), 20, np.uint8)), viewport)
    assert first is second and second[5, 5, 0] == 20


def test_grey_and_colour_frames_may_take_turns() -> None:
    canvas, viewport = Canvas(), fit(FULL_HD, "scan", 900, 800)
    for index in range(4):
        shape = (1080, 1920) if index % 2 else (1080, 1920, 3)
        shown = canvas.render(make_frame(index, 0, np.full(shape, index * 10, np.uint8)), viewport)
        assert (shown[:, :, :3] == index * 10).all()


def test_a_held_frame_is_not_rendered_twice() -> None:
    canvas, viewport = Canvas(), fit(FULL_HD, "scan", 900, 800)
    frame = make_frame(0, 0, np.full((1080, 1920), 10, np.uint8))
    canvas.render(frame, viewport)[:] = 77
    assert canvas.holds(frame, viewport)
    assert (canvas.render(frame, viewport) == 77).all()
