"""Where a network runs: onnxruntime's execution providers in the order they are tried, and their settings."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import io
import json
import logging
import os
import sys
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inference.manifest import Precision

log = logging.getLogger(__name__)

ENVIRONMENT = "PHILTRUM_PROVIDERS"
"""Names in the order to try, such as `cuda,cpu`; overrides the order below."""


@dataclass(frozen=True, slots=True)
class Provider:
    """One way to run a network."""

    key: str
    """Name in settings and on the command line."""
    label: str
    """Name for people."""
    ort_name: str
    precisions: tuple[Precision, ...]
    """Which of a model's files it runs, the preferred one first."""
    library: str | None = None
    """The shared library that onnxruntime loads for it, without prefix and ending."""
    nvidia: bool = False

    @property
    def device(self) -> str:
        """What the io binding calls its memory; providers without their own get host memory."""
        return "cuda" if self.nvidia else "cpu"


PROVIDERS: tuple[Provider, ...] = (
    Provider(
        "tensorrt",
        "TensorRT",
        "TensorrtExecutionProvider",
        ("fp16", "fp32"),
        "onnxruntime_providers_tensorrt",
        True,
    ),
    Provider("cuda", "CUDA", "CUDAExecutionProvider", ("fp16", "fp32"), "onnxruntime_providers_cuda", True),
    Provider("directml", "DirectML", "DmlExecutionProvider", ("fp16", "fp32")),
    Provider("coreml", "CoreML", "CoreMLExecutionProvider", ("fp16", "fp32")),
    Provider(
        "openvino", "OpenVINO", "OpenVINOExecutionProvider", ("fp32",), "onnxruntime_providers_openvino"
    ),
    Provider("cpu", "CPU", "CPUExecutionProvider", ("int8", "fp32")),
)
"""In the order they are tried (docs/decisions/0010-providers.md)."""


@functools.cache
def runtime() -> Any:
    """onnxruntime, imported at first use (0.2 s) and told to keep its own log off the terminal.

    Faults reach us as exceptions or as a provider that is not there; they are said in our own log.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import onnxruntime
    onnxruntime.set_default_logger_severity(4)
    with contextlib.suppress(AttributeError):
        onnxruntime.disable_telemetry_events()
    return onnxruntime


def wanted_providers(names: Sequence[str] | None = None) -> tuple[Provider, ...]:
    """The providers to try: `names`, else the environment's, else all of this onnxruntime.

    Raises:
        ValueError: a name is not one of `PROVIDERS`.
    """
    if names is None:
        said = os.environ.get(ENVIRONMENT, "")
        names = [name for name in said.replace(",", " ").split() if name] or None
    if names is None:
        built_in = set(runtime().get_available_providers())
        return tuple(provider for provider in PROVIDERS if provider.ort_name in built_in)
    by_key = {provider.key: provider for provider in PROVIDERS}
    unknown = [name for name in names if name.lower() not in by_key]
    if unknown:
        raise ValueError(f"expected providers among {', '.join(by_key)}, got {', '.join(unknown)}")
    return tuple(dict.fromkeys(by_key[name.lower()] for name in names))


def library_fault(provider: Provider) -> str | None:
    """Why the provider cannot work here, before onnxruntime is asked; None when nothing speaks against it.

    onnxruntime lists providers whose libraries are missing as available, and falls back to the CPU without an
    error when they fail to load.
    """
    if provider.ort_name not in runtime().get_available_providers():
        return "this onnxruntime was built without it"
    if provider.nvidia and not _nvidia_driver():
        return "no NVIDIA driver on this machine"
    if provider.nvidia:
        _preload_cuda()
    if provider.library is None:
        return None
    folder = Path(runtime().__file__).parent / "capi"
    names = {"win32": f"{provider.library}.dll", "darwin": f"lib{provider.library}.dylib"}
    path = folder / names.get(sys.platform, f"lib{provider.library}.so")
    if not path.exists():
        return None
    try:
        if sys.platform != "win32":
            # The provider libraries take their symbols from this one, which onnxruntime loads first too.
            ctypes.CDLL(
                str(path.with_name(path.name.replace(provider.library, "onnxruntime_providers_shared")))
            )
        ctypes.CDLL(str(path))
    except OSError as error:
        return str(error).splitlines()[0]
    return None


def provider_options(
    provider: Provider, precision: Precision, cache_dir: Path | None, threads: int
) -> dict[str, str]:
    """The settings of a provider; the reasons are in docs/decisions/0010-providers.md."""
    cache = str(cache_dir) if cache_dir is not None else None
    options: dict[str, str] = {}
    if provider.key == "tensorrt":
        options = {"trt_fp16_enable": "1" if precision == "fp16" else "0"}
        if cache:
            options |= {
                "trt_engine_cache_enable": "1",
                "trt_engine_cache_path": cache,
                "trt_timing_cache_enable": "1",
                "trt_timing_cache_path": cache,
            }
    elif provider.key == "cuda":
        options = {"cudnn_conv_algo_search": "HEURISTIC", "use_tf32": "0"}
    elif provider.key == "coreml":
        options = {"ModelFormat": "MLProgram", "MLComputeUnits": "ALL", "RequireStaticInputShapes": "1"}
        if cache:
            options["ModelCacheDirectory"] = cache
    elif provider.key == "openvino":
        exact = {"INFERENCE_PRECISION_HINT": "f32"}
        device = {"PERFORMANCE_HINT": "LATENCY", **exact}
        on_cpu = {**device, "INFERENCE_NUM_THREADS": threads}
        options = {"device_type": "CPU", "load_config": json.dumps({"CPU": on_cpu})}
        if cache:
            options["cache_dir"] = cache
    return options


def cpu_threads(cores: int | None = None) -> int:
    """Threads inside one run on the CPU: 1 on two cores, where capture and painting need the other one."""
    cores = usable_cores() if cores is None else cores
    return 1 if cores <= 2 else min(4, cores // 2)


def usable_cores() -> int:
    """Cores this process may use, not those of the machine."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def session_options(provider: Provider, threads: int) -> Any:
    """Settings of a session: for the latency of one frame, and no thread that spins while others wait."""
    ort = runtime()
    options = ort.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.use_deterministic_compute = True
    options.add_session_config_entry("session.record_ep_graph_assignment_info", "1")
    if provider.key == "directml":
        # DirectML refuses sessions with memory patterns or parallel execution.
        options.enable_mem_pattern = False
    return options


@functools.cache
def _nvidia_driver() -> bool:
    name = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


@functools.cache
def _preload_cuda() -> None:
    """Find CUDA and cuDNN where pip installs them; what the loader prints goes to our log."""
    ort = runtime()
    if not hasattr(ort, "preload_dlls"):
        return
    said = io.StringIO()
    with warnings.catch_warnings(), contextlib.redirect_stdout(said):
        warnings.simplefilter("ignore")
        try:
            ort.preload_dlls()
        except (OSError, RuntimeError) as error:
            said.write(str(error))
    for line in said.getvalue().splitlines():
        log.debug("preload: %s", line)
