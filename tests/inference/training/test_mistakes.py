from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is in the extra 'training'")

from inference.training import data
from inference.training.evaluate import Answers
from inference.training.mistakes import sheet, worst


def drawn(count: int) -> tuple[data.Dataset, Answers]:
    """Lip frames, every second with a gap in one corner; scores rise with the index."""
    labels = np.zeros(count, data.LABELS)
    labels["cleft"] = np.arange(count) % 2
    labels["judgeable"], labels["quality"] = 1, 0.9
    gaps = np.zeros((count, 64, 64), np.uint8)
    gaps[1::2, 8:16, 8:16] = 255
    frames = data.Dataset(
        np.full((count, 256, 256), 80, np.uint8), gaps, np.zeros((count, 5, 64, 64), np.uint8), labels
    )
    heat = np.zeros((count, 64, 64), np.float32)
    heat[:, 32, 32] = 0.9
    view = np.tile(np.array([1, 0, 0], np.float32), (count, 1))
    answer = Answers(np.linspace(-3, 3, count).astype(np.float32), view, np.ones(count, np.float32), heat)
    return frames, answer


def test_the_worst_are_low_clefts_and_high_negatives() -> None:
    frames, answer = drawn(20)
    missed, alarms, rank = worst(frames, answer, 3)
    assert list(missed) == [1, 3, 5]
    assert list(alarms) == [18, 16, 14]
    assert rank[0] == 0.0
    assert rank[19] == 1.0


def test_frames_that_cannot_be_judged_are_no_mistakes() -> None:
    frames, answer = drawn(20)
    frames.labels["judgeable"][1] = 0
    frames.labels["quality"][18] = 0.1
    missed, alarms, _ = worst(frames, answer, 2)
    assert list(missed) == [3, 5]
    assert list(alarms) == [16, 14]


def test_the_sheet_shows_gap_and_peak_and_fills_up_with_black() -> None:
    frames, answer = drawn(6)
    picture = sheet(frames, answer, rows=2, columns=2)
    assert picture.shape == (552, 2 * 512 + 6, 3)
    tile = picture[:276, :256].astype(int)
    red = (tile[..., 2] > 200) & (tile[..., 0] < 120) & (tile[..., 1] < 120)
    cyan = (tile[..., 0] > 200) & (tile[..., 2] < 120)
    assert red[28:68, 28:68].any()
    assert cyan[110:150, 110:150].any()
    assert not picture[276:, 256:512].any()
