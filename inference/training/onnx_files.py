"""The network as ONNX in fp32, fp16 and int8, each file checked against torch before it may ship."""

from __future__ import annotations

import logging
import tempfile
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from onnxruntime.transformers.float16 import convert_float_to_float16
from onnxruntime.transformers.onnx_model import OnnxModel

from inference.manifest import Precision
from inference.training.network import OUTPUTS, CleftNet

Floats = NDArray[np.float32]
MAPS = ("heatmap_logits", "anatomy_logits")
EIGHT_BIT = ("/stages.1/", "/stages.2/", "/stages.3/", "/merge/", "/segment/")
"""Parts of the network whose convolutions int8 computes in 8 bits."""
OPSET = 17
PARITY_LOGIT = 2e-4
"""Largest difference of any logit between torch and the fp32 file: rounding in another order, no more."""


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far a file may be from torch over some pictures, in probability, 0 to 1, before calibration."""

    worst: float
    """Any score, chance of a view, quality or kind of any picture; of maps the mean over a picture."""
    mean: float
    """The same, averaged over the pictures, for the output that is furthest off."""


TOLERANCES: dict[Precision, Tolerance] = {
    "fp32": Tolerance(1e-4, 1e-5),
    # 11 bits of mantissa over some twenty layers, with logits of up to 20.
    "fp16": Tolerance(0.02, 0.003),
    # 8 bits: single pictures near a threshold may tip, the bulk may not.
    "int8": Tolerance(0.3, 0.03),
}


@dataclass(frozen=True, slots=True)
class Parity:
    """What was found, in the terms of `Tolerance`; `output` names the one furthest off."""

    precision: Precision
    worst: float
    mean: float
    output: str

    def __str__(self) -> str:
        allowed = TOLERANCES[self.precision]
        return (
            f"{self.precision}: torch and onnxruntime differ by at most {self.worst:.1e} "
            f"(allowed {allowed.worst:g}), {self.mean:.1e} on average (allowed {allowed.mean:g}), "
            f"most in {self.output}"
        )


def write_fp32(network: CleftNet, path: Path) -> float:
    """Write the network with free batch and size; returns the largest difference to torch, in logits.

    Raises:
        ValueError: the difference is above `PARITY_LOGIT`.
    """
    axes = {name: {0: "n"} for name in ("image", *OUTPUTS)}
    axes["image"] |= {2: "h", 3: "w"}
    for name in MAPS:
        axes[name] |= {2: "hh", 3: "hw"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            (torch.randn(2, 1, 256, 256),),
            str(path),
            dynamo=False,
            opset_version=OPSET,
            input_names=["image"],
            output_names=list(OUTPUTS),
            dynamic_axes=axes,
        )
    onnx.checker.check_model(str(path))
    session = open_session(path)
    worst = 0.0
    draw = torch.Generator().manual_seed(1)
    for shape in ((1, 1, 256, 256), (3, 1, 256, 256), (1, 1, 224, 288)):
        x = torch.randn(*shape, generator=draw)
        with torch.no_grad():
            expected = [o.numpy() for o in network(x)]
        found = session.run(list(OUTPUTS), {"image": x.numpy()})
        worst = max(worst, *(float(np.abs(a - b).max()) for a, b in zip(expected, found, strict=True)))
    if not worst <= PARITY_LOGIT:
        raise ValueError(
            f"expected torch and onnxruntime to differ by at most {PARITY_LOGIT} in logits, got {worst:.2e}"
        )
    return worst


def write_fp16(fp32: Path, path: Path) -> None:
    """Weights and sums in half precision; input and outputs stay float32, as everywhere."""
    with warnings.catch_warnings():
        # Weights below half's smallest number become that number; the parity check sees what it does.
        warnings.simplefilter("ignore")
        half = OnnxModel(convert_float_to_float16(onnx.load(str(fp32)), keep_io_types=True))
    # The converter appends its casts at the end; ONNX wants nodes in the order they run.
    half.topological_sort()
    onnx.save(half.model, str(path))
    onnx.checker.check_model(str(path))


class _Reader(CalibrationDataReader):  # type: ignore[misc]
    """Inputs one by one, as the quantiser asks for them."""

    def __init__(self, inputs: Floats) -> None:
        self._left = iter(inputs)

    def get_next(self) -> dict[str, Any] | None:
        picture = next(self._left, None)
        return None if picture is None else {"image": picture[None]}


def write_int8(fp32: Path, path: Path, inputs: Floats) -> None:
    """Static int8 in QDQ form: weights per channel, ranges of activations from `inputs` (n, 1, h, w).

    Only convolutions in `EIGHT_BIT`. The stem (7 x 7, one channel in) takes three times as long in 8 bits
    as in fp32, and with a first stage in 8 bits onnxruntime pools before it pixel by pixel, which costs more
    than is won. Sums, pooling and resizing gain nothing; the attention's softmax, the maps' last layers and
    the dense ones cost next to no time, and in 8 bits they were most of what the file was off by.
    """
    quiet = logging.getLogger()
    level = quiet.level
    quiet.setLevel(logging.ERROR)
    try:
        with tempfile.TemporaryDirectory() as folder:
            ready = Path(folder) / "ready.onnx"
            quant_pre_process(str(fp32), str(ready))
            nodes = onnx.load(str(ready)).graph.node
            chosen = [node.name for node in nodes if any(part in node.name for part in EIGHT_BIT)]
            quantize_static(
                str(ready),
                str(path),
                _Reader(inputs),
                quant_format=QuantFormat.QDQ,
                per_channel=True,
                activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8,
                op_types_to_quantize=["Conv"],
                nodes_to_quantize=chosen,
            )
    finally:
        quiet.setLevel(level)


def open_session(path: Path, threads: int = 1) -> onnxruntime.InferenceSession:
    """A session on the CPU, on which every file can be judged."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def check_parity(
    network: CleftNet, path: Path, precision: Precision, inputs: Floats, tolerance: Tolerance | None = None
) -> Parity:
    """Compare a file with torch over `inputs` (n, 1, h, w).

    Raises:
        ValueError: they differ by more than `tolerance`, by default that of the precision.
    """
    session = open_session(path)
    apart: dict[str, list[float]] = {name: [] for name in OUTPUTS}
    for picture in inputs:
        with torch.no_grad():
            expected = [o.numpy() for o in network(torch.from_numpy(picture[None]))]
        found = session.run(list(OUTPUTS), {"image": picture[None]})
        for name, a, b in zip(OUTPUTS, expected, found, strict=True):
            gap = np.abs(probability(name, a) - probability(name, b))
            apart[name].append(float(gap.mean() if name in MAPS else gap.max()))
    mean = {name: float(np.mean(values)) for name, values in apart.items()}
    furthest = max(mean, key=lambda name: mean[name])
    got = Parity(precision, max(max(v) for v in apart.values()), mean[furthest], furthest)
    allowed = tolerance or TOLERANCES[precision]
    if not (got.worst <= allowed.worst and got.mean <= allowed.mean):
        raise ValueError(f"{path.name}: {got}")
    return got


def probability(output: str, logits: Floats) -> Floats:
    """Softmax for views and kinds, sigmoid for the rest."""
    if output in ("view_logits", "kind_logits"):
        odds = np.exp(logits - logits.max(1, keepdims=True))
        return np.asarray(odds / odds.sum(1, keepdims=True), np.float32)
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -60, 60))), np.float32)


def check_sizes(paths: Iterable[Path], most_mib: float | None) -> None:
    """See that every file is small enough to ship.

    Raises:
        ValueError: one is larger than `most_mib`; None allows any size.
    """
    for path in paths:
        size = path.stat().st_size / 2**20
        if most_mib is not None and size > most_mib:
            raise ValueError(f"{path.name}: expected at most {most_mib:g} MiB, got {size:.1f}")
