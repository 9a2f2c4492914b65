"""Recordings made of arrays, and the tools to run them with the tiny network, for tests of the analysis."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from app.analyze.one import Tools
from app.commands.analyze import facts_of
from capture.frame import Frame, make_frame
from capture.geometry import Box, Region
from capture.source import EndOfSource, FrameSource, SourceInfo
from inference.engine import OnnxEngine
from inference.evidence import EvidenceReader
from tests.inference.tiny_models import write_tiny_model

WIDTH, HEIGHT = 160, 120
BOX = Box(16, 20, 144, 116)
"""Where the made scans lie; above it is the banner with a name."""
BANNER = 255

Pixels = NDArray[np.uint8]


def scan_pixels(upper: int, lower: int, seed: int, banner: bool = True) -> Pixels:
    """Speckle of two brightnesses inside `BOX` and a white banner above: the tiny network's kind of scan."""
    rng = np.random.default_rng(seed)
    pixels = np.zeros((HEIGHT, WIDTH), np.uint8)
    height = BOX.height // 2
    pixels[BOX.y0 : BOX.y0 + height, BOX.x0 : BOX.x1] = upper
    pixels[BOX.y0 + height : BOX.y1, BOX.x0 : BOX.x1] = lower
    speckle = rng.integers(-20, 21, (BOX.height, BOX.width))
    inside = pixels[BOX.y0 : BOX.y1, BOX.x0 : BOX.x1]
    pixels[BOX.y0 : BOX.y1, BOX.x0 : BOX.x1] = np.clip(inside + speckle, 0, 255).astype(np.uint8)
    if banner:
        pixels[2:14, 4:120] = BANNER
    return pixels


def exam(repeats: int = 1) -> list[Pixels]:
    """60 scans: 20 of no view, 40 of a lip view whose last 20 score high; each shown `repeats` times."""
    looks = [(40, 40)] * 20 + [(150, 140)] * 20 + [(110, 190)] * 20
    scans = [scan_pixels(upper, lower, seed) for seed, (upper, lower) in enumerate(looks)]
    return [scan for scan in scans for _ in range(repeats)]


class ArrayRecording:
    """A recording of given pictures; an exception in their place is raised by `read`."""

    def __init__(
        self,
        pictures: Sequence[Pixels | Exception],
        *,
        rate: float = 25.0,
        live: bool = False,
        missing: str | None = None,
        on_open: Exception | None = None,
    ) -> None:
        self._pictures = pictures
        self._rate = rate
        self._live = live
        self._missing = missing
        self._on_open = on_open
        self._at = 0
        self.closed = False

    @property
    def info(self) -> SourceInfo:
        sizes = [p.shape for p in self._pictures if isinstance(p, np.ndarray)] or [(HEIGHT, WIDTH)]
        return SourceInfo(
            "video", "arrays", sizes[0][1], sizes[0][0], self._live, self._rate, len(self._pictures)
        )

    def read(self, timeout_s: float = 0.25) -> Frame | None:
        if self._at >= len(self._pictures):
            raise EndOfSource(self._missing)
        picture = self._pictures[self._at]
        if isinstance(picture, Exception):
            raise picture
        frame = make_frame(self._at, self._at * 1_000_000, picture.copy(), self._at / self._rate)
        self._at += 1
        return frame

    def __enter__(self) -> Self:
        if self._on_open is not None:
            raise self._on_open
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closed = True


class BoxFinder:
    """Finds `BOX` from its nth look on."""

    def __init__(self, from_look: int = 0) -> None:
        self._wait = from_look

    @property
    def steady(self) -> bool:
        return self._wait < 0

    def feed(self, frame: Frame) -> Region:
        self._wait -= 1
        if self._wait >= 0 or (frame.width, frame.height) != (WIDTH, HEIGHT):
            return Region.whole(frame.width, frame.height)
        return Region(BOX, frame.width, frame.height)


def make_tools(
    folder: Path, recordings: Mapping[str, Callable[[], FrameSource]] | Callable[[str], FrameSource]
) -> Tools:
    """Tools with the tiny network; recordings are made by file name."""
    engine = OnnxEngine.load(write_tiny_model(folder / "model"), providers=["cpu"], threads=1)

    def open_source(spec: str) -> FrameSource:
        return recordings(spec) if callable(recordings) else recordings[Path(spec).name]()

    return Tools(
        open_source=open_source,
        engine=engine,
        make_reader=lambda: EvidenceReader(engine.manifest),
        facts=facts_of(engine),
        model_key="tiny",
        software="philtrum test",
    )
