"""The thread that turns scans into coded pictures: takes references, masks, crops, codes, hands on."""

from __future__ import annotations

import logging
import threading
import zlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from app.session.clips import ClipGate, Coded, Mode, Wanted
from app.session.encoders import PictureEncoder, make_encoder
from app.session.sector import sector_pixels
from app.session.tally import Tally
from capture.geometry import Region
from capture.region.lettering import depth_ticks
from capture.scan import Scan

log = logging.getLogger(__name__)

WAIT_S = 0.25


@dataclass(frozen=True, slots=True)
class RecordingSettings:
    """How an exam is recorded."""

    mode: Mode = "exam"
    codec: str = "jpeg"
    """One of `app.session.encoders.CODECS`."""
    clip_s: float = 1.0
    """Before and after a flag or a kept picture."""
    pretrigger_s: float = 10.0
    """What recording includes of the time before it was asked for."""
    segment_s: float = 30.0
    """A new file after so long, so that damage and a kill stay small."""
    queue_bytes: int = 160 * 1024 * 1024
    """Scans that may wait for the encoder, by reference: 25 of 1920x1080 RGB."""
    coded_bytes: int = 256 * 1024 * 1024
    """Coded pictures that may wait for the disk: about 20 s."""
    ring_bytes: int = 384 * 1024 * 1024
    """Coded pictures held back for a pre-trigger."""
    reserve_bytes: int = 1024 * 1024 * 1024
    """What recording leaves free on the disk, so that all else of the exam can be written."""


@dataclass(frozen=True, slots=True, eq=False)
class _Mark:
    captured_ns: int


@dataclass(frozen=True, slots=True, eq=False)
class _SetMode:
    mode: Mode


@dataclass(frozen=True, slots=True, eq=False)
class _Offered:
    scan: Scan
    fetus: int


class Recorder(threading.Thread):
    """Codes what is offered; owned by an `ExamWriter`.

    Args:
        settings: how.
        tally: counts what becomes of every scan.
        put: hands a coded picture on; False when the disk is too far behind. Must not wait.
        tell: is given a sentence about trouble.
    """

    def __init__(
        self,
        settings: RecordingSettings,
        tally: Tally,
        put: Callable[[Wanted], bool],
        tell: Callable[[str], None],
    ) -> None:
        super().__init__(name="exam-recorder")
        self._settings = settings
        self._tally = tally
        self._put = put
        self._tell = tell
        self._ready = threading.Condition()
        # Guarded by it:
        self._queue: deque[_Offered | _Mark | _SetMode] = deque()
        self._waiting = 0
        self._ending = False
        self._mode: Mode = settings.mode
        self._last: Scan | None = None
        # Of the thread alone:
        second = 1_000_000_000
        self._gate = ClipGate(
            settings.mode,
            round(settings.clip_s * second),
            round(settings.pretrigger_s * second),
            settings.ring_bytes,
        )
        self._encoder: PictureEncoder | None = None
        self._shape: tuple[int, int, bool] | None = None
        self._let_go = 0
        self._ticks: tuple[Region, float | None] | None = None

    @property
    def mode(self) -> Mode:
        return self._mode

    @property
    def held_bytes(self) -> int:
        """Memory of the pre-trigger."""
        return self._gate.held_bytes

    def offer(self, scan: Scan, fetus: int) -> None:
        """One scan of the live picture, by reference; from any thread, never waits."""
        self._tally.add("offered")
        if scan.region.origin == "whole":
            self._tally.add("no_sector")
            return
        size = scan.frame.pixels.nbytes
        with self._ready:
            if self._ending or self._mode == "off":
                kept = "unwanted"
            elif self._is_repeat(scan):
                kept = "repeats"
            elif self._waiting and self._waiting + size > self._settings.queue_bytes:
                kept = "lost"
            else:
                self._queue.append(_Offered(scan, fetus))
                self._waiting += size
                self._last = scan
                self._ready.notify()
                return
        self._tally.add(kept)

    def _is_repeat(self, scan: Scan) -> bool:
        last = self._last
        return (
            scan.repeat
            and last is not None
            and (last.scan_index, last.region) == (scan.scan_index, scan.region)
        )

    def mark(self, captured_ns: int) -> None:
        """A moment worth a clip."""
        self._command(_Mark(captured_ns))

    def set_mode(self, mode: Mode) -> None:
        """What is recorded from now on; "exam" takes in what the pre-trigger holds."""
        with self._ready:
            self._mode = mode
            self._last = None  # what comes next is wanted even where it repeats what was not
        self._command(_SetMode(mode))

    def _command(self, command: _Mark | _SetMode) -> None:
        with self._ready:
            self._queue.append(command)
            self._ready.notify()

    def stop(self, timeout_s: float = 10.0) -> None:
        """Code what waits and end.

        Raises:
            TimeoutError: it does not end.
        """
        with self._ready:
            self._ending = True
            self._ready.notify_all()
        if self.ident is None:
            return
        self.join(timeout_s)
        if self.is_alive():
            raise TimeoutError(f"expected the recorder to stop within {timeout_s:g} s, it is still busy")

    def run(self) -> None:
        while True:
            with self._ready:
                if not self._queue and not self._ending:
                    self._ready.wait(WAIT_S)
                if not self._queue:
                    if self._ending:
                        break
                    continue
                item = self._queue.popleft()
                if isinstance(item, _Offered):
                    self._waiting -= item.scan.frame.pixels.nbytes
            self._handle(item)
            del item
        self._gate.end()
        self._count_unwanted()
        if self._encoder is not None:
            self._encoder.close()

    def _handle(self, item: _Offered | _Mark | _SetMode) -> None:
        if isinstance(item, _Mark):
            wanted = self._gate.mark(item.captured_ns)
        elif isinstance(item, _SetMode):
            wanted = self._gate.set_mode(item.mode)
        else:
            try:
                coded = self._coded(item)
            except Exception as error:
                # One bad picture must not end the recording; it is counted and said.
                log.error("a picture could not be coded", exc_info=error)
                self._tally.add("lost")
                self._tell(f"a picture could not be recorded ({type(error).__name__})")
                return
            wanted = self._gate.feed(coded)
        for one in wanted:
            if not self._put(one):
                self._tally.add("lost")
        self._count_unwanted()

    def _count_unwanted(self) -> None:
        fresh = self._gate.unwanted - self._let_go
        if fresh:
            self._let_go += fresh
            self._tally.add("unwanted", fresh)

    def _coded(self, item: _Offered) -> Coded:
        scan = item.scan
        pixels = sector_pixels(scan.frame.pixels, scan.region)
        height, width = pixels.shape[:2]
        colour = pixels.ndim == 3
        if self._shape != (width, height, colour) or self._encoder is None:
            if self._encoder is not None:
                self._encoder.close()
            self._encoder, trouble = make_encoder(self._settings.codec, width, height, colour)
            self._shape = (width, height, colour)
            if trouble:
                self._tell(trouble)
        data = self._encoder.encode(pixels)
        frame = scan.frame
        return Coded(
            data, zlib.crc32(data), frame.captured_ns, frame.index, scan.scan_index, item.fetus, scan.region,
            self._encoder.codec, self._encoder.lossless, width, height, colour, self._ticks_px(scan),
        )  # fmt: skip

    def _ticks_px(self, scan: Scan) -> float | None:
        """They lie outside of the scan and so are not stored: read once for each place of the scan."""
        if scan.region.mm_per_px is not None:
            return None
        if self._ticks is None or self._ticks[0] != scan.region:
            ticks = depth_ticks(scan.frame.pixels, scan.region)
            self._ticks = (scan.region, None if ticks is None else ticks.spacing_px)
        return self._ticks[1]
