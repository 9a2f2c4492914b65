from __future__ import annotations

import numpy as np

from capture.geometry import Box, Region
from capture.phantom.marks import burn_marks


def test_marks_are_burnt_into_a_copy_near_the_scan() -> None:
    plain = np.full((200, 300), 40, np.uint8)
    region = Region(Box(60, 40, 240, 160), 300, 200)
    marked = burn_marks(plain, region, 6, np.random.default_rng(3))
    assert (plain == 40).all()
    drawn = marked != 40
    assert 30 < drawn.sum() < 0.2 * plain.size
    assert marked[drawn].max() >= 150
    again = burn_marks(plain, region, 6, np.random.default_rng(3))
    assert np.array_equal(marked, again)
    assert np.array_equal(burn_marks(plain, region, 0, np.random.default_rng(3)), plain)
