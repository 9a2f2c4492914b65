"""Sources and an engine for tests of the window: small, quick and never failing."""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import Any, Self

import numpy as np

from capture.frame import Frame, make_frame
from capture.scan import Scan
from capture.source import EndOfSource, SourceInfo, UnreadableSourceError
from inference.engine import EngineStatus
from inference.manifest import Manifest
from inference.prediction import Placement, Prediction
from inference.selftest import SelfTestResult

WIDTH, HEIGHT = 160, 120
FRAMES = 30


def picture(index: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """A bright block that moves, so that no two neighbours are alike."""
    pixels = np.zeros((HEIGHT, WIDTH), np.uint8)
    pixels[20:100, 20 + index % 60 : 80 + index % 60] = 60 + index % 100
    return pixels


class FakeLive:
    """A card that never fails: 50 frames a second."""

    def __init__(self) -> None:
        self._index = 0

    @property
    def info(self) -> SourceInfo:
        return SourceInfo("card", "test card", WIDTH, HEIGHT, True, 50.0)

    def read(self, timeout_s: float = 0.25) -> Frame | None:
        threading.Event().wait(0.02)  # the card's own pace
        self._index += 1
        return make_frame(self._index - 1, time.monotonic_ns(), picture(self._index))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to close."""


class FakeFilm(FakeLive):
    """Thirty frames at 25 Hz."""

    @property
    def info(self) -> SourceInfo:
        return SourceInfo("video", "test film", WIDTH, HEIGHT, False, 25.0, FRAMES, FRAMES / 25)

    @property
    def times_s(self) -> tuple[float, ...]:
        return tuple(index / 25 for index in range(FRAMES))

    def seek(self, index: int) -> None:
        self._index = index

    def read(self, timeout_s: float = 0.25) -> Frame | None:
        if self._index >= FRAMES:
            raise EndOfSource
        self._index += 1
        at = self._index - 1
        return make_frame(at, time.monotonic_ns(), picture(at), at / 25)


def open_fake(spec: str) -> FakeLive:
    if spec.startswith("card:"):
        return FakeLive()
    if spec.endswith(".mp4"):
        return FakeFilm()
    raise UnreadableSourceError(f"{spec}: there is no such file")


def manifest() -> Manifest:
    digest = "0" * 64
    return Manifest.model_validate(
        {
            "format": "philtrum-model/1", "kind": "cleft-heatmap", "name": "test-model", "version": "1",
            "license": "none", "description": "for tests", "synthetic": True,
            "files": [{"precision": "fp32", "path": "model.onnx", "sha256": digest}],
            "input": {"height": 64, "width": 64},
            "outputs": {
                "cleft": {"tensor": "c"}, "view": {"tensor": "v"}, "quality": {"tensor": "q"},
                "heatmap": {"tensor": "h", "threshold": 0.4},
            },
            "views": [{"name": name, "is": name} for name in ("lip", "palate", "other")],
            "operating_points": {"look_again": 0.45, "flag": 0.7, "release": 0.4},
            "training_data": "none", "intended_use": "tests", "limits": [],
        }
    )  # fmt: skip


class FakeEngine:
    """Says "lip view, cleft" of every scan, at once."""

    def __init__(self, score: float = 0.9, fallbacks: tuple[str, ...] = ()) -> None:
        self.manifest = manifest()
        test = SelfTestResult(None, "none stored")
        self.status = EngineStatus(
            "test-model", "1", "0" * 64, True, "CPU", "cpu", "", "fp32", 1, fallbacks, test, 1.0,
        )  # fmt: skip
        self.score = score

    def predict(self, scan: Scan) -> Prediction:
        now_ns = time.monotonic_ns()
        heat = np.zeros((16, 16), np.float32)
        heat[6:10, 6:10] = self.score
        box = scan.region.box
        views = {"lip": 0.9, "palate": 0.05, "other": 0.05}
        where = Placement(box.x0, box.y0, box.width, box.height)
        return Prediction(scan, self.score, views, "lip", 0.9, 0.8, heat, where, now_ns, now_ns + 1000)
