from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import onnx
import pytest

from inference.manifest import ModelRefusedError, load_model, manifest_schema, parse_manifest
from resources.files import resource_path
from tests.inference.tiny_models import class_manifest, class_network, tiny_manifest, write_tiny_model

Edit = Callable[[dict[str, Any]], object]


def edited(folder: Path, edit: Edit) -> Path:
    path = write_tiny_model(folder)
    raw = json.loads(path.read_text("utf-8"))
    edit(raw)
    path.write_text(json.dumps(raw), "utf-8")
    return path


def test_a_whole_model_is_loaded(tmp_path: Path) -> None:
    model = load_model(write_tiny_model(tmp_path))

    assert model.manifest.name == "tiny"
    assert model.folder == tmp_path
    file = model.manifest.file("fp32")
    assert file is not None
    assert model.read(file) == (tmp_path / "tiny.onnx").read_bytes()
    assert model.manifest.file("int8") is None
    assert [view.is_ for view in model.manifest.views] == ["lip", "palate", "other"]
    assert model.manifest.knows_other_views()


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (lambda raw: raw["files"][0].update(sha256="0" * 64), "tiny.onnx: not the file the manifest names"),
        (lambda raw: raw["files"][0].update(sha256="beef"), "files.0.sha256"),
        (
            lambda raw: raw["files"][0].update(path="../other.onnx"),
            "expected a file in the manifest's own folder",
        ),
        (
            lambda raw: raw["files"][0].update(path="/etc/hostname"),
            "expected a file in the manifest's own folder",
        ),
        (lambda raw: raw["files"][0].update(path="gone.onnx"), "gone.onnx: the manifest names this file"),
        (lambda raw: raw["files"][0].update(path="."), "the manifest names this file"),
        (lambda raw: raw.update(files=[]), "files"),
        (lambda raw: raw["files"].append(raw["files"][0]), "one file for each precision"),
        (lambda raw: raw.pop("operating_points"), "operating_points: Field required"),
        (lambda raw: raw["operating_points"].update(look_again=0.9), "at or below flag"),
        (lambda raw: raw["operating_points"].update(flag=1.5), "operating_points.flag"),
        (lambda raw: raw["outputs"].pop("view"), "expected outputs `cleft` and `view`"),
        (lambda raw: raw["outputs"]["cleft"].update(activation="none", temperature=2.0), "need logits"),
        (lambda raw: raw["outputs"].update(extra={}), "outputs.extra"),
        (lambda raw: raw["outputs"].update({"two\nlines": {}}), "outputs.two lines"),
        (lambda raw: raw.update(format="philtrum-model/9"), "format"),
        (lambda raw: raw["views"][1].update(name="lip"), "views of different names"),
        (lambda raw: raw["views"][0].update({"is": "nose"}), "views.0.is"),
        (lambda raw: raw["input"].update(mean=[0.1, 0.2]), "values of mean and std"),
        (lambda raw: raw["input"].update(std=[0.0]), "std above 0"),
        (lambda raw: raw["outputs"]["cleft"].update(bias=float("nan")), "bias"),
        (
            lambda raw: raw.update(self_test={"path": "no.npz", "sha256": "0" * 64, "tolerance": 0.01}),
            "no.npz",
        ),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(tmp_path: Path, edit: Edit, says: str) -> None:
    with pytest.raises(ModelRefusedError) as refusal:
        load_model(edited(tmp_path, edit))
    assert says in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("content", [b"", b"{", b"[1, 2]", b"\xff\xfe\x00", b"null", b"[" * 100_000])
def test_what_is_no_manifest_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.json"
    path.write_bytes(content)
    with pytest.raises(ModelRefusedError) as refusal:
        load_model(path)
    assert str(refusal.value).startswith("model.json: ")
    assert "\n" not in str(refusal.value)


def test_a_missing_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelRefusedError, match=r"nothing\.json: cannot be read"):
        load_model(tmp_path / "nothing.json")


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    path = write_tiny_model(tmp_path / "model")
    (tmp_path / "model" / "tiny.onnx").rename(tmp_path / "outside.onnx")
    (tmp_path / "model" / "tiny.onnx").symlink_to(tmp_path / "outside.onnx")
    with pytest.raises(ModelRefusedError, match="own folder"):
        load_model(path)


def test_a_file_changed_after_loading_is_refused(tmp_path: Path) -> None:
    model = load_model(write_tiny_model(tmp_path))
    (tmp_path / "tiny.onnx").write_bytes(b"another")
    with pytest.raises(ModelRefusedError, match="not the file"):
        model.read(model.manifest.files[0])


def test_a_classifier_must_map_every_class_on_a_view(tmp_path: Path) -> None:
    onnx.save(class_network([0, 0, 0, 0]), tmp_path / "c.onnx")
    raw = class_manifest(tmp_path, "c.onnx")
    manifest = parse_manifest(raw)
    assert manifest.outputs.classes is not None
    assert not manifest.knows_other_views()

    raw["outputs"]["classes"]["view"][0] = "elsewhere"
    with pytest.raises(ModelRefusedError, match="got elsewhere"):
        parse_manifest(raw)
    raw["outputs"]["classes"]["view"].pop()
    with pytest.raises(ModelRefusedError, match="as many"):
        parse_manifest(raw)


def test_a_manifest_comes_back_from_its_own_json(tmp_path: Path) -> None:
    write_tiny_model(tmp_path)
    manifest = parse_manifest(tiny_manifest(tmp_path, [("fp32", "tiny.onnx")]))
    assert parse_manifest(json.loads(manifest.model_dump_json(by_alias=True))) == manifest


def test_the_shipped_schema_is_current() -> None:
    shipped = resource_path("schemas", "philtrum-model-1.json").read_text("utf-8")
    assert shipped == manifest_schema(), "make it anew: python -m inference.manifest"


def test_a_file_brings_its_own_thresholds(tmp_path: Path) -> None:
    """They hold while it runs; without them the model's do."""
    path = write_tiny_model(tmp_path)
    raw = json.loads(path.read_text())
    model = parse_manifest(raw)
    assert model.running(model.files[0]).operating_points == model.operating_points
    raw["files"][0] |= {
        "operating_points": {"look_again": 0.1, "flag": 0.3, "release": 0.2},
        "heat_threshold": 0.65,
    }
    model = parse_manifest(raw)
    running = model.running(model.files[0])
    assert running.operating_points.flag == 0.3
    assert running.outputs.heatmap is not None
    assert running.outputs.heatmap.threshold == 0.65
    assert model.operating_points.flag == 0.7
    raw["files"][0]["operating_points"]["flag"] = 0.05
    with pytest.raises(ModelRefusedError, match="at or below flag"):
        parse_manifest(raw)
