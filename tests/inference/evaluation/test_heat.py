from __future__ import annotations

import numpy as np
import pytest

from inference.evaluation.heat import gap_cells, overlap, points_at
from inference.prediction import Placement

WHOLE = Placement(0, 0, 16, 16)


def drawn(rows: slice, columns: slice) -> np.ndarray:
    mask = np.zeros((16, 16), np.uint8)
    mask[rows, columns] = 255
    return mask


def peak_at(row: int, column: int) -> np.ndarray:
    heat = np.zeros((8, 8), np.float32)
    heat[row, column] = 1
    return heat


def test_a_mask_becomes_cells() -> None:
    cells = gap_cells(drawn(slice(4, 6), slice(8, 12)), WHOLE, (8, 8))
    assert np.argwhere(cells).tolist() == [[2, 4], [2, 5]]


def test_a_gap_thinner_than_a_quarter_of_a_cell_is_not_lost() -> None:
    thin = np.zeros((64, 64), np.uint8)
    thin[20, 33] = 255
    assert np.argwhere(gap_cells(thin, Placement(0, 0, 64, 64), (8, 8))).tolist() == [[2, 4]]


def test_the_map_lies_where_the_placement_says() -> None:
    # A letterbox: 16 wide, 8 high in the middle of the square; the map's upper two rows see no picture.
    mask = np.zeros((8, 16), np.uint8)
    mask[0:2, 0:2] = 255
    assert np.argwhere(gap_cells(mask, Placement(0, -4, 16, 16), (8, 8))).tolist() == [[2, 0]]


def test_a_gap_outside_the_map_has_no_cells() -> None:
    cells = gap_cells(drawn(slice(0, 2), slice(0, 2)), Placement(8, 8, 8, 8), (8, 8))
    assert not cells.any()
    assert not points_at(peak_at(0, 0), cells)


@pytest.mark.parametrize(
    ("row", "column", "hit"), [(2, 4, True), (3, 5, True), (1, 3, True), (2, 6, False), (4, 4, False)]
)
def test_pointing_tolerates_one_cell(row: int, column: int, hit: bool) -> None:
    gap = gap_cells(drawn(slice(4, 6), slice(8, 10)), WHOLE, (8, 8))
    assert points_at(peak_at(row, column), gap) is hit


def test_overlap_counts_cells() -> None:
    gap = gap_cells(drawn(slice(0, 4), slice(0, 4)), WHOLE, (8, 8))
    heat = np.zeros((8, 8))
    heat[0:2, 1:3] = 0.6
    assert overlap(heat, gap, 0.5) == pytest.approx(2 / 6)
    assert overlap(heat, gap, 0.7) == 0
