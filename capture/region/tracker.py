"""Following the scan through a stream: found on the first frames, again when the screen changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import Enum, auto

from capture.frame import Frame, Pixels
from capture.geometry import Box, Region
from capture.region.evidence import Pool, look
from capture.region.finder import Finding, find_in
from capture.region.layout import Layout

SETTLE_FRAMES = 30
_TRIES_AT = (1, 10, SETTLE_FRAMES)
"""The first frame answers at once (a still has no second one); more frames may answer better."""
CHECK_FRAMES = 6
_ALARM_FRAMES = 4
"""The layout has changed only when so many frames in a row say so."""
_ROUNDS = 3
_AGAIN_FRAMES = 300
"""A look now and then, should a change have slipped by."""
_SEARCH_FRAMES = 60
_SAME_IOU = 0.95
_AGREE_IOU = 0.9


Choose = Callable[[Pixels], Region | None]
"""Answers a frame's pixels with the region of a kept preset, or None: `PresetStore.region_for`."""


class _Phase(Enum):
    SETTLING = auto()
    STEADY = auto()
    CHECKING = auto()


class RegionTracker:
    """Gives every frame its region, in the caller's thread; the same frames give the same regions."""

    def __init__(
        self,
        preset: Region | None = None,
        *,
        claimed: Box | None = None,
        mm_per_px_from: str | None = None,
        choose: Choose | None = None,
    ) -> None:
        """Prepare.

        Args:
            preset: in force for frames of its size: one by hand stays, any other yields to a changed layout.
            claimed: what the source's header says is the scan; believed only where it proves plausible.
            mm_per_px_from: where the frames' `mm_per_px` comes from.
            choose: looks for a kept preset on the first frame of every size.
        """
        self._preset = preset
        self._claimed = claimed
        self._mm_per_px_from = mm_per_px_from
        self._choose = choose
        self._size = (0, 0)
        self._region: Region = Region.whole(0, 0)
        self._begin(0, 0)

    @property
    def reason(self) -> str | None:
        """Why the whole picture is in force, in words; None while a region is."""
        return self._reason if self._region.origin == "whole" else None

    @property
    def steady(self) -> bool:
        """Nothing is being looked for."""
        return self._phase is _Phase.STEADY

    def feed(self, frame: Frame) -> Region:
        """The region of this frame: the whole picture while no scan is found."""
        if (frame.width, frame.height) != self._size:
            self._begin(frame.width, frame.height)
            self._ask(frame)
        if self._region.origin != "manual":
            self._step(frame)
        if frame.mm_per_px is None or frame.mm_per_px == self._region.mm_per_px:
            return self._region
        self._region = replace(
            self._region, mm_per_px=frame.mm_per_px, mm_per_px_from=self._mm_per_px_from or "source"
        )
        return self._region

    def _begin(self, width: int, height: int) -> None:
        self._size = (width, height)
        self._pool = Pool()
        self._alarms = 0
        self._rounds = 0
        self._since = 0
        self._doubt: Region | None = None
        self._reason = "no sector found yet"
        self._region = Region.whole(width, height)
        self._phase = _Phase.SETTLING
        if self._preset is not None and self._preset.fits(width, height):
            self._region = self._preset
            self._phase = _Phase.STEADY
        self._layout = Layout(self._region) if width and height else None

    def _ask(self, frame: Frame) -> None:
        """Put a kept preset in force where the screen is one it was made on."""
        chosen = self._choose(frame.pixels) if self._choose and self._region.origin == "whole" else None
        if chosen is not None and chosen.fits(frame.width, frame.height):
            self._region = chosen
            self._rest()

    def _step(self, frame: Frame) -> None:
        if self._phase is _Phase.STEADY:
            self._watch(frame)
            return
        self._pool.add(look(frame.pixels))
        if self._phase is _Phase.CHECKING:
            if self._pool.count >= CHECK_FRAMES:
                self._weigh(self._find())
        elif self._pool.count in _TRIES_AT:
            finding = self._find()
            if finding.found and not _same(finding.region, self._region):
                self._take(finding.region)
            self._reason = finding.reason or self._reason
            if self._pool.count >= SETTLE_FRAMES:
                self._rest()

    def _find(self) -> Finding:
        return find_in(self._pool.evidence(), self._claimed)

    def _watch(self, frame: Frame) -> None:
        """A cheap look at a frame of a known layout."""
        self._since += 1
        changed = self._layout is not None and self._layout.changed(frame.pixels)
        self._alarms = self._alarms + 1 if changed else 0
        due = self._since >= (_SEARCH_FRAMES if self._region.origin == "whole" else _AGAIN_FRAMES)
        # A preset is somebody's choice: only a changed screen puts it in question.
        if self._alarms >= _ALARM_FRAMES or (due and self._region.origin != "preset"):
            self._phase = _Phase.CHECKING
            self._pool = Pool()
            self._rounds = 0
            self._doubt = None

    def _weigh(self, finding: Finding) -> None:
        """Keep the region, or change it for one that two lots of frames agree on."""
        self._pool = Pool()
        self._rounds += 1
        if finding.found and _same(finding.region, self._region):
            self._rest()
        elif finding.found and self._doubt is not None and _agree(finding.region, self._doubt):
            self._take(finding.region)
            self._rest()
        elif self._rounds >= _ROUNDS:
            if not finding.found and self._doubt is None:
                self._take(Region.whole(*self._size))
                self._reason = finding.reason or self._reason
            self._rest()
        else:
            self._doubt = finding.region if finding.found else None

    def _take(self, region: Region) -> None:
        kept = self._region
        self._region = replace(region, mm_per_px=kept.mm_per_px, mm_per_px_from=kept.mm_per_px_from)

    def _rest(self) -> None:
        """Learn the layout anew and watch it."""
        self._phase = _Phase.STEADY
        self._pool = Pool()
        self._alarms = self._since = self._rounds = 0
        self._doubt = None
        self._layout = Layout(self._region)


def _same(one: Region, other: Region) -> bool:
    """Whether two regions are the same place for the eye; found and whole never are."""
    if (one.origin == "whole") != (other.origin == "whole"):
        return False
    return one.box.iou(other.box) >= _SAME_IOU


def _agree(one: Region, other: Region) -> bool:
    return one.box.iou(other.box) >= _AGREE_IOU
