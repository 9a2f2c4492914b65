"""The demo where there is no screen: the same window, drawn into memory, filmed as it runs."""

from __future__ import annotations

import os
import threading
import time
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.video.stream import VideoStream

from app.refusal import Refusal
from capture.frame import Pixels
from capture.slot import LatestSlot, SlotClosed

FPS = 15
"""Pictures of the window a second: grabbing one takes 10 ms that the window itself cannot paint in."""
WIDTH, HEIGHT = 1920, 1080
CODEC, QUANTISER = "mpeg4", 4
"""In every build of FFmpeg; 4 of 1 to 31 keeps small letters clean."""
JOIN_S = 30.0


def film_window(
    spec: str, folder: Path, seconds: float, model: Path | None, language: str | None
) -> list[Path]:
    """Run the window on a source for a while and film it.

    Args:
        spec: the source.
        folder: where film and picture go; made where it is not there.
        seconds: how long.
        model: another model's manifest.
        language: 'en' or 'zh'.

    Returns:
        The film and the picture.

    Raises:
        Refusal: the folder cannot be written to.
    """
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    film, picture = folder / "philtrum-demo.mkv", folder / "philtrum-demo.png"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        film.touch()
    except OSError as error:
        raise Refusal(f"{folder}: cannot be written to ({error.strerror})") from error
    from PySide6.QtCore import QTimer
    from PySide6.QtGui import QImage

    from app.create import create_app
    from app.settings import Settings

    application, window = create_app(Settings(), spec, model, language)
    window.resize(WIDTH, HEIGHT)
    window.show()
    writer = _FilmWriter(film)
    writer.start()
    best = QImage()
    best_score = -1.0

    def grab() -> None:
        nonlocal best, best_score
        image = window.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
        flat = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
        pixels = flat[:, : image.width() * 3].reshape(image.height(), image.width(), 3)
        writer.add(time.monotonic_ns(), np.ascontiguousarray(pixels[:HEIGHT, :WIDTH]))
        evidence = window.pipeline.evidence
        score = 0.0 if evidence is None or evidence.instant is None else evidence.instant
        # The picture shows the moment with the highest score: there is something to see on it.
        if score >= best_score:
            best, best_score = image.copy(), score

    timer = QTimer()
    timer.setInterval(round(1000 / FPS))
    timer.timeout.connect(grab)
    timer.start()
    QTimer.singleShot(round(seconds * 1000), application.quit)
    try:
        application.exec()
    finally:
        timer.stop()
        window.close()
        writer.finish()
    best.save(str(picture))
    return [film, picture]


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
