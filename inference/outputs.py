"""From a network's raw outputs to what they mean, by the manifest; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

import numpy as np
from numpy.typing import NDArray

from inference.manifest import Calibration, CleftOutput, FileSpec, Manifest
from inference.prediction import View

Array = NDArray[np.float32]


class EngineError(Exception):
    """The model did not give a usable answer; the message is one line."""


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What a `Prediction` says, without the scan it belongs to. Arrays are read-only copies."""

    cleft: float
    views: Mapping[str, float]
    view: View
    view_score: float
    quality: float | None
    heatmap: Array | None
    anatomy: Mapping[str, Array] = field(default_factory=dict)
    kinds: Mapping[str, float] = field(default_factory=dict)


def sigmoid(logits: Array) -> Array:
    """1 / (1 + exp(-x)), without overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * logits)), np.float32)


def softmax(logits: Array) -> Array:
    """Over the last axis, without overflow."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True), np.float32)


def tensors_of(manifest: Manifest) -> dict[str, int | None]:
    """The outputs to ask the network for, with the length their second axis must have (None: not asked)."""
    out, wanted = manifest.outputs, dict[str, int | None]()
    if out.classes is not None:
        wanted[out.classes.tensor] = len(out.classes.names)
    if out.cleft is not None:
        wanted[out.cleft.tensor] = None if out.cleft.activation == "softmax" else 1
    if out.view is not None:
        wanted[out.view.tensor] = len(manifest.views)
    if out.quality is not None:
        wanted[out.quality.tensor] = 1
    if out.heatmap is not None:
        wanted[out.heatmap.tensor] = 1
    if out.anatomy is not None:
        wanted[out.anatomy.tensor] = len(out.anatomy.names)
    if out.kind is not None:
        wanted[out.kind.tensor] = len(out.kind.names)
    return wanted


def map_tensors(manifest: Manifest) -> frozenset[str]:
    """Those outputs that are maps, (n, k, h, w); the others are (n, k) or (n,)."""
    out = manifest.outputs
    return frozenset(part.tensor for part in (out.heatmap, out.anatomy) if part is not None)


def read_outputs(manifest: Manifest, file: FileSpec, raw: Mapping[str, NDArray[np.floating]]) -> Answer:
    """The meaning of one frame's outputs.

    Args:
        manifest: says what each output means.
        file: the ONNX file that ran; it may carry a calibration of its own.
        raw: for each of `tensors_of(manifest)`, the output with a first axis of 1.

    Raises:
        EngineError: an output is missing, has another shape, or holds NaN, infinity or no probability.
    """
    out = manifest.outputs
    if out.classes is not None:
        values = _vector(raw, out.classes.tensor, len(out.classes.names))
        shares = _shares(values, out.classes.tensor, out.classes.activation, out.classes.temperature)
        cleft = sum(share for share, is_cleft in zip(shares, out.classes.cleft, strict=True) if is_cleft)
        by_view = dict.fromkeys((view.name for view in manifest.views), 0.0)
        for share, name in zip(shares, out.classes.view, strict=True):
            by_view[name] += share
        view, view_score = _likeliest(manifest, by_view)
        return Answer(min(1.0, cleft), by_view, view, min(1.0, view_score), None, None)

    if out.cleft is None or out.view is None:
        raise EngineError("expected a manifest with outputs `cleft` and `view`")
    values = _vector(raw, out.view.tensor, len(manifest.views))
    shares = _shares(values, out.view.tensor, out.view.activation, out.view.temperature)
    by_view = {view.name: share for view, share in zip(manifest.views, shares, strict=True)}
    view, view_score = _likeliest(manifest, by_view)
    quality = None
    if out.quality is not None:
        quality = _scalar(
            _vector(raw, out.quality.tensor, 1)[0],
            out.quality.tensor,
            out.quality.activation,
            out.quality.temperature,
            out.quality.bias,
        )
    heatmap = None
    if out.heatmap is not None:
        heatmap = _maps(raw, out.heatmap.tensor, 1, out.heatmap.activation)[0]
    anatomy: dict[str, Array] = {}
    if out.anatomy is not None:
        maps = _maps(raw, out.anatomy.tensor, len(out.anatomy.names), out.anatomy.activation)
        anatomy = dict(zip(out.anatomy.names, maps, strict=True))
    kinds: dict[str, float] = {}
    if out.kind is not None:
        values = _vector(raw, out.kind.tensor, len(out.kind.names))
        shares = _shares(values, out.kind.tensor, out.kind.activation, out.kind.temperature)
        kinds = dict(zip(out.kind.names, shares, strict=True))
    return Answer(
        _cleft(raw, out.cleft, file.calibration),
        by_view,
        view,
        min(1.0, view_score),
        quality,
        heatmap,
        anatomy,
        kinds,
    )


def _cleft(raw: Mapping[str, NDArray[np.floating]], spec: CleftOutput, own: Calibration | None) -> float:
    temperature = own.temperature if own else spec.temperature
    bias = own.bias if own else spec.bias
    if spec.activation != "softmax":
        return _scalar(_vector(raw, spec.tensor, 1)[0], spec.tensor, spec.activation, temperature, bias)
    values = _vector(raw, spec.tensor, None)
    if spec.positive >= values.size:
        raise EngineError(
            f"output {spec.tensor!r}: expected more than {spec.positive} classes, got {values.size}"
        )
    logits = values / np.float32(temperature)
    logits[spec.positive] += np.float32(bias)
    return float(softmax(logits)[spec.positive])


def _array(raw: Mapping[str, NDArray[np.floating]], name: str) -> Array:
    if name not in raw:
        raise EngineError(f"expected the output {name!r}, got {', '.join(sorted(raw)) or 'none'}")
    values = np.asarray(raw[name], np.float32)
    if not np.isfinite(values).all():
        raise EngineError(f"output {name!r}: expected finite numbers, got NaN or infinity")
    return values


def _vector(raw: Mapping[str, NDArray[np.floating]], name: str, length: int | None) -> Array:
    values = _array(raw, name)
    if values.shape[:1] != (1,) or values.ndim > 2 or length not in (None, values.size):
        wanted = "k" if length is None else str(length)
        raise EngineError(f"output {name!r}: expected shape (1, {wanted}), got {values.shape}")
    return values.reshape(-1)


def _maps(raw: Mapping[str, NDArray[np.floating]], name: str, count: int, activation: str) -> Sequence[Array]:
    values = _array(raw, name)
    if values.ndim != 4 or values.shape[:2] != (1, count):
        raise EngineError(f"output {name!r}: expected shape (1, {count}, h, w), got {values.shape}")
    if activation == "sigmoid":
        maps = sigmoid(values[0])
    else:
        _probable(values, name)
        maps = values[0].copy()
    maps.flags.writeable = False
    return cast("Sequence[Array]", maps)


def _scalar(value: np.float32, name: str, activation: str, temperature: float, bias: float) -> float:
    if activation == "sigmoid":
        return float(sigmoid(np.asarray(value / temperature + bias, np.float32)))
    _probable(np.asarray(value), name)
    return float(value)


def _shares(values: Array, name: str, activation: str, temperature: float) -> list[float]:
    if activation == "softmax":
        return [float(share) for share in softmax(values / np.float32(temperature))]
    _probable(values, name)
    if abs(float(values.sum()) - 1.0) > 0.01:
        raise EngineError(f"output {name!r}: expected probabilities that sum to 1, got {values.sum():.3f}")
    return [float(share) for share in values]


def _probable(values: NDArray[np.float32], name: str) -> None:
    low, high = float(values.min()), float(values.max())
    if low < -1e-4 or high > 1.0 + 1e-4:
        raise EngineError(f"output {name!r}: expected values in [0, 1], got {low:.3g} to {high:.3g}")


def _likeliest(manifest: Manifest, by_view: Mapping[str, float]) -> tuple[View, float]:
    """The likeliest of evidence's three views; several of the manifest's views may stand for one."""
    sums: dict[View, float] = {}
    for view in manifest.views:
        sums[view.is_] = sums.get(view.is_, 0.0) + by_view[view.name]
    best = max(sums, key=lambda name: sums[name])
    return best, sums[best]
