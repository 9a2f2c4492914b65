from __future__ import annotations

import json
from pathlib import Path

import pytest

import inference.providers
from inference.providers import (
    PROVIDERS,
    cpu_threads,
    library_fault,
    provider_options,
    runtime,
    session_options,
    usable_cores,
    wanted_providers,
)

BY_KEY = {provider.key: provider for provider in PROVIDERS}


def test_the_order_is_fastest_first_and_ends_on_the_cpu() -> None:
    assert list(BY_KEY) == ["tensorrt", "cuda", "directml", "coreml", "openvino", "cpu"]


def test_without_a_wish_all_that_the_build_has_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(inference.providers.ENVIRONMENT, raising=False)
    names = [provider.ort_name for provider in wanted_providers()]
    assert set(names) <= set(runtime().get_available_providers())
    assert names[-1] == "CPUExecutionProvider"


def test_the_environment_and_the_caller_may_choose(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(inference.providers.ENVIRONMENT, "OpenVINO, cpu,cpu")
    assert [provider.key for provider in wanted_providers()] == ["openvino", "cpu"]
    assert [provider.key for provider in wanted_providers(["cuda"])] == ["cuda"]
    monkeypatch.setenv(inference.providers.ENVIRONMENT, "gpu")
    with pytest.raises(ValueError, match=r"expected providers among tensorrt, .*, got gpu"):
        wanted_providers()


def test_a_provider_that_was_not_built_in_is_a_fault() -> None:
    missing = [p for p in PROVIDERS if p.ort_name not in runtime().get_available_providers()]
    assert missing
    assert {library_fault(provider) for provider in missing} == {"this onnxruntime was built without it"}
    assert library_fault(BY_KEY["cpu"]) is None


def test_without_a_driver_nvidia_is_a_fault_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    if BY_KEY["cuda"].ort_name not in runtime().get_available_providers():
        pytest.skip("this onnxruntime was built without CUDA")
    monkeypatch.setattr(inference.providers, "_nvidia_driver", lambda: False)
    assert library_fault(BY_KEY["cuda"]) == "no NVIDIA driver on this machine"


def test_options_keep_answers_exact_and_use_the_cache(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    tensorrt = provider_options(BY_KEY["tensorrt"], "fp16", cache, 1)
    assert tensorrt["trt_fp16_enable"] == "1"
    assert tensorrt["trt_engine_cache_path"] == str(cache)
    assert provider_options(BY_KEY["tensorrt"], "fp32", None, 1) == {"trt_fp16_enable": "0"}
    assert provider_options(BY_KEY["cuda"], "fp32", cache, 1)["use_tf32"] == "0"
    openvino = provider_options(BY_KEY["openvino"], "fp32", cache, 3)
    settings = json.loads(openvino["load_config"])["CPU"]
    assert settings["INFERENCE_PRECISION_HINT"] == "f32"
    assert settings["INFERENCE_NUM_THREADS"] == 3
    assert provider_options(BY_KEY["cpu"], "int8", cache, 1) == {}


@pytest.mark.parametrize(("cores", "threads"), [(1, 1), (2, 1), (3, 1), (4, 2), (6, 3), (8, 4), (64, 4)])
def test_threads_leave_cores_to_the_picture(cores: int, threads: int) -> None:
    assert cpu_threads(cores) == threads


def test_sessions_do_not_spin() -> None:
    options = session_options(BY_KEY["cpu"], 2)
    assert options.intra_op_num_threads == 2
    assert options.inter_op_num_threads == 1
    assert options.get_session_config_entry("session.intra_op.allow_spinning") == "0"
    assert session_options(BY_KEY["directml"], 1).enable_mem_pattern is False
    assert usable_cores() >= 1
