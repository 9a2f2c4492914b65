from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF

from app.review.ruler import length_px, scale_by_ticks
from capture.geometry import Box, Region

REGION = Region(Box(0, 0, 900, 800), 1280, 960)


def test_a_length_is_that_of_a_straight_line() -> None:
    assert length_px((QPointF(10, 10), QPointF(40, 50))) == pytest.approx(50)


def test_depth_marks_are_taken_as_centimetres_where_that_makes_a_scan() -> None:
    assert scale_by_ticks(112.0, REGION) == pytest.approx(10 / 112)
    assert scale_by_ticks(None, REGION) is None
    assert scale_by_ticks(20.0, REGION) is None, "no scan is 40 cm deep"
