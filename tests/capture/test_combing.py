from __future__ import annotations

from fractions import Fraction

import av
import cv2
import numpy as np
import pytest

from capture.combing import COMB_RATIO, FieldMender, comb_ratio
from capture.frame import Pixels


def speckle(shift: int) -> Pixels:
    rng = np.random.default_rng(4)
    field = cv2.GaussianBlur(rng.rayleigh(60, (240, 520)).astype(np.float32), (0, 0), 1.5)
    return field[:, shift : shift + 360].clip(0, 255).astype(np.uint8)


def woven(step: int) -> Pixels:
    picture = speckle(step * 2).copy()
    picture[1::2] = speckle(step * 2 + 6)[1::2]
    return picture


def test_woven_fields_stand_out_from_whole_pictures() -> None:
    assert comb_ratio(woven(0)) > COMB_RATIO * 1.1
    assert comb_ratio(np.dstack([woven(0)] * 3)) > COMB_RATIO * 1.1
    assert comb_ratio(speckle(0)) < COMB_RATIO * 0.8


@pytest.mark.parametrize("pixels", [np.zeros((100, 100), np.uint8), np.zeros((2, 2), np.uint8)])
def test_nothing_to_compare(pixels: Pixels) -> None:
    assert comb_ratio(pixels) == 0


def frame(pixels: Pixels, pts: int) -> av.VideoFrame:
    made = av.VideoFrame.from_ndarray(pixels, "gray")
    made.pts, made.time_base = pts, Fraction(1, 25)
    return made


def test_each_picture_keeps_the_time_at_which_it_had_arrived() -> None:
    mender = FieldMender("on", Fraction(1, 25))
    arrivals = [at for i in range(6) for _, at in mender.feed(frame(woven(i), i), 1000 + i)]
    assert arrivals == [1000, 1001, 1002, 1003, 1004], "a picture later, and one for one"


def test_a_progressive_stream_is_never_held_up() -> None:
    mender = FieldMender("auto", Fraction(1, 25))
    for i in range(60):
        ((ready, at),) = mender.feed(frame(speckle(i), i), i)
        assert ready.pts == i and at == i
        mender.look(speckle(i))
    assert not mender.interlaced


def test_combs_switch_it_on_for_good() -> None:
    mender = FieldMender("auto", Fraction(1, 25))
    for i in range(30):
        list(mender.feed(frame(woven(i), i), i))
        mender.look(woven(i))
    assert mender.interlaced
