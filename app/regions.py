"""Regions set by hand, kept and found again by the look of the machine's screen."""

from __future__ import annotations

from app.errors import Notices
from app.live.policy import Decision
from capture.frame import Pixels
from capture.geometry import Region
from capture.link import Link
from capture.region.presets import PresetStore, kept


class RegionKeeper:
    """Between the window and the file of presets; without a store nothing is kept."""

    def __init__(self, store: PresetStore | None, notices: Notices) -> None:
        self._store, self._notices = store, notices

    def region_for(self, pixels: Pixels) -> Region | None:
        """The kept region of the machine that this frame shows; called in the region thread."""
        return None if self._store is None else self._store.region_for(pixels)

    def keep(self, region: Region, shown: Decision | None, link: Link | None) -> None:
        """Keep the region in force under the name of its source and the size of its picture."""
        if self._store is None or shown is None or link is None or link.info is None:
            return
        frame, info = shown.scan.frame, link.info
        if not region.fits(frame.width, frame.height):
            return
        picture = f"{frame.width}x{frame.height}"
        try:
            self._store.save(kept(f"{info.kind} {picture}", info.kind, picture, region, frame.pixels))
        except OSError as error:
            self._notices.tell(f"the region cannot be kept ({error.strerror})", "warning")

    def forget(self, shown: Decision | None) -> None:
        """Give up what was kept for the machine on the screen."""
        preset = None if self._store is None or shown is None else self._store.match(shown.scan.frame.pixels)
        if self._store is None or preset is None:
            return
        try:
            self._store.remove(preset.key)
        except OSError as error:
            self._notices.tell(f"the kept region cannot be removed ({error.strerror})", "warning")
