from __future__ import annotations

import numpy as np
import pytest

from capture.geometry import region_mask
from capture.phantom.film import Film
from capture.phantom.screen import STYLES


@pytest.mark.parametrize("style", STYLES)
def test_a_screen_holds_the_scan_where_the_region_says(style: str) -> None:
    film = Film(2, path="lip", width=640, height=480, style=style, detail=0.6)  # type: ignore[arg-type]
    picture = film.picture(0)
    assert picture.pixels.shape == (480, 640, 3)
    inside = region_mask(picture.region) > 0
    bare = Film(2, path="lip", width=640, height=480, style=style, detail=0.6)  # type: ignore[arg-type]
    bare._screen = None
    scan = bare.picture(0).pixels
    assert (picture.pixels[inside].mean(1) > 0).mean() > 0.5
    assert picture.pixels[inside].mean() == pytest.approx(
        scan[scan > 0].mean() * (scan > 0).sum() / inside.sum(), rel=0.1
    )
    assert picture.pixels[~inside].any()


def test_frames_in_order_are_persistent_and_a_jump_starts_afresh() -> None:
    film, alone = (Film(2, path="lip", width=320, height=240, detail=0.6) for _ in range(2))
    film.picture(4)
    assert not np.array_equal(film.picture(5).pixels, alone.picture(5).pixels)
    film.picture(40)
    alone._before = None
    assert np.array_equal(film.picture(7).pixels, alone.picture(7).pixels)


def test_speckle_moves_with_the_tissue() -> None:
    film = Film(2, path="lip", width=320, height=240, persistence=0.0, detail=0.6)
    near = [film.picture(number).pixels.astype(float) for number in (10, 11, 120)]
    lit = np.minimum.reduce(near) > 40
    soon, later = (np.corrcoef(near[0][lit], other[lit])[0, 1] for other in near[1:])
    assert soon > 0.85
    assert soon > later + 0.05


@pytest.mark.parametrize(("name", "value"), [("width", 10), ("path", "moon"), ("fps", 0)])
def test_nonsense_is_refused(name: str, value: object) -> None:
    with pytest.raises(ValueError, match="expected"):
        Film(0, **{name: value})  # type: ignore[arg-type]
