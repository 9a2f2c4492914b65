"""The sources that the picker offers, and the thread that looks for devices and takes a preview of each."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

import numpy as np

from app.kept import thumbnail
from app.language import translate
from app.opening import DEMO, is_live, resolve, short_name
from capture.frame import Pixels
from capture.geometry import Region
from capture.scan import Scan, Signal
from capture.source import EndOfSource, FrameSource, SourceError

PREVIEW_S = 2.0
"""How long a preview may wait for its frame; a dead stream must not hold up the others."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One tile of the picker."""

    spec: str
    title: str
    detail: str


def standing_offers() -> list[Offer]:
    """What is there on every machine."""
    return [
        Offer(DEMO, translate("Offers", "Demo loop"), translate("Offers", "Bundled; a synthetic phantom")),
        Offer("phantom:", translate("Offers", "Live phantom"), translate("Offers", "Synthetic, endless")),
    ]


def recent_offers(specs: Iterable[str]) -> list[Offer]:
    """Used before, newest first."""
    return [
        Offer(spec, short_name(spec), translate("Offers", "Used before"))
        for spec in specs
        if spec not in (DEMO, "phantom:")
    ]


def device_offers() -> list[Offer]:
    """Capture cards and screens of this machine; may take a second, so not for the GUI thread."""
    from capture.devices import list_cards, list_screens

    cards = [Offer(card.spec, card.name, translate("Offers", "Capture card")) for card in list_cards()]
    shows = translate("Offers", "What this screen shows")
    return cards + [Offer(found.spec, found.name, shows) for found in list_screens() if found.available]


def preview(
    open_: Callable[[], FrameSource], width: int, height: int, over: Callable[[], bool]
) -> Pixels | None:
    """The first frame of a source at that size, uint8 (height, width, 4); None when none comes in time."""
    try:
        with open_() as source:
            for _ in range(round(PREVIEW_S / 0.25)):
                if over():
                    break
                frame = source.read(0.25)
                if frame is not None:
                    region = Region.whole(frame.width, frame.height)
                    return thumbnail(Scan(frame, region, 0, False, Signal.MOVING), width, height)
    except (SourceError, EndOfSource, OSError):
        return None
    return None


class OfferScout(threading.Thread):
    """Tells of devices, then of previews one by one; ends by itself or soon after `cancel`."""

    def __init__(
        self,
        offers: Iterable[Offer],
        size: tuple[int, int],
        on_offers: Callable[[list[Offer]], None],
        on_preview: Callable[[str, Pixels], None],
        find: Callable[[], list[Offer]] = device_offers,
        open_: Callable[[str], FrameSource] | None = None,
    ) -> None:
        """Prepare; `start` begins.

        Args:
            offers: what is offered already.
            size: width and height of a preview, pixels.
            on_offers: told of the devices found, in this thread.
            on_preview: told of a source's picture, uint8 (h, w, 4), in this thread.
            find: looks for devices.
            open_: makes a source, not yet entered.
        """
        super().__init__(name="picker")
        self._offers, self._size = list(offers), size
        self._on_offers, self._on_preview = on_offers, on_preview
        self._find, self._open = find, open_ or _open
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        """Ask it to end; it does after what it is opening or reading just now."""
        self._cancelled.set()

    def run(self) -> None:
        try:
            found = self._find()
        except (SourceError, OSError, ImportError):
            found = []
        if self._cancelled.is_set():
            return
        self._on_offers(found)
        for offer in (*self._offers, *found):
            if self._cancelled.is_set():
                return
            # A stream or card that someone else may be using is not opened just to look.
            if is_live(offer.spec) and not offer.spec.startswith(("phantom:", "screen:", "card:")):
                continue
            pixels = preview(partial(self._open, offer.spec), *self._size, self._cancelled.is_set)
            if pixels is not None and not self._cancelled.is_set():
                pixels.flags.writeable = False
                self._on_preview(offer.spec, np.ascontiguousarray(pixels))


def _open(spec: str) -> FrameSource:
    from capture.open import open_source

    return open_source(resolve(spec))
