"""`philtrum bench live`: the real window on a 1080p60 source, every frame accounted for."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from PySide6.QtCore import QObject, Qt, QTimer

from app.bench.paced_loop import PacedLoop, drawn_screens
from app.live.accounting import DisplayCounts, DisplayStatistics, Samples, interval_histogram
from app.live.policy import MS, Answer
from app.main_window import MainWindow
from app.opening import SourceOpener, check_recording, is_live
from app.refusal import Refusal
from app.settings import Settings
from app.system_check import missing_libraries
from capture.source import FrameSource, SourceError
from inference.manifest import ModelRefusedError, load_model
from resources.files import resource_path

STALL_MS = 50.0
"""The GUI thread stalled when its heartbeat came this much late."""
BEAT_MS = 10
SAMPLE_MS = 1000
PICTURES = 30
"""Different screens of the loop in memory, 60 MB at 1080p."""
SCAN_RATE = "new pictures a second in the loop, repeated in between (each frame is a new one)"


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser], text: str) -> None:
    parser = subparsers.add_parser("live", help=text, description=f"Measure {text}.")
    parser.add_argument("--seconds", type=float, default=20.0, metavar="S", help="measured (20)")
    parser.add_argument("--warm-up", type=float, default=5.0, metavar="S", help="before that (5)")
    parser.add_argument(
        "--source", metavar="SOURCE", help="as for `philtrum live`; without: a drawn 1080p loop in memory"
    )
    parser.add_argument("--fps", type=float, default=60.0, help="of the loop in memory (60)")
    parser.add_argument("--scan-rate", type=float, metavar="HZ", help=SCAN_RATE)
    parser.add_argument("--window", default="1920x1080", metavar="WxH", help="size of the window (1920x1080)")
    parser.add_argument("--model", type=Path, metavar="JSON", help="manifest; without: the model that ships")
    parser.add_argument("--heatmap", choices=("off", "contour", "fill"), default="contour")
    parser.add_argument("--no-ai", action="store_true", help="the picture alone")
    parser.add_argument("--screenshot", type=Path, metavar="PNG", help="keep a picture of the window")


def run(args: argparse.Namespace) -> int:
    check_times(args.seconds, args.warm_up, args.fps, args.scan_rate)
    missing = missing_libraries()
    if missing:
        raise Refusal(f"install first: {' '.join(missing)}")
    size = window_size(args.window)
    if not args.no_ai:
        _check_model(args.model)
    open_ = _source(args)
    from app.create import create_app

    settings = Settings(heatmap=args.heatmap)
    application, window = create_app(settings, None, args.model, "en", with_ai=not args.no_ai)
    bench = LiveBench(window, args.seconds, args.warm_up)
    # Not quit(): it closes the window from within the loop, and its own event is left for the next loop.
    bench.finished.append(application.exit)
    try:
        window.resize(*size)
        window.show()
        bench.start(open_)
        application.exec()
        if args.screenshot is not None:
            bench.picture.save(str(args.screenshot))
    finally:
        window.close()
    print(json.dumps(bench.report(args.fps if args.source is None else None), indent=2))
    return 0


def check_times(seconds: float, warm_up_s: float, fps: float, scan_rate_hz: float | None = None) -> None:
    """Refuse what cannot be measured.

    Raises:
        Refusal: naming the option.
    """
    for name, value, least, most in (
        ("--seconds", seconds, 1.0, 86_400.0),
        ("--warm-up", warm_up_s, 0.0, 600.0),
        ("--fps", fps, 1.0, 240.0),
        ("--scan-rate", fps if scan_rate_hz is None else scan_rate_hz, 1.0, fps),
    ):
        if not least <= value <= most:
            raise Refusal(f"{name}: expected {least:g} to {most:g}, got {value:g}")


def window_size(text: str) -> tuple[int, int]:
    """The argument of --window.

    Raises:
        Refusal: it is no size of a window.
    """
    try:
        width, height = (int(part) for part in text.lower().split("x"))
    except ValueError:
        raise Refusal(f"--window: expected WIDTHxHEIGHT, got {text!r}") from None
    if not (640 <= width <= 7680 and 400 <= height <= 4320):
        raise Refusal(f"--window: expected 640x400 to 7680x4320, got {text}")
    return width, height


def _check_model(path: Path | None) -> None:
    try:
        load_model(path or resource_path("models", "philtrum-standin.json"))
    except (ModelRefusedError, FileNotFoundError) as error:
        raise Refusal(str(error)) from error


def _source(args: argparse.Namespace) -> Callable[[], FrameSource]:
    if args.source is None:
        return loop_in_memory(args.fps, args.scan_rate)
    try:
        if not is_live(args.source):
            check_recording(args.source)
    except SourceError as error:
        raise Refusal(str(error)) from error
    return SourceOpener(args.source)


def loop_in_memory(fps: float, scan_rate_hz: float | None = None) -> Callable[[], FrameSource]:
    """Drawn 1080p screens, paced as a card would."""
    pictures = drawn_screens(PICTURES)
    return lambda: PacedLoop(pictures, fps, scan_rate_hz=scan_rate_hz)


class LiveBench(QObject):
    """Watches one window from the inside: warm-up, then the measured time, then a report."""

    def __init__(self, window: MainWindow, seconds: float, warm_up_s: float) -> None:
        super().__init__(window)
        self._window = window
        self._seconds, self._warm_up_s = seconds, warm_up_s
        self.finished: list[Callable[[], object]] = []
        capacity = round(seconds * 250)
        self._statistics = window.presenter.statistics = DisplayStatistics(capacity)
        self._inference_ms = Samples(capacity)
        self._process = psutil.Process()
        self._rss: list[tuple[float, float]] = []
        self._stalls: list[float] = []
        self._last_beat_ns: int | None = None
        self._measuring = False
        self._counts, self._carried_in = DisplayCounts(), 0
        self._loads: list[float] = []
        self._cpu_s: dict[str, float] = {}
        self._wall_s = self._delay_ms = 0.0
        self._rss_at_start = self._rss_mb()
        window.pipeline.add_answer_sink(self._answered)
        self._beat = self._timer(BEAT_MS, self._on_beat)
        self._sampler = self._timer(SAMPLE_MS, self._on_sample)

    def _timer(self, interval_ms: int, work: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.setInterval(interval_ms)
        timer.timeout.connect(work)
        return timer

    def start(self, open_: Callable[[], FrameSource]) -> None:
        """Open the source and set the clock; `finished` is called at the end."""
        since_ns = self._window.pipeline.switch(open_)
        self._window.presenter.restart(since_ns)
        if isinstance(open_, SourceOpener):
            self._window.feed.new_source(open_)  # a recording is shown as one
        self._beat.start()
        QTimer.singleShot(round(self._warm_up_s * 1000), self, self._begin)

    def _begin(self) -> None:
        self._statistics.clear_samples()
        self._counts, self._carried_in = self._window.presenter.counts()
        self._rss.clear()
        self._on_sample()
        self._sampler.start()
        self._cpu_s, self._wall_s = self._cpu_by_thread(), time.monotonic()
        self._loads.append(os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan"))
        self._last_beat_ns = None
        self._measuring = True
        QTimer.singleShot(round(self._seconds * 1000), self, self._end)

    def _end(self) -> None:
        self._measuring = False
        self._wall_s = time.monotonic() - self._wall_s
        before, now = self._cpu_s, self._cpu_by_thread()
        self._cpu_s = {name: used - before.get(name, 0.0) for name, used in now.items()}
        self._beat.stop()
        self._sampler.stop()
        self._on_sample()
        self._loads.append(os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan"))
        self._delay_ms = self._window.presenter.policy.delay_ms
        self.picture = self._window.grab()
        self._device_size = self._view_size()
        self._ai = self._window.pipeline.ai_state
        pipeline, presenter = self._window.pipeline, self._window.presenter
        self._ai_counts = pipeline.ai_counts
        pipeline.close_source()
        # Frames still under way at the end were not shown: the reset counts them as dropped.
        presenter.restart(time.monotonic_ns())
        counts, waiting = presenter.counts()
        if waiting:
            raise ArithmeticError(f"expected no frame under way after the end, got {waiting}")
        self._counts = counts.minus(self._counts)
        self._counts.captured += self._carried_in
        self._counts.check()
        for work in self.finished:
            work()

    def _answered(self, answer: Answer) -> None:
        if self._measuring:
            self._inference_ms.add(answer.prediction.inference_ms)

    def _on_beat(self) -> None:
        now_ns = time.monotonic_ns()
        if self._measuring and self._last_beat_ns is not None:
            late_ms = (now_ns - self._last_beat_ns) / MS - BEAT_MS
            if late_ms > STALL_MS:
                self._stalls.append(late_ms)
        self._last_beat_ns = now_ns

    def _on_sample(self) -> None:
        self._rss.append((time.monotonic(), self._rss_mb()))

    def _cpu_by_thread(self) -> dict[str, float]:
        """Seconds of CPU by name of thread; 'other' are those of libraries, 'all' is the sum."""
        names = {thread.native_id: thread.name for thread in threading.enumerate()}
        used = {"all": time.process_time()}
        for thread in self._process.threads():
            name = names.get(thread.id, "other").replace("MainThread", "gui")
            used[name] = used.get(name, 0.0) + thread.user_time + thread.system_time
        return used

    def _rss_mb(self) -> float:
        return float(self._process.memory_info().rss) / 2**20

    def _view_size(self) -> str:
        view = self._window.scan_view
        ratio = view.devicePixelRatioF()
        return f"{round(view.width() * ratio)}x{round(view.height() * ratio)}"

    def report(self, fps: float | None) -> dict[str, Any]:
        """The figures.

        Args:
            fps: that the source was to give; None measures it.
        """
        counts, statistics = self._counts, self._statistics
        rate = fps or counts.captured / self._wall_s
        times, sizes = np.array(self._rss).T
        slope = float(np.polyfit(times / 60, sizes, 1)[0]) if len(times) > 2 else 0.0
        engine = self._ai.engine if self._ai is not None else None
        application = self._window.windowHandle()
        return {
            "paints_per_s": round(counts.shown / self._wall_s, 2),
            "interval_ms": statistics.interval_ms.summary(),
            "interval_histogram": interval_histogram(statistics.interval_ms.values, 1000 / rate),
            "frame_to_paint_ms": statistics.frame_to_paint_ms.summary(),
            "overlay_age_ms": statistics.overlay_age_ms.summary(),
            "own_prediction_share": round(counts.own_share, 4),
            "counts": {
                "captured": counts.captured,
                "shown": counts.shown,
                "dropped": counts.dropped,
                "own": counts.own,
                "older": counts.older,
                "without": counts.without,
            },
            "inference_ms": self._inference_ms.summary(),
            "predictions_per_s": round(len(self._inference_ms.values) / self._wall_s, 2),
            "delay_ms": round(self._delay_ms, 2),
            "gui_stalls": {
                "longer_than_ms": STALL_MS,
                "count": len(self._stalls),
                "max_ms": round(max(self._stalls), 1) if self._stalls else None,
            },
            "rss_mb": {
                "start": round(self._rss_at_start, 1),
                "after_warm_up": round(float(sizes[0]), 1),
                "end": round(float(sizes[-1]), 1),
                "slope_per_min": round(slope, 2),
            },
            "cpu_ms_per_frame": {
                name: round(1000 * used / max(1, counts.captured), 2)
                for name, used in sorted(self._cpu_s.items())
            },
            "load_average": [round(load, 2) for load in self._loads],
            "seconds": round(self._wall_s, 2),
            "source_fps": round(rate, 2),
            "window": f"{self._window.width()}x{self._window.height()}",
            "scan_view": self._device_size,
            "provider": engine.provider if engine is not None else None,
            "precision": engine.precision if engine is not None else None,
            "model": f"{engine.model} {engine.version}" if engine is not None else None,
            "platform": {
                "qt": self._window.screen().name() if application is None else _qt_platform(),
                "system": platform.platform(),
                "python": sys.version.split()[0],
                "cores": len(self._process.cpu_affinity() if hasattr(self._process, "cpu_affinity") else [])
                or psutil.cpu_count(),
            },
        }


def _qt_platform() -> str:
    from PySide6.QtGui import QGuiApplication

    return QGuiApplication.platformName()
