"""A frame with what is known of it before any model looks: where the scan is, and whether it is alive."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from capture.frame import Frame
from capture.geometry import Region


class Signal(StrEnum):
    """What the picture on the wire is."""

    MOVING = "moving"
    """A living scan."""
    FROZEN = "frozen"
    """Eight or more identical scan pictures: the machine is frozen; evidence does not accumulate."""
    BLANK = "blank"
    """The card's or machine's black, blue or bar picture: no signal."""


@dataclass(frozen=True, slots=True, eq=False)
class Scan:
    """One frame, placed. The region travels with it: what is computed is drawn where it belongs."""

    frame: Frame
    region: Region
    scan_index: int
    """Number of the distinct acoustic picture, from 0: equal for repeats of one picture."""
    repeat: bool
    """The scan area shows the same picture as the frame before (28 Hz scan on a 60 Hz output)."""
    signal: Signal
