"""The demo where there is no screen: the same window, drawn into memory, filmed as it runs."""

from __future__ import annotations

import os
import threading
import time
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, cast

import av
import numpy as np
from av.video.stream import VideoStream
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage

from app.refusal import Refusal
from capture.frame import Pixels
from capture.slot import LatestSlot, SlotClosed
from inference.worker import AiPhase

if TYPE_CHECKING:
    from app.main_window import MainWindow

FPS = 15
"""Pictures of the window a second: grabbing one takes 10 ms that the window itself cannot paint in."""
WIDTH, HEIGHT = 1920, 1080
CODEC, QUANTISER = "mpeg4", 4
"""In every build of FFmpeg; 4 of 1 to 31 keeps small letters clean."""
JOIN_S = 30.0
START_S = 20.0
"""How long picture and model may take to come."""


def film_window(
    spec: str, folder: Path, seconds: float | None, model: Path | None, language: str | None
) -> list[Path]:
    """Run the window on a recording and film it, from the moment that the AI runs.

    Args:
        spec: the recording.
        folder: where film and picture go; made where it is not there.
        seconds: how long; None for the whole recording once.
        model: another model's manifest.
        language: 'en' or 'zh'.

    Returns:
        The film and the picture.

    Raises:
        Refusal: the folder cannot be written to, or nothing was seen.
    """
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    film, picture = folder / "philtrum-demo.mkv", folder / "philtrum-demo.png"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        film.touch()
    except OSError as error:
        raise Refusal(f"{folder}: cannot be written to ({error.strerror})") from error
    from app.create import create_app
    from app.settings import Settings

    application, window = create_app(Settings(), spec, model, language)
    window.resize(WIDTH, HEIGHT)
    window.show()
    writer = _FilmWriter(film)
    writer.start()
    shoot = _Shoot(window, writer, seconds)
    shoot.over.connect(application.quit)
    try:
        application.exec()
    finally:
        shoot.stop()
        window.close()
        writer.finish()
    if shoot.best.isNull():
        raise Refusal(f"{spec}: no picture came within {START_S:g} s")
    shoot.best.save(str(picture))
    return [film, picture]


class _Shoot(QObject):
    """Waits for picture and AI, winds back to the start, then takes the window's picture again and again."""

    over = Signal()

    def __init__(self, window: MainWindow, writer: _FilmWriter, seconds: float | None) -> None:
        super().__init__()
        self._window, self._writer, self._seconds = window, writer, seconds
        self._asked_s = time.monotonic()
        self._began_s: float | None = None
        self.best = QImage()
        """The moment with the highest score: there is something to see on it."""
        self._best_score = -1.0
        self._timer = QTimer(self)
        self._timer.setInterval(round(1000 / FPS))
        self._timer.timeout.connect(self._turn)
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()

    def _turn(self) -> None:
        now_s = time.monotonic()
        if self._began_s is None:
            waited_s = now_s - self._asked_s
            if self._ready() or waited_s > START_S:
                self._begin(now_s)
            return
        self._grab()
        if now_s - self._began_s > self._length_s():
            self.stop()
            self.over.emit()

    def _ready(self) -> bool:
        state = self._window.pipeline.ai_state
        settled = state is not None and state.phase in (AiPhase.RUNNING, AiPhase.FAILED)
        return settled and self._window.scan_view.current is not None

    def _begin(self, now_s: float) -> None:
        self._began_s = now_s
        self._window.pipeline.reset_evidence()
        self._window.feed.clear()
        self._window.handlers.seek(0)

    def _length_s(self) -> float:
        if self._seconds is not None:
            return self._seconds
        player = self._window.handlers.player
        times = () if player is None else player.state.times_s
        return times[-1] if times else 0.0

    def _grab(self) -> None:
        image = self._window.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
        flat = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
        pixels = flat[:, : image.width() * 3].reshape(image.height(), image.width(), 3)
        # A copy: the image's memory goes with the image.
        self._writer.add(time.monotonic_ns(), pixels[:HEIGHT, :WIDTH].copy())
        evidence = self._window.pipeline.evidence
        score = 0.0 if evidence is None or evidence.instant is None else evidence.instant
        if self._window.scan_view.current is not None and score >= self._best_score:
            self.best, self._best_score = image.copy(), score


class _FilmWriter(threading.Thread):
    """Encodes pictures at the time they were taken; a slow disk costs pictures, never the run."""

    def __init__(self, path: Path) -> None:
        super().__init__(name="film")
        self._path = path
        self._slot: LatestSlot[tuple[int, Pixels]] = LatestSlot()
        self._error: Exception | None = None

    def add(self, at_ns: int, pixels: Pixels) -> None:
        self._slot.put((at_ns, pixels))

    def finish(self) -> None:
        """Write the last picture and close the film.

        Raises:
            Refusal: the film cannot be written.
        """
        self._slot.close()
        self.join(JOIN_S)
        if self._error is not None:
            raise Refusal(f"{self._path}: cannot be written ({self._error})") from self._error

    def run(self) -> None:
        try:
            with av.open(str(self._path), "w", format="matroska") as film:
                self._encode(film)
        except (av.FFmpegError, OSError) as error:
            self._error = error

    def _encode(self, film: av.container.OutputContainer) -> None:
        stream = cast(VideoStream, film.add_stream(CODEC, rate=FPS))
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        context = stream.codec_context
        context.time_base = Fraction(1, 1000)
        context.qmin = context.qmax = QUANTISER
        context.max_b_frames = 0
        start_ns: int | None = None
        last_ms = -1
        while True:
            try:
                taken = self._slot.take(timeout_s=None)
            except SlotClosed:
                break
            if taken is None:
                continue
            at_ns, pixels = taken
            start_ns = at_ns if start_ns is None else start_ns
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            last_ms = max(last_ms + 1, (at_ns - start_ns) // 1_000_000)
            frame.pts, frame.time_base = last_ms, Fraction(1, 1000)
            film.mux(stream.encode(frame))
        film.mux(stream.encode())
