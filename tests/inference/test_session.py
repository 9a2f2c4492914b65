from __future__ import annotations

from pathlib import Path

import pytest

from inference.outputs import EngineError
from inference.providers import PROVIDERS, runtime, session_options
from inference.session import check_share
from tests.inference.tiny_models import write_tiny_model


class Part:
    """What onnxruntime tells of operations and the provider that took them."""

    def __init__(self, ep_name: str, nodes: int) -> None:
        self.ep_name = ep_name
        self._nodes = [object()] * nodes

    def get_nodes(self) -> list[object]:
        return self._nodes


class Assigned:
    def __init__(self, *parts: Part) -> None:
        self._parts = parts

    def get_provider_graph_assignment_info(self) -> tuple[Part, ...]:
        return self._parts


def test_a_provider_that_leaves_most_of_the_network_to_the_cpu_is_not_used() -> None:
    cuda = next(provider for provider in PROVIDERS if provider.key == "cuda")
    check_share(Assigned(Part("CUDAExecutionProvider", 60), Part("CPUExecutionProvider", 40)), cuda)
    with pytest.raises(EngineError, match="can run 10 of 100 operations"):
        check_share(Assigned(Part("CUDAExecutionProvider", 10), Part("CPUExecutionProvider", 90)), cuda)


def test_onnxruntime_tells_which_operations_run_where(tmp_path: Path) -> None:
    if not hasattr(runtime().InferenceSession, "get_provider_graph_assignment_info"):
        pytest.skip("this onnxruntime does not tell")
    cpu = PROVIDERS[-1]
    path = write_tiny_model(tmp_path).with_suffix(".onnx")
    session = runtime().InferenceSession(str(path), session_options(cpu, 1), providers=[cpu.ort_name])
    parts = session.get_provider_graph_assignment_info()
    assert {part.ep_name for part in parts} == {"CPUExecutionProvider"}
    assert sum(len(part.get_nodes()) for part in parts) >= 5
