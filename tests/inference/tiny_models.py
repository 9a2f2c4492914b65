"""Networks of a few nodes with known answers, and manifests for them: run in place of a model."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

SIDE = 64
"""Height and width of the tiny networks' input."""
MAP = 16
"""Height and width of their maps."""
GAIN = 12.0
"""cleft_logit = GAIN * (mean of the picture's lower half - mean of its upper half)."""


def write_tiny_model(folder: Path, name: str = "tiny", **changes: Any) -> Path:
    """A cleft-heatmap model and its manifest; the path of the manifest.

    Its answers can be foretold: the darker the upper half against the lower, the higher `cleft`; the brighter
    the whole, the likelier "lip" against "other"; the heat-map is the picture itself, pooled.

    Args:
        folder: to write into.
        name: of the files.
        **changes: top-level keys of the manifest to replace; None takes a key out.
    """
    folder.mkdir(parents=True, exist_ok=True)
    onnx.save(tiny_network(), folder / f"{name}.onnx")
    manifest = tiny_manifest(folder, [("fp32", f"{name}.onnx")]) | changes
    path = folder / f"{name}.json"
    path.write_text(json.dumps({key: value for key, value in manifest.items() if value is not None}), "utf-8")
    return path


def tiny_manifest(folder: Path, files: Sequence[tuple[str, str]]) -> dict[str, Any]:
    return {
        "format": "philtrum-model/1",
        "kind": "cleft-heatmap",
        "name": "tiny",
        "version": "1",
        "license": "Apache-2.0",
        "description": "answers by arithmetic",
        "synthetic": True,
        "files": [{"precision": p, "path": name, "sha256": sha256_of(folder / name)} for p, name in files],
        "input": {"name": "image", "height": SIDE, "width": SIDE, "channels": 1, "gain": "none"},
        "outputs": {
            "cleft": {"tensor": "cleft_logit", "activation": "sigmoid", "temperature": 1.0, "bias": 0.0},
            "view": {"tensor": "view_logits", "activation": "softmax"},
            "quality": {"tensor": "quality_logit", "activation": "sigmoid"},
            "heatmap": {"tensor": "heatmap_logits", "activation": "sigmoid", "threshold": 0.5},
        },
        "views": [
            {"name": "lip", "is": "lip", "label": {"en": "lip view", "zh": "唇切面"}},
            {"name": "palate", "is": "palate", "label": {"en": "palate view", "zh": "腭切面"}},
            {"name": "other", "is": "other", "label": {"en": "not a lip or palate view"}},
        ],
        "operating_points": {"look_again": 0.4, "flag": 0.7, "release": 0.5},
        "training_data": "none",
        "intended_use": "tests",
        "limits": ["knows nothing"],
        "evaluation": {},
    }


def tiny_network(
    dtype: int = TensorProto.FLOAT, outputs: Mapping[str, Sequence[object]] | None = None, side: int = SIDE
) -> onnx.ModelProto:
    """The network of `write_tiny_model`.

    Args:
        dtype: of its input and outputs.
        outputs: declared shapes by name to replace, or an empty shape to leave an output out.
        side: height and width of the input.
    """
    np_type = np.float16 if dtype == TensorProto.FLOAT16 else np.float32
    upper = np.full((1, 1, side, side), GAIN / (side * side / 2), np.float32)
    upper[:, :, : side // 2] *= -1

    def constant(name: str, value: Any) -> onnx.TensorProto:
        return numpy_helper.from_array(np.asarray(value, np_type), name)

    stride = side // MAP
    nodes = [
        helper.make_node("Mul", ["image", "halves"], ["weighted"]),
        helper.make_node("ReduceSum", ["weighted", "axes"], ["cleft_logit"], keepdims=0),
        helper.make_node("GlobalAveragePool", ["image"], ["mean4"]),
        helper.make_node("Flatten", ["mean4"], ["mean"]),
        helper.make_node("Mul", ["mean", "view_weights"], ["view_part"]),
        helper.make_node("Add", ["view_part", "view_bias"], ["view_logits"]),
        helper.make_node("Mul", ["mean", "quality_weight"], ["quality_logit"]),
        helper.make_node(
            "AveragePool", ["image"], ["heatmap_logits"], kernel_shape=[stride] * 2, strides=[stride] * 2
        ),
    ]
    shapes: dict[str, Sequence[object]] = {
        "cleft_logit": ["n", 1],
        "view_logits": ["n", 3],
        "quality_logit": ["n", 1],
        "heatmap_logits": ["n", 1, MAP, MAP],
    } | dict(outputs or {})
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("image", dtype, ["n", 1, side, side])],
        [helper.make_tensor_value_info(name, dtype, shape) for name, shape in shapes.items() if shape],
        [
            constant("halves", upper),
            constant("view_weights", [[10.0, 0.0, -10.0]]),
            constant("view_bias", [[-2.0, -4.0, 2.0]]),
            constant("quality_weight", [[4.0]]),
            numpy_helper.from_array(np.array([2, 3], np.int64), "axes"),
        ],
    )
    return _model(graph)


def class_network(biases: Sequence[float], side: int = 224) -> onnx.ModelProto:
    """A whole-picture classifier: softmax(`biases` + mean of the red channel on the first class)."""
    count = len(biases)
    weights = np.zeros((3, count), np.float32)
    weights[0, 0] = 1.0
    graph = helper.make_graph(
        [
            helper.make_node("GlobalAveragePool", ["input"], ["mean4"]),
            helper.make_node("Flatten", ["mean4"], ["mean"]),
            helper.make_node("MatMul", ["mean", "weights"], ["part"]),
            helper.make_node("Add", ["part", "biases"], ["logits"]),
            helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1),
        ],
        "classes",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 3, side, side])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [1, count])],
        [
            numpy_helper.from_array(weights, "weights"),
            numpy_helper.from_array(np.asarray([biases], np.float32), "biases"),
        ],
    )
    return _model(graph)


def class_manifest(folder: Path, file: str) -> dict[str, Any]:
    """The manifest of a 4-class whole-picture classifier: normal and cleft, lip and palate view."""
    return tiny_manifest(folder, [("fp32", file)]) | {
        "kind": "view-classes-4",
        "input": {
            "name": "input",
            "height": 224,
            "width": 224,
            "channels": 3,
            "fit": "resize_crop",
            "resize_to": [256, 256],
            "gain": "none",
            "mean": [0.485, 0.456, 0.406],
            "std": [0.229, 0.224, 0.225],
        },
        "outputs": {
            "classes": {
                "tensor": "probabilities",
                "activation": "none",
                "names": ["normal palate", "normal lip", "cleft lip", "cleft palate"],
                "view": ["palate", "lip", "lip", "palate"],
                "cleft": [False, False, True, True],
            }
        },
        "views": [{"name": "lip", "is": "lip"}, {"name": "palate", "is": "palate"}],
    }


def picture(upper: int, lower: int, height: int = 128, width: int = 128) -> NDArray[np.uint8]:
    """A grey picture of two even halves: what the tiny network answers to."""
    pixels = np.full((height, width), lower, np.uint8)
    pixels[: height // 2] = upper
    return pixels


def sha256_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _model(graph: onnx.GraphProto) -> onnx.ModelProto:
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    onnx.checker.check_model(model)
    return model
