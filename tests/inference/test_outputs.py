from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from inference.manifest import Manifest, parse_manifest
from inference.outputs import EngineError, map_tensors, read_outputs, sigmoid, softmax, tensors_of
from tests.inference.tiny_models import tiny_manifest, write_tiny_model


@pytest.fixture
def raw_manifest(tmp_path: Path) -> dict[str, Any]:
    write_tiny_model(tmp_path)
    return tiny_manifest(tmp_path, [("fp32", "tiny.onnx")])


def raw_outputs(**changes: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
    return {
        "cleft_logit": np.array([[1.0]], np.float32),
        "view_logits": np.array([[2.0, 0.0, 1.0]], np.float32),
        "quality_logit": np.array([0.0], np.float32),
        "heatmap_logits": np.zeros((1, 1, 4, 6), np.float32),
    } | changes


def answer_of(raw: dict[str, Any], **changes: NDArray[np.float32]) -> Any:
    manifest = parse_manifest(raw)
    return read_outputs(manifest, manifest.files[0], raw_outputs(**changes))


def test_activations_are_exact_and_do_not_overflow() -> None:
    assert sigmoid(np.array([-1000.0, 0.0, 1000.0], np.float32)).tolist() == [0.0, 0.5, 1.0]
    assert sigmoid(np.array([1.5], np.float32))[0] == pytest.approx(1 / (1 + math.exp(-1.5)), abs=1e-6)
    assert softmax(np.array([1000.0, 1000.0], np.float32)).tolist() == [0.5, 0.5]


def test_outputs_by_meaning(raw_manifest: dict[str, Any]) -> None:
    answer = answer_of(raw_manifest)
    assert answer.cleft == pytest.approx(1 / (1 + math.exp(-1.0)), abs=1e-6)
    assert answer.view == "lip"
    assert answer.view_score == pytest.approx(answer.views["lip"])
    assert sum(answer.views.values()) == pytest.approx(1.0, abs=1e-6)
    assert answer.quality == pytest.approx(0.5)
    assert answer.heatmap.shape == (4, 6)
    assert not answer.heatmap.flags.writeable


def test_temperature_and_bias_calibrate_and_a_file_may_have_its_own(raw_manifest: dict[str, Any]) -> None:
    raw_manifest["outputs"]["cleft"].update(temperature=0.5, bias=-0.1)
    assert answer_of(raw_manifest).cleft == pytest.approx(1 / (1 + math.exp(-(1.0 / 0.5 - 0.1))), abs=1e-6)
    raw_manifest["files"][0]["calibration"] = {"temperature": 2.0, "bias": 0.3}
    assert answer_of(raw_manifest).cleft == pytest.approx(1 / (1 + math.exp(-(1.0 / 2.0 + 0.3))), abs=1e-6)


def test_cleft_may_be_one_of_two_classes(raw_manifest: dict[str, Any]) -> None:
    raw_manifest["outputs"]["cleft"] = {"tensor": "cleft_logit", "activation": "softmax", "positive": 1}
    answer = answer_of(raw_manifest, cleft_logit=np.array([[0.0, 2.0]], np.float32))
    assert answer.cleft == pytest.approx(1 / (1 + math.exp(-2.0)), abs=1e-6)
    with pytest.raises(EngineError, match="more than 1 classes"):
        answer_of(raw_manifest, cleft_logit=np.array([[0.0]], np.float32))


def test_several_names_of_one_view_are_added_up(raw_manifest: dict[str, Any]) -> None:
    raw_manifest["views"] = [
        {"name": "coronal", "is": "lip"},
        {"name": "abdomen", "is": "other"},
        {"name": "femur", "is": "other"},
    ]
    answer = answer_of(raw_manifest, view_logits=np.log(np.array([[0.4, 0.35, 0.25]], np.float32)))
    assert answer.view == "other"
    assert answer.view_score == pytest.approx(0.6, abs=1e-6)


def test_a_map_without_activation_does_not_share_the_networks_buffer(raw_manifest: dict[str, Any]) -> None:
    raw_manifest["outputs"]["heatmap"]["activation"] = "none"
    buffer = np.full((1, 1, 4, 6), 0.25, np.float32)
    answer = answer_of(raw_manifest, heatmap_logits=buffer)
    buffer[:] = 0.75
    assert (answer.heatmap == 0.25).all()


def test_kinds_have_names_and_sum_to_one(raw_manifest: dict[str, Any]) -> None:
    raw_manifest["outputs"]["kind"] = {"tensor": "kind", "names": ["unilateral", "bilateral", "median"]}
    kinds = answer_of(raw_manifest, kind=np.array([[2.0, 0.0, -1.0]], np.float32)).kinds
    assert list(kinds) == ["unilateral", "bilateral", "median"]
    assert sum(kinds.values()) == pytest.approx(1.0)
    assert kinds["unilateral"] == pytest.approx(np.exp(2) / (np.exp(2) + 1 + np.exp(-1)))
    with pytest.raises(EngineError, match="kind"):
        answer_of(raw_manifest, kind=np.zeros((1, 2), np.float32))


def test_anatomy_maps_have_names(raw_manifest: dict[str, Any]) -> None:
    raw_manifest["outputs"]["anatomy"] = {"tensor": "anatomy", "names": ["nostrils", "chin"]}
    maps = np.stack([np.zeros((4, 6)), np.full((4, 6), 9.0)])[None].astype(np.float32)
    anatomy = answer_of(raw_manifest, anatomy=maps).anatomy
    assert list(anatomy) == ["nostrils", "chin"]
    assert anatomy["nostrils"].max() == pytest.approx(0.5)
    assert anatomy["chin"].min() > 0.99
    assert not anatomy["chin"].flags.writeable


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", ["cleft_logit", "view_logits", "quality_logit", "heatmap_logits"])
def test_numbers_that_are_none_are_an_error(raw_manifest: dict[str, Any], name: str, bad: float) -> None:
    values = raw_outputs()[name].copy()
    values.flat[-1] = bad
    with pytest.raises(EngineError, match=f"'{name}': expected finite numbers"):
        answer_of(raw_manifest, **{name: values})


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("cleft_logit", (1, 2)),
        ("cleft_logit", (2, 1)),
        ("view_logits", (1, 4)),
        ("view_logits", (3,)),
        ("heatmap_logits", (1, 4, 6)),
        ("heatmap_logits", (1, 2, 4, 6)),
    ],
)
def test_another_shape_is_an_error(raw_manifest: dict[str, Any], name: str, shape: tuple[int, ...]) -> None:
    with pytest.raises(EngineError, match=f"'{name}': expected shape"):
        answer_of(raw_manifest, **{name: np.zeros(shape, np.float32)})


def test_a_missing_output_is_an_error(raw_manifest: dict[str, Any]) -> None:
    manifest = parse_manifest(raw_manifest)
    with pytest.raises(EngineError, match="expected the output 'view_logits'"):
        read_outputs(manifest, manifest.files[0], {"cleft_logit": np.zeros((1, 1), np.float32)})


def test_probabilities_must_be_probabilities(raw_manifest: dict[str, Any]) -> None:
    raw_manifest["outputs"]["view"]["activation"] = "none"
    with pytest.raises(EngineError, match="sum to 1"):
        answer_of(raw_manifest, view_logits=np.array([[0.5, 0.5, 0.5]], np.float32))
    with pytest.raises(EngineError, match=r"in \[0, 1\]"):
        answer_of(raw_manifest, view_logits=np.array([[1.5, -0.5, 0.0]], np.float32))


def classes(raw: dict[str, Any], views: list[dict[str, str]]) -> Manifest:
    return parse_manifest(
        raw
        | {
            "kind": "view-classes-4",
            "views": views,
            "outputs": {
                "classes": {
                    "tensor": "p",
                    "activation": "none",
                    "names": ["np", "nl", "cl", "cp"],
                    "view": ["palate", "lip", "lip", "palate"],
                    "cleft": [False, False, True, True],
                }
            },
        }
    )


def test_classes_give_score_and_views(raw_manifest: dict[str, Any]) -> None:
    manifest = classes(raw_manifest, [{"name": "lip", "is": "lip"}, {"name": "palate", "is": "palate"}])
    answer = read_outputs(manifest, manifest.files[0], {"p": np.array([[0.1, 0.2, 0.6, 0.1]], np.float32)})
    assert answer.cleft == pytest.approx(0.7)
    assert answer.views == pytest.approx({"lip": 0.8, "palate": 0.2})
    assert (answer.view, answer.heatmap, answer.quality) == ("lip", None, None)


def test_the_outputs_to_ask_for(raw_manifest: dict[str, Any]) -> None:
    manifest = parse_manifest(raw_manifest)
    wanted = {"cleft_logit": 1, "view_logits": 3, "quality_logit": 1, "heatmap_logits": 1}
    assert tensors_of(manifest) == wanted
    assert map_tensors(manifest) == {"heatmap_logits"}
