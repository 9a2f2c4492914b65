"""The annotated film: every frame of the recording at its own time, drawn and encoded beside the model.

MPEG-4 Part 2 in Matroska: see docs/decisions on the codec.
"""

from __future__ import annotations

import threading
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
from av.video.stream import VideoStream

from app.analyze.sheet import HEIGHT, WIDTH, Sheet
from capture.frame import Pixels
from inference.analysis import Row
from inference.pipe import Pipe, PipeLeft

CODEC = "mpeg4"
QUANTISER = 3
"""Of 1 to 31: 41 dB on real scans, 48 kB a frame."""
KEY_EVERY = 50
"""Frames from one key frame to the next: where a player can jump to."""
WAITING_BYTES = 64 * 1024 * 1024
JOIN_S = 60.0
_TICK = Fraction(1, 1000)
"""Matroska's own."""
_NOMINAL_S = 1 / 30
"""How long a frame without a time stamp stands."""


class FilmWriter:
    """Takes rows and writes a film in a thread of its own; `close` when whole, `abandon` when not.

    A film that is cut off while it is written (power, kill) still plays to its last whole cluster.
    """

    def __init__(self, path: Path, sheet: Sheet, about: str) -> None:
        self._pipe: Pipe[Row] = Pipe(WAITING_BYTES)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="analysis-film", args=(path, sheet, about))
        self._thread.start()

    def add(self, row: Row) -> None:
        """Draw and encode this row; waits while too much is waiting.

        Raises:
            OSError: the film cannot be written.
        """
        try:
            self._pipe.put(row, row.scan.frame.pixels.nbytes)
        except PipeLeft:
            self.close()
            raise OSError("the film was ended before its last frame") from None

    def close(self) -> None:
        """Write what waits and end the film.

        Raises:
            OSError: the film cannot be written.
            TimeoutError: the encoder hangs.
        """
        self._pipe.end()
        self._thread.join(JOIN_S)
        if self._thread.is_alive():
            raise TimeoutError(f"expected the film to end within {JOIN_S:.0f} s, it goes on")
        if self._error is not None:
            raise self._error

    def abandon(self) -> None:
        """Stop at once; what is on disk is not whole."""
        self._pipe.leave()
        self._thread.join(JOIN_S)

    def _run(self, path: Path, sheet: Sheet, about: str) -> None:
        try:
            with _Encoder(path, about) as encoder:
                for row in self._pipe:
                    encoder.add(sheet.draw(row), row.scan.frame.media_s)
        except av.FFmpegError as error:
            self._error = OSError(error.errno, error.strerror)
            self._pipe.leave()
        except BaseException as error:
            # Handed to whoever adds or closes; nobody else sees this thread.
            self._error = error
            self._pipe.leave()


class _Encoder:
    """An open film file."""

    def __init__(self, path: Path, about: str) -> None:
        # Bit-exact: without it Matroska files carry a random number and the version of the library.
        self._file = av.open(str(path), "w", format="matroska", options={"fflags": "+bitexact"})
        self._file.metadata["comment"] = about
        self._stream = cast(VideoStream, self._file.add_stream(CODEC, rate=1000))
        self._stream.width, self._stream.height, self._stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        context = self._stream.codec_context
        context.time_base = _TICK
        context.qmin = context.qmax = QUANTISER
        context.gop_size = KEY_EVERY
        context.max_b_frames = 0
        context.thread_count = 1  # the same bytes each time
        self._last_ms = -1

    def __enter__(self) -> _Encoder:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            for packet in self._stream.encode():
                self._file.mux(packet)
        finally:
            self._file.close()

    def add(self, picture: Pixels, media_s: float | None) -> None:
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        nominal = self._last_ms / 1000 + _NOMINAL_S if self._last_ms >= 0 else 0.0
        due_ms = round((nominal if media_s is None else media_s) * 1000)
        self._last_ms = max(due_ms, self._last_ms + 1)
        frame.pts, frame.time_base = self._last_ms, _TICK
        for packet in self._stream.encode(frame):
            self._file.mux(packet)
