"""The pictures that capture cards and monitors show when nothing is connected."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.frame import Pixels

SAME_LEVELS = 6
"""Channel difference within which a point belongs to the background; analogue cards are this noisy."""
STRAY_SHARE = 0.002
"""Points that noise may throw further."""
DARK_LEVEL = 32
NOTICE_BOX = {"dark": 0.08, "bright": 0.25}
NOTICE_INK = {"dark": 0.04, "bright": 0.15}
"""Largest share of the picture that a "no signal" notice spans, and that its points fill. Scans lie on
black, so on black a notice has to be smaller than any scan would be shown."""
FEWEST_BARS, NARROWEST_BAR = 4, 2


def is_blank(survey: Pixels) -> bool:
    """Whether a coarse grid over the whole picture, (n, n) or (n, n, 3), shows no more than "no signal".

    That is one colour, one colour with a small notice on it, or colour bars. A dark scan is none of these:
    its speckle and the machine's texts are spread over the picture.
    """
    few = survey[2::4, 1::4].reshape(-1, *survey.shape[2:])
    background = np.partition(few, len(few) // 2, axis=0)[len(few) // 2]  # the median, channel by channel
    if np.count_nonzero(_away(few, background)) > 0.4 * len(
        few
    ):  # far more than any notice: most scans end here
        return _is_bars(survey)
    differs = _away(survey, background)
    share = float(np.count_nonzero(differs)) / differs.size
    if share <= STRAY_SHARE:
        return True
    kind = "dark" if float(background.max()) < DARK_LEVEL else "bright"
    if share <= NOTICE_INK[kind]:
        return _box_share(differs) <= NOTICE_BOX[kind]
    return _is_bars(survey)


def _away(points: Pixels, background: Pixels) -> NDArray[np.bool_]:
    """Which points differ from the background; `background` is one level, or one for each channel."""
    apart = np.asarray(cv2.absdiff(points, np.broadcast_to(background, points.shape).copy()))
    apart = apart.reshape(points.shape)
    return (apart if background.ndim == 0 else apart.max(axis=-1)) > SAME_LEVELS


def _box_share(differs: NDArray[np.bool_]) -> float:
    """Share of the picture spanned by the points, leaving out the single strays of noise."""
    rows, columns = np.flatnonzero(differs.sum(axis=1) > 1), np.flatnonzero(differs.sum(axis=0) > 1)
    if not rows.size or not columns.size:
        return 0.0
    return float((rows[-1] - rows[0] + 1) * (columns[-1] - columns[0] + 1)) / differs.size


def _is_bars(survey: Pixels) -> bool:
    """Upright bars over the upper half, as every test card has them (SMPTE EG 1, EBU 3325)."""
    pair = np.asarray(cv2.absdiff(survey[4], survey[len(survey) // 3])).reshape(survey.shape[1], -1)
    if np.count_nonzero(pair.max(axis=1) > 2 * SAME_LEVELS) > 0.15 * len(pair):
        return False  # quickly, as nearly always
    upper = survey[2 : len(survey) // 2].reshape(len(survey) // 2 - 2, survey.shape[1], -1)
    lowest, highest = upper.min(axis=0), upper.max(axis=0)
    even = (highest - lowest).max(axis=1) <= 2 * SAME_LEVELS
    if np.count_nonzero(even) < 0.85 * even.size:  # columns on the edge of two bars are uneven
        return False
    colours = lowest[even].astype(np.int16)
    steps = np.flatnonzero(np.abs(np.diff(colours, axis=0)).max(axis=1) > 2 * SAME_LEVELS)
    widths = np.diff(np.concatenate(([-1], steps, [len(colours) - 1])))
    return int(np.count_nonzero(widths >= NARROWEST_BAR)) >= FEWEST_BARS and widths.size <= 2 * 8
