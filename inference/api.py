"""For research: picture in, prediction out, without the program."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from capture.frame import Frame, make_frame
from capture.geometry import Region
from capture.region.tracker import RegionTracker
from capture.scan import Scan, Signal
from capture.source import EndOfSource, SourceError
from inference.analysis import Analysis, Row
from inference.engine import Engine, EngineStatus, OnnxEngine
from inference.evidence import EvidenceReader
from inference.manifest import Manifest
from inference.prediction import Prediction
from resources.files import resource_path


class Philtrum:
    """A loaded model.

    Research and training use. Not a medical device, not a diagnosis. Isolated cleft palate is not excluded.
    The model that ships was trained on a synthetic phantom.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    def load(cls, model: str | Path | None = None, providers: Sequence[str] | None = None) -> Self:
        """Load a model and run its self-test.

        Args:
            model: path of a manifest; None for the model that ships.
            providers: such as ["cuda", "cpu"], in the order to try; None for all that there are.

        Raises:
            inference.manifest.ModelRefusedError: the files do not fit the manifest.
            inference.outputs.EngineError: no provider runs it, or none gives the stored answers.
        """
        return cls(OnnxEngine.load(model or resource_path("models", "philtrum-standin.json"), providers))

    @property
    def manifest(self) -> Manifest:
        return self._engine.manifest

    @property
    def status(self) -> EngineStatus:
        """Which provider and precision run, and what was passed over."""
        return self._engine.status

    def predict(self, image: str | Path | NDArray[np.uint8], region: Region | None = None) -> Prediction:
        """The model's answer on one picture.

        Args:
            image: path of anything the program opens (its first frame is taken), or uint8 (h, w) grey or
                (h, w, 3) RGB, 0-255.
            region: where the scan lies; None: it is searched for, and the whole picture taken where none is.

        Raises:
            capture.source.SourceError: the file cannot be read.
            ValueError: the array is of another form.
            inference.outputs.EngineError: the model failed on it.
        """
        frame = _first_frame(str(image)) if isinstance(image, str | Path) else _frame(image)
        if region is None:
            region = RegionTracker().feed(frame)
        return self._engine.predict(Scan(frame, region, 0, False, Signal.MOVING))

    def analyze(self, path: str | Path) -> Iterator[Row]:
        """Every frame of a recording with its prediction and the evidence so far; none is left out.

        Raises:
            capture.source.SourceError: the recording cannot be read.
        """
        from capture.open import open_source

        with Analysis(open_source(str(path)), self._engine, EvidenceReader(self.manifest)) as run:
            yield from run


def _frame(pixels: NDArray[np.uint8]) -> Frame:
    return make_frame(0, time.monotonic_ns(), pixels.copy())


def _first_frame(spec: str) -> Frame:
    from capture.open import open_source

    with open_source(spec) as source:
        try:
            while (frame := source.read()) is None:
                pass
        except EndOfSource as end:
            raise SourceError(f"{spec}: expected at least one frame, got none") from end
        return frame
