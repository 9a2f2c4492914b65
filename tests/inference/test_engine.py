from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import inference.engine
from capture.geometry import Box, Region, Sector
from inference.engine import OnnxEngine, SelfTestFailedError
from inference.manifest import ModelRefusedError, load_model
from inference.outputs import EngineError
from inference.providers import PROVIDERS
from inference.selftest import write_self_test
from tests.inference.scans import scan_of
from tests.inference.tiny_models import (
    SIDE,
    class_manifest,
    class_network,
    picture,
    sha256_of,
    tiny_manifest,
    tiny_network,
    write_tiny_model,
)

CPU = ["cpu"]


def write(folder: Path, network: onnx.ModelProto, **changes: Any) -> Path:
    onnx.save(network, folder / "net.onnx")
    path = folder / "net.json"
    path.write_text(json.dumps(tiny_manifest(folder, [("fp32", "net.onnx")]) | changes), "utf-8")
    return path


def with_self_test(path: Path, tolerance: float = 0.005, spoil: float = 0.0) -> Path:
    """Give a tiny model a self-test; `spoil` is added to the stored scores."""
    engine = OnnxEngine.load(path, CPU)
    pictures = np.stack([picture(20, 200), picture(200, 150), picture(5, 5)])
    store = path.with_name("selftest.npz")
    boxes = [(0, 0, 128, 128)] * 3
    write_self_test(store, pictures, boxes, engine.manifest, engine.predict)
    with np.load(store) as stored:
        arrays: dict[str, Any] = dict(stored)
    arrays["cleft"] = np.clip(arrays["cleft"] + np.float32(spoil), 0, 1)
    np.savez(store, **arrays)
    raw = json.loads(path.read_text("utf-8"))
    raw["self_test"] = {"path": store.name, "sha256": sha256_of(store), "tolerance": tolerance}
    path.write_text(json.dumps(raw), "utf-8")
    return path


def test_predictions_follow_the_picture_and_carry_their_scan(tmp_path: Path) -> None:
    engine = OnnxEngine.load(write_tiny_model(tmp_path), CPU)
    dark_above, dark_below = scan_of(picture(20, 200)), scan_of(picture(200, 20), 1)

    first, second = engine.predict(dark_above), engine.predict(dark_below)

    # mean difference of the halves is 180/255, gain 12
    assert first.cleft == pytest.approx(1 / (1 + np.exp(-12 * 180 / 255)), abs=1e-4)
    assert second.cleft == pytest.approx(1 - first.cleft, abs=1e-4)
    assert first.scan is dark_above
    assert second.scan is dark_below
    assert first.view == "lip"
    assert first.heatmap is not None
    assert first.heatmap.shape == (16, 16)
    assert first.heatmap[:8].max() < first.heatmap[8:].min()
    assert not first.heatmap.flags.writeable
    assert first.done_ns >= first.started_ns
    assert (first.placement.width, first.placement.height) == (128, 128)


def test_earlier_predictions_do_not_change_when_buffers_are_used_again(tmp_path: Path) -> None:
    path = write_tiny_model(tmp_path)
    raw = json.loads(path.read_text("utf-8"))
    raw["outputs"]["heatmap"]["activation"] = "none"
    path.write_text(json.dumps(raw), "utf-8")
    engine = OnnxEngine.load(path, CPU)
    first = engine.predict(scan_of(picture(20, 200)))
    assert first.heatmap is not None
    kept = first.heatmap.copy()
    for index in range(5):
        engine.predict(scan_of(picture(200, 20), index))
    assert (first.heatmap == kept).all()


def test_without_its_anatomy_a_model_says_the_same_of_everything_else(tmp_path: Path) -> None:
    path = write_tiny_model(tmp_path)
    raw = json.loads(path.read_text("utf-8"))
    raw["outputs"]["anatomy"] = {**raw["outputs"]["heatmap"], "names": ["lip"]}
    raw["outputs"]["anatomy"].pop("threshold", None)
    path.write_text(json.dumps(raw), "utf-8")
    scan = scan_of(picture(20, 200))
    whole, part = (OnnxEngine.load(path, CPU, anatomy=wanted) for wanted in (True, False))
    first, second = whole.predict(scan), part.predict(scan)
    assert list(first.anatomy) == ["lip"]
    assert second.anatomy == {}
    assert (second.cleft, second.quality, second.views) == (first.cleft, first.quality, first.views)
    assert first.heatmap is not None
    assert np.array_equal(np.asarray(second.heatmap), first.heatmap)
    assert part.manifest == whole.manifest


def test_the_same_scan_gives_the_same_answer(tmp_path: Path) -> None:
    engine = OnnxEngine.load(write_tiny_model(tmp_path), CPU)
    noise = np.random.default_rng(3).integers(0, 255, (100, 140), np.uint8)
    first = engine.predict(scan_of(noise))
    engine.predict(scan_of(picture(0, 255)))
    again = engine.predict(scan_of(noise))
    assert (first.cleft, first.quality) == (again.cleft, again.quality)
    assert first.heatmap is not None
    assert again.heatmap is not None
    assert (first.heatmap == again.heatmap).all()


def test_what_lies_outside_the_scan_cannot_change_the_answer(tmp_path: Path) -> None:
    engine = OnnxEngine.load(write_tiny_model(tmp_path), CPU)
    fan = Sector("convex", 80, -40, 50, 150, -0.5, 0.5)
    region = Region(Box(10, 20, 150, 110), 160, 120, fan)
    noise = np.random.default_rng(4).integers(0, 255, (120, 160), np.uint8)
    other = noise.copy()
    other[:20] = 255
    other[20:, :10] = 255
    assert (
        engine.predict(scan_of(noise, region=region)).cleft
        == engine.predict(scan_of(other, region=region)).cleft
    )


def test_the_status_tells_what_runs(tmp_path: Path) -> None:
    path = write_tiny_model(tmp_path)
    status = OnnxEngine.load(path, CPU, threads=2).status
    assert (status.provider, status.precision, status.threads) == ("CPU", "fp32", 2)
    assert (status.model, status.version, status.synthetic) == ("tiny", "1", True)
    assert status.sha256 == sha256_of(tmp_path / "tiny.onnx")
    assert status.fallbacks == ()
    assert status.self_test.passed is None
    assert status.load_ms > 0


def test_the_cpu_prefers_int8_and_a_precision_can_be_asked_for(tmp_path: Path) -> None:
    write_tiny_model(tmp_path)
    (tmp_path / "int8.onnx").write_bytes((tmp_path / "tiny.onnx").read_bytes())
    path = tmp_path / "both.json"
    path.write_text(json.dumps(tiny_manifest(tmp_path, [("fp32", "tiny.onnx"), ("int8", "int8.onnx")])))
    assert OnnxEngine.load(path, CPU).status.precision == "int8"
    assert OnnxEngine.load(path, CPU, precision="fp32").status.precision == "fp32"
    with pytest.raises(EngineError, match=r"offers \(fp32, int8\), got fp16"):
        OnnxEngine.load(path, CPU, precision="fp16")


def test_a_half_precision_network_gives_nearly_the_same(tmp_path: Path) -> None:
    full = OnnxEngine.load(write_tiny_model(tmp_path), CPU)
    onnx.save(tiny_network(TensorProto.FLOAT16), tmp_path / "half.onnx")
    path = tmp_path / "half.json"
    path.write_text(json.dumps(tiny_manifest(tmp_path, [("fp16", "half.onnx")])))
    half = OnnxEngine.load(path, CPU)
    assert half.status.precision == "fp16"
    scan = scan_of(picture(60, 100))
    assert half.predict(scan).cleft == pytest.approx(full.predict(scan).cleft, abs=0.01)


def test_a_whole_picture_classifier_needs_no_code(tmp_path: Path) -> None:
    onnx.save(class_network([0.0, 1.0, 3.0, 0.5]), tmp_path / "c.onnx")
    path = tmp_path / "c.json"
    path.write_text(json.dumps(class_manifest(tmp_path, "c.onnx")), "utf-8")
    engine = OnnxEngine.load(path, CPU)

    grey = np.full((300, 400, 3), 128, np.uint8)
    prediction = engine.predict(scan_of(grey))

    # the first logit gets the normalised red channel added
    powers = np.exp(np.array([(128 / 255 - 0.485) / 0.229, 1.0, 3.0, 0.5]))
    expected = powers / powers.sum()
    assert prediction.cleft == pytest.approx(expected[2] + expected[3], abs=2e-3)
    assert prediction.views["lip"] == pytest.approx(expected[1] + expected[2], abs=2e-3)
    assert prediction.view == "lip"
    assert prediction.heatmap is None
    assert prediction.quality is None
    # the centre 224 of 256: the placement is the middle seven eighths of the picture
    assert (prediction.placement.x0, prediction.placement.width) == (25, 350)


def two_inputs() -> onnx.ModelProto:
    network = tiny_network()
    network.graph.input.append(helper.make_tensor_value_info("more", TensorProto.FLOAT, [1]))
    return network


def double_output() -> onnx.ModelProto:
    network = tiny_network()
    for node in network.graph.node:
        if node.output[0] == "quality_logit":
            node.output[0] = "quality_single"
    network.graph.node.append(
        helper.make_node("Cast", ["quality_single"], ["quality_logit"], to=TensorProto.DOUBLE)
    )
    for output in network.graph.output:
        if output.name == "quality_logit":
            output.type.tensor_type.elem_type = TensorProto.DOUBLE
    return network


@pytest.mark.parametrize(
    ("network", "changes", "says"),
    [
        (tiny_network(side=32), {}, r"input of shape \(1, 1, 64, 64\), got \(1, 1, 32, 32\)"),
        (tiny_network(TensorProto.DOUBLE), {}, "expected an ONNX network"),
        (double_output(), {}, r"output 'quality_logit' of float32 or float16, got tensor\(double\)"),
        (tiny_network(outputs={"quality_logit": []}), {}, "expected an output 'quality_logit'"),
        (
            tiny_network(),
            {"views": [{"name": "a", "is": "lip"}, {"name": "b", "is": "other"}]},
            r"\(n, 2\), got",
        ),
        (two_inputs(), {}, "the one input 'image', got image, more"),
    ],
)
def test_a_network_that_is_not_what_the_manifest_says_is_refused(
    tmp_path: Path, network: onnx.ModelProto, changes: dict[str, Any], says: str
) -> None:
    with pytest.raises(ModelRefusedError, match=says) as refusal:
        OnnxEngine.load(write(tmp_path, network, **changes), CPU)
    assert "\n" not in str(refusal.value)


def test_a_wrong_shape_that_nothing_declares_is_found_by_the_warm_up(tmp_path: Path) -> None:
    # The length of this output depends on the picture: all three numbers, or none.
    network = tiny_network(outputs={"view_logits": ["n", "k"]})
    for node in network.graph.node:
        if node.output[0] == "view_logits":
            node.output[0] = "view_all"
    network.graph.node.extend(
        [
            helper.make_node("Squeeze", ["view_all"], ["view_flat"]),
            helper.make_node("Abs", ["view_flat"], ["view_size"]),
            helper.make_node("Cast", ["view_size"], ["view_kept"], to=TensorProto.BOOL),
            helper.make_node("Compress", ["view_all", "view_kept"], ["view_logits"], axis=1),
        ]
    )
    path = write(tmp_path, network, views=[{"name": "a", "is": "lip"}, {"name": "b", "is": "other"}])
    with pytest.raises(EngineError, match=r"'view_logits': expected shape \(1, 2\), got \(1, 3\)"):
        OnnxEngine.load(path, CPU)


@pytest.mark.parametrize("content", [b"", b"no network at all", b"\x89PNG\r\n\x1a\n" + bytes(64)])
def test_a_file_that_is_no_onnx_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = write_tiny_model(tmp_path)
    (tmp_path / "tiny.onnx").write_bytes(content)
    raw = json.loads(path.read_text("utf-8"))
    raw["files"][0]["sha256"] = sha256_of(tmp_path / "tiny.onnx")
    path.write_text(json.dumps(raw), "utf-8")
    with pytest.raises(ModelRefusedError, match=r"tiny\.onnx: expected an ONNX network") as refusal:
        OnnxEngine.load(path, CPU)
    assert "\n" not in str(refusal.value)


def test_a_model_that_answers_nan_is_not_used(tmp_path: Path) -> None:
    network = tiny_network()
    for tensor in network.graph.initializer:
        if tensor.name == "view_bias":
            tensor.CopyFrom(numpy_helper.from_array(np.array([[np.nan, 0, 0]], np.float32), "view_bias"))
    with pytest.raises(EngineError, match="'view_logits': expected finite numbers"):
        OnnxEngine.load(write(tmp_path, network), CPU)


def test_nan_on_one_picture_alone_is_an_error_of_that_prediction(tmp_path: Path) -> None:
    network = tiny_network()
    network.graph.node.append(helper.make_node("Log", ["mean"], ["quality_log"]))
    for output in network.graph.output:
        if output.name == "quality_logit":
            output.name = "quality_log"
    outputs = tiny_manifest_outputs(tmp_path)
    outputs["quality"]["tensor"] = "quality_log"
    engine = OnnxEngine.load(write(tmp_path, network, outputs=outputs), CPU)
    with pytest.raises(EngineError, match="finite"):
        engine.predict(scan_of(picture(0, 0)))
    assert engine.predict(scan_of(picture(20, 200))).quality is not None


def tiny_manifest_outputs(folder: Path) -> dict[str, Any]:
    write_tiny_model(folder)
    outputs: dict[str, Any] = tiny_manifest(folder, [("fp32", "tiny.onnx")])["outputs"]
    return outputs


def test_a_region_of_other_frames_is_an_error_in_words(tmp_path: Path) -> None:
    engine = OnnxEngine.load(write_tiny_model(tmp_path), CPU)
    with pytest.raises(EngineError, match="expected a frame of 640x480, got 128x128"):
        engine.predict(scan_of(picture(20, 200), region=Region.whole(640, 480)))


def test_the_stored_answers_are_checked(tmp_path: Path) -> None:
    path = with_self_test(write_tiny_model(tmp_path))
    status = OnnxEngine.load(path, CPU).status
    assert status.self_test.passed is True
    assert status.self_test.pictures == 3
    assert status.self_test.worst <= 0.005
    assert OnnxEngine.load(path, CPU, self_test=False).status.self_test.passed is None


def test_other_answers_than_the_stored_ones_keep_the_model_off(tmp_path: Path) -> None:
    path = with_self_test(write_tiny_model(tmp_path), spoil=0.02)
    with pytest.raises(SelfTestFailedError, match=r"within 0\.005 of the stored ones, got 0\.02") as failure:
        OnnxEngine.load(path, CPU)
    assert failure.value.result.passed is False


def test_a_precision_that_fails_its_self_test_is_passed_over_and_said(tmp_path: Path) -> None:
    path = with_self_test(write_tiny_model(tmp_path))
    network = tiny_network()
    for tensor in network.graph.initializer:
        if tensor.name == "quality_weight":
            tensor.CopyFrom(numpy_helper.from_array(np.array([[4.3]], np.float32), "quality_weight"))
    onnx.save(network, tmp_path / "int8.onnx")
    raw = json.loads(path.read_text("utf-8"))
    raw["files"].append(
        {"precision": "int8", "path": "int8.onnx", "sha256": sha256_of(tmp_path / "int8.onnx")}
    )
    path.write_text(json.dumps(raw), "utf-8")

    status = OnnxEngine.load(path, CPU).status

    assert status.precision == "fp32"
    assert len(status.fallbacks) == 1
    assert status.fallbacks[0].startswith("CPU int8 not used: self-test failed")


def test_a_provider_whose_library_is_missing_is_said_and_the_next_one_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = {"cuda": "libcublasLt.so.13: cannot open shared object file"}
    monkeypatch.setattr(inference.engine, "library_fault", lambda provider: faults.get(provider.key))
    status = OnnxEngine.load(write_tiny_model(tmp_path), ["cuda", "cpu"]).status
    assert status.provider == "CPU"
    assert status.fallbacks == ("CUDA not used: libcublasLt.so.13: cannot open shared object file",)


def test_a_provider_that_falls_back_in_silence_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nothing speaks against it beforehand, and onnxruntime gives a session on the CPU without an error.
    monkeypatch.setattr(inference.engine, "library_fault", lambda provider: None)
    status = OnnxEngine.load(write_tiny_model(tmp_path), ["openvino", "directml", "cpu"]).status
    assert status.provider == "CPU"
    assert [sentence.split(" not used")[0] for sentence in status.fallbacks] == [
        "OpenVINO fp32",
        "DirectML fp32",
    ]
    assert all("fell back" in sentence for sentence in status.fallbacks)


def test_without_any_provider_that_runs_the_reasons_are_all_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inference.engine, "library_fault", lambda provider: f"no {provider.key} here")
    with pytest.raises(EngineError, match=r"CUDA not used: no cuda here; CPU not used: no cpu here"):
        OnnxEngine.load(write_tiny_model(tmp_path), ["cuda", "cpu"])


def test_loading_prints_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    OnnxEngine.load(write_tiny_model(tmp_path))
    said = capfd.readouterr()
    assert (said.out, said.err) == ("", "")


def test_the_cache_folder_is_made(tmp_path: Path) -> None:
    OnnxEngine.load(write_tiny_model(tmp_path), CPU, cache_dir=tmp_path / "cache" / "engines")
    assert (tmp_path / "cache" / "engines").is_dir()


def test_no_thread_of_the_runtime_spins_after_a_run(tmp_path: Path) -> None:
    import time

    engine = OnnxEngine.load(write_tiny_model(tmp_path), CPU, threads=2)
    scan = scan_of(picture(20, 200))
    for _ in range(20):
        engine.predict(scan)
    before = time.process_time()
    threading.Event().wait(0.2)
    assert time.process_time() - before < 0.1


@pytest.mark.gpu
@pytest.mark.parametrize("key", [provider.key for provider in PROVIDERS if provider.key != "cpu"])
def test_a_gpu_gives_the_answers_of_the_cpu(tmp_path: Path, key: str) -> None:
    path = with_self_test(write_tiny_model(tmp_path), tolerance=0.01)
    try:
        engine = OnnxEngine.load(path, [key], cache_dir=tmp_path / "cache")
    except EngineError as error:
        pytest.skip(str(error))
    assert engine.status.provider_key == key
    assert engine.status.self_test.passed is True
    on_cpu = OnnxEngine.load(load_model(path), CPU)
    scan = scan_of(picture(90, 110, SIDE, SIDE))
    assert engine.predict(scan).cleft == pytest.approx(on_cpu.predict(scan).cleft, abs=0.01)
