"""Interlaced pictures that do not say so: found by their combs, then mended."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from fractions import Fraction
from typing import Literal, get_args

import av
import cv2
import numpy as np

from capture.deinterlace import Deinterlacer
from capture.frame import Pixels

Deinterlace = Literal["auto", "on", "off"]
DEINTERLACE: tuple[str, ...] = get_args(Deinterlace)

COMB_RATIO = 1.0
"""Progressive ultrasound screens lie at 0.5 to 0.75, woven fields in motion at 1.3 and more."""
LOOK_EVERY = 8
COMBS_IN_A_ROW = 3


def comb_ratio(pixels: Pixels) -> float:
    """How much neighbouring lines differ against lines two apart; 0 where there is nothing to compare."""
    lines = pixels[:, ::8, 1] if pixels.ndim == 3 else pixels[:, ::8]
    if lines.shape[0] < 4:
        return 0.0
    lines = np.ascontiguousarray(lines)
    near, far = (float(cv2.mean(cv2.absdiff(lines[step:], lines[:-step]))[0]) for step in (1, 2))
    return near / far if far >= 0.5 else 0.0


class FieldMender:
    """Whole pictures for one stream of a card, one for one; a picture later once it deinterlaces."""

    def __init__(self, mode: Deinterlace, time_base: Fraction) -> None:
        """Begin with the frames as they are, unless told otherwise.

        Args:
            mode: 'on' and 'off' are final; 'auto' believes the flags of the frames and looks for combs.
            time_base: of the frames' pts.
        """
        self._mode = mode
        self._time_base = time_base
        self._mender = Deinterlacer(time_base, always=mode == "on")
        self._arrived: deque[tuple[int | None, int]] = deque(maxlen=8)
        self._count = 0
        self._combs = 0
        self.interlaced = mode == "on"

    def feed(self, frame: av.VideoFrame, captured_ns: int) -> Iterator[tuple[av.VideoFrame, int]]:
        """The frames that became ready, each with the time at which it had arrived."""
        if self._mode == "off":
            yield frame, captured_ns
            return
        self.interlaced = self.interlaced or frame.interlaced_frame
        self._arrived.append((frame.pts, captured_ns))
        for pts, ready in self._mender.feed(frame):
            yield ready, next((at for seen, at in self._arrived if seen == pts), captured_ns)

    def look(self, pixels: Pixels) -> None:
        """Search a picture that was handed out for combs; enough of them turn deinterlacing on."""
        if self._mode != "auto" or self.interlaced:
            return
        self._count += 1
        if self._count % LOOK_EVERY:
            return
        self._combs = self._combs + 1 if comb_ratio(pixels) > COMB_RATIO else 0
        if self._combs >= COMBS_IN_A_ROW:
            self.interlaced = True
            self._mender = Deinterlacer(self._time_base, always=True)
