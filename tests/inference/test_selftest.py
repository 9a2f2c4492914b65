from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inference.engine import OnnxEngine
from inference.manifest import Model, ModelRefusedError, load_model
from inference.selftest import SelfTest, load_self_test, write_self_test
from tests.inference.scans import prediction_of
from tests.inference.tiny_models import picture, sha256_of, write_tiny_model


def arrays_of(path: Path) -> dict[str, Any]:
    with np.load(path) as stored:
        return dict(stored)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A self-test written from the tiny model's own answers."""
    engine = OnnxEngine.load(write_tiny_model(tmp_path), ["cpu"])
    pictures = np.stack([picture(20, 200), picture(150, 100), picture(3, 3)])
    path = tmp_path / "selftest.npz"
    write_self_test(
        path, pictures, [(0, 0, 128, 128)] * 3, engine.manifest, engine.predict, {"int8": engine.predict}
    )
    return path


def model_with(store: Path, **arrays: Any) -> Model:
    """The tiny model with that self-test, some arrays replaced (None: taken out)."""
    content = {name: value for name, value in (arrays_of(store) | arrays).items() if value is not None}
    np.savez(store, **content)
    path = store.with_name("tiny.json")
    raw = json.loads(path.read_text("utf-8"))
    raw["self_test"] = {"path": store.name, "sha256": sha256_of(store), "tolerance": 0.01}
    path.write_text(json.dumps(raw), "utf-8")
    return load_model(path)


def self_test(store: Path, **arrays: Any) -> SelfTest:
    stored = load_self_test(model_with(store, **arrays))
    assert stored is not None
    return stored


def test_a_model_agrees_with_its_own_answers(store: Path) -> None:
    model = model_with(store)
    result = self_test(store).run(OnnxEngine.load(model, ["cpu"], self_test=False).predict, "fp32")
    assert result.passed is True
    assert result.pictures == 3
    assert result.worst < 0.003


@pytest.mark.parametrize(
    "change",
    [
        {"cleft": np.array([0.5, 0.5, 0.5], np.float32)},
        {"view": np.array([1, 1, 1], np.int32)},
        {"quality": np.array([0.1, 0.1, 0.1], np.float32)},
        {"heatmap": np.zeros((3, 16, 16), np.uint8)},
        {"cleft_fp32": np.array([0.5, 0.5, 0.5], np.float32)},
    ],
)
def test_any_other_answer_fails(store: Path, change: dict[str, Any]) -> None:
    engine = OnnxEngine.load(model_with(store), ["cpu"], self_test=False)
    result = self_test(store, **change).run(engine.predict, "fp32")
    assert result.passed is False
    assert result.message.startswith("self-test failed: ")


def test_a_file_may_have_answers_of_its_own(store: Path) -> None:
    engine = OnnxEngine.load(model_with(store), ["cpu"], self_test=False)
    stored = self_test(store, cleft_int8=np.array([0.5, 0.5, 0.5], np.float32))
    assert stored.run(engine.predict, "fp32").passed is True
    assert stored.run(engine.predict, "int8").passed is False


def test_nan_does_not_pass(store: Path) -> None:
    stored = self_test(store, quality=None, heatmap=None)
    result = stored.run(lambda scan: prediction_of(scan, float("nan")), "fp32")
    assert result.passed is False


def test_a_model_without_a_self_test_has_none(tmp_path: Path) -> None:
    assert load_self_test(load_model(write_tiny_model(tmp_path))) is None


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"pictures": np.zeros((3, 8, 8), np.float32)}, "pictures: expected"),
        ({"pictures": np.zeros((0, 8, 8), np.uint8)}, "pictures: expected"),
        ({"boxes": np.zeros((3, 3), np.int32)}, "boxes: expected shape"),
        ({"boxes": np.array([[0, 0, 129, 128]] * 3, np.int32)}, "boxes: expected a box inside"),
        ({"boxes": np.zeros((3, 4), np.int32)}, "boxes: expected a box inside"),
        ({"cleft": np.array([0.1, 0.2, 1.3], np.float32)}, "cleft: expected 3 values in"),
        ({"cleft": np.array([0.1, 0.2, np.nan], np.float32)}, "cleft: expected 3 values in"),
        ({"view": np.array([0, 1, 3], np.int32)}, "view: expected indices below 3"),
        ({"heatmap": np.zeros((2, 4, 4), np.uint8)}, "heatmap: expected"),
        ({"view": None}, "view"),
        ({"pictures": np.array([{}], dtype=object)}, "pickle"),
    ],
)
def test_a_file_of_another_form_is_refused(store: Path, change: dict[str, Any], says: str) -> None:
    with pytest.raises(ModelRefusedError, match=says) as refusal:
        load_self_test(model_with(store, **change))
    assert "\n" not in str(refusal.value)


def test_a_file_that_is_no_archive_is_refused(store: Path) -> None:
    model = model_with(store)
    store.write_bytes(b"PK\x03\x04 not really")
    raw = json.loads(model.path.read_text("utf-8"))
    raw["self_test"]["sha256"] = sha256_of(store)
    model.path.write_text(json.dumps(raw), "utf-8")
    with pytest.raises(ModelRefusedError, match="expected stored pictures"):
        load_self_test(load_model(model.path))
