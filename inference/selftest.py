"""The stored pictures of a model and the answers they must give: driver and precision faults show before use.

The file is an .npz of `pictures` uint8 (n, h, w), `boxes` int32 (n, 4) as x0, y0, x1, y1 of the scan, `cleft`
float32 (n,) and `view` int32 (n,) as index into the manifest's views. Optional: `quality` float32 (n,),
`heatmap` uint8 (n, h, w) as 0-255, and `cleft_fp16`, `cleft_int8` where those files answer otherwise.
"""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from capture.frame import Pixels, make_frame
from capture.geometry import Box, Region
from capture.scan import Scan, Signal
from inference.manifest import Manifest, Model, ModelRefusedError, Precision
from inference.outputs import EngineError
from inference.prediction import Prediction


@dataclass(frozen=True, slots=True)
class SelfTestResult:
    """How the self-test came out."""

    passed: bool | None
    """None where the model carries none."""
    message: str
    """One line for people."""
    worst: float = 0.0
    """Largest difference of a score, quality or mean heat-map found, in [0, 1]."""
    pictures: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class SelfTest:
    """Scans with the answers they must give."""

    scans: tuple[Scan, ...]
    cleft: NDArray[np.float32]
    views: tuple[str, ...]
    """Of each scan, the name of its likeliest view."""
    tolerance: float
    quality: NDArray[np.float32] | None = None
    heatmap: NDArray[np.uint8] | None = None
    cleft_of: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)

    def run(self, predict: Callable[[Scan], Prediction], precision: Precision) -> SelfTestResult:
        """Predict every scan and compare; stops at the first wrong view."""
        expected = self.cleft_of.get(precision, self.cleft)
        worst = 0.0
        for number, scan in enumerate(self.scans):
            got = predict(scan)
            name = max(got.views, key=lambda view: got.views[view])
            if name != self.views[number]:
                return self._failed(f"picture {number}: expected view {self.views[number]}, got {name}", 1.0)
            differences = [abs(got.cleft - float(expected[number]))]
            if self.quality is not None and got.quality is not None:
                differences.append(abs(got.quality - float(self.quality[number])))
            if self.heatmap is not None and got.heatmap is not None:
                differences.append(_heat_difference(got.heatmap, self.heatmap[number]))
            worst = max(worst, *differences)
        if not worst <= self.tolerance:
            return self._failed(
                f"expected answers within {self.tolerance:g} of the stored ones, got {worst:.3g} away", worst
            )
        return SelfTestResult(
            True, f"{len(self.scans)} pictures within {self.tolerance:g}", worst, len(self.scans)
        )

    def _failed(self, why: str, worst: float) -> SelfTestResult:
        return SelfTestResult(False, f"self-test failed: {why}", worst, len(self.scans))


def load_self_test(model: Model) -> SelfTest | None:
    """The self-test of a model, None where it carries none.

    Raises:
        ModelRefusedError: the file is not what the manifest or the format says.
    """
    spec = model.manifest.self_test
    if spec is None:
        return None
    content = model.read(spec)
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        return _parse(arrays, model.manifest, spec.tolerance)
    except (ValueError, KeyError, IndexError, OSError, EOFError, zipfile.BadZipFile) as error:
        why = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise ModelRefusedError(f"{spec.path}: expected stored pictures and answers ({why})") from error


def write_self_test(
    path: Path,
    pictures: NDArray[np.uint8],
    boxes: Sequence[tuple[int, int, int, int]],
    manifest: Manifest,
    predict: Callable[[Scan], Prediction],
    predict_other: Mapping[Precision, Callable[[Scan], Prediction]] | None = None,
) -> None:
    """Store pictures with the answers the model gives now, for its manifest's `self_test`.

    Args:
        path: of the .npz to write.
        pictures: uint8 (n, h, w).
        boxes: of each picture, x0, y0, x1, y1 of the scan.
        manifest: of the model.
        predict: the full-precision engine's.
        predict_other: those of the model's fp16 and int8 files, whose scores may differ.
    """
    scans = _scans(pictures, np.asarray(boxes, np.int32))
    answers = [predict(scan) for scan in scans]
    names = [view.name for view in manifest.views]
    arrays: dict[str, Any] = {
        "pictures": pictures,
        "boxes": np.asarray(boxes, np.int32),
        "cleft": np.array([answer.cleft for answer in answers], np.float32),
        "view": np.array(
            [names.index(max(answer.views, key=lambda view: answer.views[view])) for answer in answers],
            np.int32,
        ),
    }
    if all(answer.quality is not None for answer in answers):
        arrays["quality"] = np.array([answer.quality for answer in answers], np.float32)
    maps = [answer.heatmap for answer in answers if answer.heatmap is not None]
    if len(maps) == len(answers):
        arrays["heatmap"] = np.rint(np.stack(maps) * 255).astype(np.uint8)
    for precision, other in (predict_other or {}).items():
        arrays[f"cleft_{precision}"] = np.array([other(scan).cleft for scan in scans], np.float32)
    with path.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


def _parse(arrays: Mapping[str, NDArray[np.generic]], manifest: Manifest, tolerance: float) -> SelfTest:
    pictures, boxes = arrays["pictures"], arrays["boxes"]
    if pictures.dtype != np.uint8 or pictures.ndim != 3 or not 1 <= len(pictures) <= 256:
        raise ValueError(
            f"pictures: expected 1 to 256 of uint8 (n, h, w), got {pictures.dtype} {pictures.shape}"
        )
    count = len(pictures)
    for name, shape in (("boxes", (count, 4)), ("cleft", (count,)), ("view", (count,))):
        if arrays[name].shape != shape:
            raise ValueError(f"{name}: expected shape {shape}, got {arrays[name].shape}")
    names = [view.name for view in manifest.views]
    indices = [int(index) for index in np.asarray(arrays["view"], np.int64)]
    if any(not 0 <= index < len(names) for index in indices):
        raise ValueError(f"view: expected indices below {len(names)}, got {indices}")
    quality, heatmap = arrays.get("quality"), arrays.get("heatmap")
    if heatmap is not None and (heatmap.dtype != np.uint8 or heatmap.ndim != 3 or len(heatmap) != count):
        raise ValueError(f"heatmap: expected uint8 ({count}, h, w), got {heatmap.dtype} {heatmap.shape}")
    scores = {
        name: np.asarray(values, np.float32)
        for name, values in arrays.items()
        if name == "cleft" or name.startswith("cleft_")
    }
    if quality is not None:
        scores["quality"] = np.asarray(quality, np.float32)
    for name, values in scores.items():
        if values.shape != (count,) or not (
            np.isfinite(values).all() and 0 <= values.min() <= values.max() <= 1
        ):
            raise ValueError(f"{name}: expected {count} values in [0, 1]")
    return SelfTest(
        scans=_scans(np.asarray(pictures, np.uint8), np.asarray(boxes, np.int32)),
        cleft=scores["cleft"],
        views=tuple(names[index] for index in indices),
        tolerance=tolerance,
        quality=scores.get("quality"),
        heatmap=None if heatmap is None else np.asarray(heatmap, np.uint8),
        cleft_of={name.removeprefix("cleft_"): values for name, values in scores.items() if "_" in name},
    )


def _scans(pictures: Pixels, boxes: NDArray[np.int32]) -> tuple[Scan, ...]:
    scans = []
    for index, (picture, corners) in enumerate(zip(pictures, boxes, strict=True)):
        height, width = picture.shape
        box = Box(*(int(corner) for corner in corners))
        if box.clipped(width, height) != box or box.area == 0:
            raise ValueError(f"boxes: expected a box inside {width}x{height}, got {box}")
        frame = make_frame(index, time.monotonic_ns(), picture.copy())
        scans.append(Scan(frame, Region(box, width, height, origin="preset"), index, False, Signal.MOVING))
    return tuple(scans)


def _heat_difference(got: NDArray[np.float32], expected: NDArray[np.uint8]) -> float:
    """Mean absolute difference of two maps, in [0, 1]; the mean, because one cell at an edge may differ."""
    if got.shape != expected.shape:
        raise EngineError(f"self-test: expected a heat-map of {expected.shape}, got {got.shape}")
    return float(np.abs(got - expected.astype(np.float32) / 255.0).mean())
