"""Every frame of a recording through region, signal, model and evidence: no drops, the same each time.

Two threads: one opens, decodes and places frames, the caller's runs the model; they overlap, and what waits
between them is bounded by its size.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Literal, Protocol, Self

import numpy as np

from capture.frame import Frame
from capture.geometry import Box, Region
from capture.region.tracker import SETTLE_FRAMES, RegionTracker
from capture.scan import Scan, Signal
from capture.signals import SignalMonitor
from capture.source import EndOfSource, FrameSource, SourceError, SourceInfo
from inference.evidence_types import Evidence, Reason
from inference.pipe import Pipe, PipeLeft
from inference.prediction import Prediction

log = logging.getLogger(__name__)

WAITING_BYTES = 64 * 1024 * 1024
"""Decoded frames that may wait for the model: about ten of 1920x1080 RGB."""
HELD_FRAMES = SETTLE_FRAMES
HELD_BYTES = 192 * 1024 * 1024
"""How far the search for the scan may run ahead of the first frame that is passed on."""
STOP_S = 10.0

Place = Box | Literal["whole"]
"""Where a person says the scan lies: a box of displayed pixels, or the whole picture."""


class Model(Protocol):
    """What analysis needs of an engine: `inference.engine.Engine`."""

    def predict(self, scan: Scan) -> Prediction: ...


class Finder(Protocol):
    """Says where the scan lies in each frame, in order: `capture.region.tracker.RegionTracker`."""

    @property
    def steady(self) -> bool: ...
    def feed(self, frame: Frame) -> Region: ...


class Reader(Protocol):
    """What analysis needs of the evidence: `inference.evidence.EvidenceReader`."""

    def update(self, prediction: Prediction) -> Evidence: ...
    def pause(self, reason: Reason) -> Evidence: ...


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One frame of the recording, in order, with all that is known after it."""

    scan: Scan
    prediction: Prediction | None
    """None where the model was not run: a repeat of the picture before, a frozen or a blank one."""
    evidence: Evidence


class Analysis:
    """One pass over one recording.

    Use as a context manager and iterate: `with Analysis(...) as run: for row in run: ...`. Entering opens the
    source; leaving ends the decoding thread, however far it got.

    Args:
        source: a recording that is not open yet; it is opened, read and closed by the decoding thread.
        engine: answers one scan at a time, in the caller's thread.
        reader: adds answers up; fresh for each recording.
        place: where the scan lies, if it is not to be searched for.
        finder: searches for it; None for the program's own.
        keep_pictures: whether the evidence's flags and best frames keep their pixels. Without,
            memory does not grow with the number of flags; the pixels are then in the rows alone.
    """

    def __init__(
        self,
        source: FrameSource,
        engine: Model,
        reader: Reader,
        *,
        place: Place | None = None,
        finder: Finder | None = None,
        keep_pictures: bool = True,
    ) -> None:
        self._engine = engine
        self._reader = reader
        self._keep_pictures = keep_pictures
        self._pipe: Pipe[SourceInfo | Scan] = Pipe(WAITING_BYTES)
        self._decoder = _Decoder(source, place, finder, self._pipe)
        self._items = iter(self._pipe)

    @property
    def info(self) -> SourceInfo:
        """What the source says of itself; known once entered, complete at the end.

        Raises:
            RuntimeError: before the source is open.
        """
        if self._decoder.info is None:
            raise RuntimeError("expected an open analysis, got one that was not entered")
        return self._decoder.info

    @property
    def missing(self) -> str | None:
        """In words, what a damaged recording has lost; known at the end."""
        return self._decoder.missing

    def __enter__(self) -> Self:
        """Open the source.

        Raises:
            SourceError: it cannot be opened, or it is live and would never end.
        """
        self._decoder.start()
        try:
            next(self._items)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def __iter__(self) -> Iterator[Row]:
        """Rows in the order of the recording.

        Raises:
            SourceError: the recording failed on the way; the rows before it stand.
        """
        latest: Evidence | None = None
        run: Scan | None = None
        for scan in self._items:
            assert isinstance(scan, Scan)
            prediction = None
            if scan.signal is Signal.BLANK:
                latest = self._reader.pause(Reason.NO_SIGNAL)
            elif scan.signal is Signal.FROZEN:
                latest = self._reader.pause(Reason.FROZEN)
            elif run is None or latest is None or not scan.repeat or scan.region != run.region:
                run = scan
                prediction = self._engine.predict(scan)
                latest = self._reader.update(
                    prediction if self._keep_pictures else _without_picture(prediction)
                )
            yield Row(scan, prediction, latest)

    def stop(self) -> None:
        """End the decoding thread.

        Raises:
            TimeoutError: it does not end; a decoder hangs.
        """
        self._pipe.leave()
        self._decoder.join(STOP_S)
        if self._decoder.is_alive():
            raise TimeoutError(f"expected the decoding to stop within {STOP_S:.0f} s, it goes on")


def analyze(
    source: FrameSource, engine: Model, reader: Reader, *, place: Place | None = None
) -> Iterator[Row]:
    """Every frame of a recording with its prediction and the evidence so far.

    Args:
        source: a recording that is not open yet, from `capture.open.open_source`.
        engine: from `inference.engine.OnnxEngine.load`.
        reader: a fresh `inference.evidence.EvidenceReader`.
        place: where the scan lies, if it is not to be searched for.

    Raises:
        SourceError: the source cannot be opened or read.
    """
    with Analysis(source, engine, reader, place=place) as run:
        yield from run


class _Decoder(threading.Thread):
    """Opens, reads and closes the source; places every frame; ends by itself or when the pipe is left."""

    def __init__(
        self,
        source: FrameSource,
        place: Place | None,
        finder: Finder | None,
        pipe: Pipe[SourceInfo | Scan],
    ) -> None:
        super().__init__(name="analysis-decode")
        self.info: SourceInfo | None = None
        self.missing: str | None = None
        self._source = source
        self._place = place
        self._finder = finder
        self._pipe = pipe

    def run(self) -> None:
        try:
            with self._source as source:
                if source.info.live:
                    raise SourceError("expected a recording, got a live source, which has no end")
                self.info = source.info
                self._pipe.put(source.info)
                self._read(source)
                self.info = source.info
            self._pipe.end()
        except PipeLeft:
            self._pipe.end()
        except SourceError as error:
            self._pipe.end(error)
        except MemoryError as error:
            self._pipe.end(_caused(SourceError("too large for this machine's memory"), error))
        except Exception as error:
            log.debug("reading a recording failed", exc_info=True)
            self._pipe.end(_caused(SourceError(f"cannot be read ({type(error).__name__})"), error))

    def _read(self, source: FrameSource) -> None:
        placer = _Placer(self._place, self._finder, source.info)
        try:
            while not self._pipe.left:
                frame = source.read()
                if frame is not None:
                    for scan in placer.feed(frame):
                        self._pipe.put(scan, scan.frame.pixels.nbytes)
                        del scan
                    del frame
        except EndOfSource as end:
            self.missing = end.missing
        finally:
            for scan in placer.flush():
                self._pipe.put(scan, scan.frame.pixels.nbytes)


class _Placer:
    """Gives frames their region and signal.

    Finding the scan takes some frames. The frames it was looked for in wait, and then get the region that
    was found: they are neither run nor stored with what lies outside the scan.
    """

    def __init__(self, place: Place | None, finder: Finder | None, info: SourceInfo) -> None:
        self._place = place
        if place is None:
            self._finder = finder or RegionTracker(
                claimed=info.claimed_region, mm_per_px_from=info.mm_per_px_from
            )
        else:
            manual_region(place, info.width, info.height)
        self._signals = SignalMonitor()
        self._held: list[Frame] = []
        self._found: dict[tuple[int, int], Region] = {}
        """The newest region of each size of frame."""
        self._searching = place is None

    def feed(self, frame: Frame) -> Iterator[Scan]:
        if self._place is not None:
            yield self._signals.look(frame, manual_region(self._place, frame.width, frame.height))
            return
        region = self._finder.feed(frame)
        if not self._searching:
            yield self._signals.look(frame, region)
            return
        self._held.append(frame)
        self._found[frame.width, frame.height] = region
        full = len(self._held) >= HELD_FRAMES or sum(f.pixels.nbytes for f in self._held) >= HELD_BYTES
        if self._finder.steady or full:
            yield from self.flush()

    def flush(self) -> Iterator[Scan]:
        """What still waits: the search is over, or the recording."""
        self._searching = False
        held, self._held = self._held, []
        for frame in held:
            yield self._signals.look(frame, self._found[frame.width, frame.height])


def manual_region(place: Place, width: int, height: int) -> Region:
    """The region that a person gave, in frames of that size.

    Raises:
        SourceError: the box does not lie inside the frame.
    """
    box = Box(0, 0, width, height) if place == "whole" else place
    if box.clipped(width, height) != box or box.area == 0:
        raise SourceError(
            f"expected a region inside the picture of {width}x{height}, "
            f"got {box.x0},{box.y0},{box.x1},{box.y1}"
        )
    return Region(box, width, height, origin="manual")


_NO_PIXELS = np.zeros((0, 0), np.uint8)


def _without_picture(prediction: Prediction) -> Prediction:
    scan = prediction.scan
    return replace(prediction, scan=replace(scan, frame=replace(scan.frame, pixels=_NO_PIXELS)))


def _caused(error: SourceError, cause: BaseException) -> SourceError:
    error.__cause__ = cause
    return error
