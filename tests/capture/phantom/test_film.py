from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from capture.phantom.film import Film
from capture.phantom.recipe import Recipe

SMALL = Recipe(2, view="lip", width=320, height=240, detail=0.6)


def test_frames_in_order_are_persistent_and_a_jump_starts_afresh() -> None:
    film, alone = Film(SMALL), Film(SMALL)
    film.picture(4)
    assert not np.array_equal(film.picture(5).pixels, alone.picture(5).pixels)
    film.picture(40)
    alone._before = None
    assert np.array_equal(film.picture(7).pixels, alone.picture(7).pixels)


def test_speckle_moves_with_the_tissue() -> None:
    film = Film(replace(SMALL, persistence=0.0, liveliness=0))
    near = [film.picture(number).pixels.astype(float) for number in (10, 11, 120)]
    lit = np.minimum.reduce(near) > 40
    soon, later = (np.corrcoef(near[0][lit], other[lit])[0, 1] for other in near[1:])
    assert soon > 0.85
    assert soon > later + 0.05


def test_labels_tell_what_a_frame_shows() -> None:
    film = Film(replace(SMALL, style="a"))
    picture = film.picture(0)
    label = picture.label
    assert (label.index, label.time_s, label.view, label.cleft, label.judgeable) == (0, 0, "lip", True, True)
    assert label.quality > 0.5
    assert label.contact == 1
    assert label.box is not None
    box = picture.region.box
    assert box.x0 <= label.box.x0 < label.box.x1 <= box.x1
    assert box.y0 <= label.box.y0 < label.box.y1 <= box.y1
    # The gap is darker than the picture round it.
    b = label.box
    inside = picture.pixels[b.y0 : b.y1, b.x0 : b.x1].mean()
    assert inside < picture.pixels[b.y0 : b.y1, b.x0 - 20 : b.x1 + 20].mean()


def test_without_a_cleft_there_is_nothing_to_label() -> None:
    label = Film(replace(SMALL, cleft="none")).picture(0).label
    assert (label.cleft, label.box, label.gap_px) == (False, None, 0)


def test_a_clip_may_begin_further_on() -> None:
    whole, later = Film(replace(SMALL, persistence=0)), Film(replace(SMALL, persistence=0, start=1.0))
    assert np.array_equal(whole.picture(28).pixels, later.picture(0).pixels)


def test_other_parts_of_the_body_keep_their_place_while_their_speckle_lives() -> None:
    film = Film(replace(SMALL, view="abdomen", persistence=0))
    first, next_one, later = (film.picture(number).pixels.astype(float) for number in (0, 1, 60))
    lit = first > 10
    soon = np.corrcoef(first[lit], next_one[lit])[0, 1]
    assert 0.8 < soon < 0.9999
    assert np.corrcoef(first[lit], later[lit])[0, 1] < soon
    assert film.picture(61).label.view == "other"


@pytest.mark.parametrize(("name", "value"), [("width", 10), ("view", "moon"), ("fps", 0), ("zoom", 0)])
def test_nonsense_is_refused(name: str, value: object) -> None:
    with pytest.raises(ValueError, match="expected"):
        Film(Recipe(**{name: value}))  # type: ignore[arg-type]
