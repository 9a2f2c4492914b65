"""Runs a model on one scan at a time: the provider really in use, warm-up, self-test, io binding."""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from capture.scan import Scan
from inference.manifest import FileSpec, Manifest, Model, ModelRefusedError, Precision, load_model
from inference.outputs import EngineError, map_tensors, read_outputs, tensors_of
from inference.prediction import Prediction
from inference.preprocess import prepare
from inference.providers import (
    Provider,
    cpu_threads,
    library_fault,
    provider_options,
    runtime,
    session_options,
    wanted_providers,
)
from inference.selftest import SelfTest, SelfTestResult, load_self_test

log = logging.getLogger(__name__)

WARM_UP_RUNS = 2
"""The first run allocates and picks kernels, the second shows that it runs again."""


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """What runs where, for the status line, the log and every result that is written."""

    model: str
    version: str
    sha256: str
    """Of the ONNX file in use."""
    synthetic: bool
    provider: str
    """Name for people, such as "CUDA" or "CPU"."""
    provider_key: str
    device: str
    precision: Precision
    threads: int
    fallbacks: tuple[str, ...]
    """Each provider or precision that was tried and passed over, as a sentence."""
    self_test: SelfTestResult
    load_ms: float
    """Session, warm-up and self-test together."""


class SelfTestFailedError(EngineError):
    """The stored pictures did not give the stored answers on any provider; the model must not be used."""

    def __init__(self, message: str, result: SelfTestResult) -> None:
        super().__init__(message)
        self.result = result


class Engine(Protocol):
    """Something that predicts; used by one thread."""

    @property
    def manifest(self) -> Manifest: ...
    @property
    def status(self) -> EngineStatus: ...
    def predict(self, scan: Scan) -> Prediction:
        """The model's answer on one scan.

        Raises:
            EngineError: the model failed or gave no usable numbers.
        """
        ...


class OnnxEngine:
    """A model in onnxruntime. Make it with `load`; it belongs to the thread that uses it."""

    def __init__(
        self, model: Model, network: _Network, status: EngineStatus, clock: Callable[[], int]
    ) -> None:
        self._manifest = model.manifest
        self._network = network
        self._status = status
        self._clock = clock

    @classmethod
    def load(
        cls,
        model: Model | str | Path,
        providers: Sequence[str] | None = None,
        precision: Precision | None = None,
        cache_dir: Path | None = None,
        threads: int | None = None,
        self_test: bool = True,
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> Self:
        """Build the model on the first provider that runs it and passes its self-test.

        Args:
            model: a loaded model, or the path of its manifest.
            providers: keys in the order to try; None: the environment's PHILTRUM_PROVIDERS, else all.
            precision: run this file alone; None: what suits the provider best.
            cache_dir: where providers that compile (TensorRT, CoreML, OpenVINO) keep what they made.
            threads: of the CPU provider; None: by the number of cores.
            self_test: whether to run the model's stored pictures; a measurement may do without.
            clock: monotonic nanoseconds.

        Raises:
            ModelRefusedError: the files do not fit the manifest.
            SelfTestFailedError: no provider gave the stored answers.
            EngineError: no provider could run the model.
            ValueError: an unknown provider.
        """
        if not isinstance(model, Model):
            model = load_model(model)
        stored = load_self_test(model) if self_test else None
        threads = cpu_threads() if threads is None else threads
        if cache_dir is not None:
            cache_dir.mkdir(parents=True, exist_ok=True)
        fallbacks: list[str] = []
        failed: SelfTestResult | None = None
        refused: ModelRefusedError | None = None
        for provider in wanted_providers(providers):
            fault = library_fault(provider)
            if fault is not None:
                fallbacks.append(f"{provider.label} not used: {fault}")
                log.warning("%s", fallbacks[-1])
                continue
            for file in _files_for(model.manifest, provider, precision):
                began = time.perf_counter()
                try:
                    network = _Network(model, file, provider, cache_dir, threads)
                    engine = cls(model, network, _status(model, file, provider, threads), clock)
                    result = engine._check(stored)
                except ModelRefusedError as error:
                    # The file itself is wrong; another precision of the same model may be right.
                    refused = error
                    fallbacks.append(f"{provider.label} {file.precision} not used: {error}")
                except EngineError as error:
                    fallbacks.append(f"{provider.label} {file.precision} not used: {error}")
                else:
                    if result.passed is not False:
                        engine._status = replace(
                            engine._status,
                            fallbacks=tuple(fallbacks),
                            self_test=result,
                            load_ms=(time.perf_counter() - began) * 1e3,
                        )
                        log.info("model %s %s runs on %s", *_names(engine._status))
                        return engine
                    failed = result
                    fallbacks.append(f"{provider.label} {file.precision} not used: {result.message}")
                log.warning("%s", fallbacks[-1])
        if failed is not None:
            raise SelfTestFailedError(failed.message, failed)
        if refused is not None:
            raise refused
        raise EngineError("; ".join(fallbacks) or "expected a provider to try, got none")

    @property
    def manifest(self) -> Manifest:
        return self._manifest

    @property
    def status(self) -> EngineStatus:
        return self._status

    def predict(self, scan: Scan) -> Prediction:
        """The model's answer on one scan.

        Raises:
            EngineError: the model failed or gave no usable numbers.
        """
        started_ns = self._clock()
        try:
            tensor, placement = prepare(scan.frame.pixels, scan.region, self._manifest.input)
        except ValueError as error:
            raise EngineError(str(error)) from error
        raw = self._network.run(tensor)
        answer = read_outputs(self._manifest, self._network.file, raw)
        return Prediction(
            scan=scan,
            cleft=answer.cleft,
            views=answer.views,
            view=answer.view,
            view_score=answer.view_score,
            quality=answer.quality,
            heatmap=answer.heatmap,
            placement=placement,
            started_ns=started_ns,
            done_ns=self._clock(),
            anatomy=answer.anatomy,
        )

    def _check(self, stored: SelfTest | None) -> SelfTestResult:
        """Warm up, see that the outputs mean what the manifest says, and compare with the stored answers."""
        spec = self._manifest.input
        grey = np.full((1, spec.channels, spec.height, spec.width), 0.5, np.float32)
        for _ in range(WARM_UP_RUNS):
            read_outputs(self._manifest, self._network.file, self._network.run(grey))
        if stored is None:
            return SelfTestResult(None, "the model carries no self-test")
        return stored.run(self.predict, self._network.file.precision)


class _Network:
    """One onnxruntime session with its buffers bound once, so that a run copies no more than it must."""

    def __init__(
        self, model: Model, file: FileSpec, provider: Provider, cache_dir: Path | None, threads: int
    ) -> None:
        self.file = file
        self._manifest = model.manifest
        self._session = _open_session(model, file, provider, cache_dir, threads)
        spec = model.manifest.input
        shape = (1, spec.channels, spec.height, spec.width)
        self._dtype = _check_input(self._session, file, spec.name, shape)
        self._names = _check_outputs(self._session, file, model.manifest)
        self._shape, self._device = shape, provider.device
        self._input: Any = None
        self._binding: Any = None
        self._outputs: list[Any] = []

    def run(self, tensor: NDArray[np.float32]) -> dict[str, NDArray[np.floating]]:
        """The outputs by name for a float32 input (1, c, h, w), in buffers that the next run may reuse."""
        content = tensor.astype(self._dtype, copy=False)
        try:
            if self._binding is None:
                answers = self._session.run(self._names, {self._manifest.input.name: content})
                self._bind(answers)
                return dict(zip(self._names, answers, strict=True))
            self._input.update_inplace(content)
            self._session.run_with_iobinding(self._binding)
            return {name: value.numpy() for name, value in zip(self._names, self._outputs, strict=True)}
        except Exception as error:  # onnxruntime raises bare exceptions of many kinds
            raise EngineError(f"the model failed: {_one_line(error)}") from error

    def _bind(self, answers: Sequence[NDArray[np.floating]]) -> None:
        """After the first run the shapes are known: buffers on the device, for all further runs.

        Made here rather than by the provider, because OpenVINO's own cannot be read from Python.
        """
        make = runtime().OrtValue.ortvalue_from_shape_and_type
        self._input = make(self._shape, self._dtype, self._device, 0)
        self._outputs = [make(answer.shape, answer.dtype, self._device, 0) for answer in answers]
        self._binding = self._session.io_binding()
        self._binding.bind_ortvalue_input(self._manifest.input.name, self._input)
        for name, value in zip(self._names, self._outputs, strict=True):
            self._binding.bind_ortvalue_output(name, value)


def _open_session(
    model: Model, file: FileSpec, provider: Provider, cache_dir: Path | None, threads: int
) -> Any:
    content = model.read(file)
    ort = runtime()
    options = session_options(provider, threads)
    chain: list[Any] = [
        (provider.ort_name, provider_options(provider, file.precision, cache_dir, threads)),
    ]
    if provider.key == "tensorrt":
        # What TensorRT does not know runs next to it rather than on the CPU.
        chain.append("CUDAExecutionProvider")
    if provider.key != "cpu":
        chain.append("CPUExecutionProvider")
    try:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            session = ort.InferenceSession(content, options, providers=chain, enable_fallback=0)
    except Exception as error:
        if provider.key == "cpu" or _is_bad_file(error):
            # The CPU runs every valid network.
            raise ModelRefusedError(f"{file.path}: expected an ONNX network ({_one_line(error)})") from error
        raise EngineError(_one_line(error)) from error
    for warning in said:
        log.debug("onnxruntime: %s", warning.message)
    session.disable_fallback()
    running = session.get_providers()
    if running[:1] != [provider.ort_name]:
        raise EngineError(f"onnxruntime fell back to {running[0] if running else 'nothing'} without an error")
    if provider.key != "cpu":
        _check_share(session, provider)
    return session


def _check_share(session: Any, provider: Provider) -> None:
    """A session may name a provider and still leave the network to the CPU, operation by operation."""
    try:
        parts = session.get_provider_graph_assignment_info()
    except AttributeError:  # onnxruntime before 1.24 does not tell
        return
    on_cpu = sum(len(part.get_nodes()) for part in parts if part.ep_name == "CPUExecutionProvider")
    total = sum(len(part.get_nodes()) for part in parts)
    log.info("%s runs %d of %d operations, the CPU the others", provider.label, total - on_cpu, total)
    if 2 * on_cpu > total:
        raise EngineError(f"it can run {total - on_cpu} of {total} operations, the CPU would do the rest")


def _is_bad_file(error: Exception) -> bool:
    return type(error).__name__ in {
        "InvalidProtobuf",
        "InvalidGraph",
        "InvalidArgument",
        "NoModel",
        "NotImplemented",
    }


def _check_input(session: Any, file: FileSpec, name: str, shape: tuple[int, ...]) -> type[np.floating[Any]]:
    inputs = session.get_inputs()
    if [each.name for each in inputs] != [name]:
        got = ", ".join(each.name for each in inputs) or "none"
        raise ModelRefusedError(f"{file.path}: expected the one input {name!r}, got {got}")
    fits = len(inputs[0].shape) == len(shape) and all(
        not isinstance(has, int) or has == needs for has, needs in zip(inputs[0].shape, shape, strict=True)
    )
    if not fits:
        raise ModelRefusedError(
            f"{file.path}: expected an input of shape {_shape(shape)}, got {_shape(inputs[0].shape)}"
        )
    return _dtype(file, f"input {name!r}", inputs[0].type)


def _check_outputs(session: Any, file: FileSpec, manifest: Manifest) -> list[str]:
    """The names of the outputs to ask for, in order, after their declared ranks and lengths were checked."""
    has = {each.name: each for each in session.get_outputs()}
    maps = map_tensors(manifest)
    for name, length in tensors_of(manifest).items():
        if name not in has:
            raise ModelRefusedError(
                f"{file.path}: expected an output {name!r}, got {', '.join(has) or 'none'}"
            )
        _dtype(file, f"output {name!r}", has[name].type)
        shape = has[name].shape
        second = shape[1] if len(shape) > 1 else 1
        ranks = (4,) if name in maps else (1, 2)
        wrong_length = length is not None and isinstance(second, int) and second != length
        if shape and (len(shape) not in ranks or wrong_length):
            wanted = _shape(("n", length or "k", *(("h", "w") if name in maps else ())))
            raise ModelRefusedError(
                f"{file.path}: expected output {name!r} of shape {wanted}, got {_shape(shape)}"
            )
    return list(tensors_of(manifest))


def _dtype(file: FileSpec, what: str, onnx_type: str) -> type[np.floating[Any]]:
    types: dict[str, type[np.floating[Any]]] = {"tensor(float)": np.float32, "tensor(float16)": np.float16}
    if onnx_type not in types:
        raise ModelRefusedError(f"{file.path}: expected {what} of float32 or float16, got {onnx_type}")
    return types[onnx_type]


def _files_for(manifest: Manifest, provider: Provider, precision: Precision | None) -> list[FileSpec]:
    if precision is not None:
        file = manifest.file(precision)
        if file is None:
            offered = ", ".join(each.precision for each in manifest.files)
            raise EngineError(
                f"expected a precision that {manifest.name} offers ({offered}), got {precision}"
            )
        return [file]
    files = [manifest.file(each) for each in provider.precisions]
    # A model with none of the preferred files still runs: with what it has.
    return [file for file in files if file is not None] or list(manifest.files)


def _status(model: Model, file: FileSpec, provider: Provider, threads: int) -> EngineStatus:
    manifest = model.manifest
    where = "GPU 0" if provider.key in ("tensorrt", "cuda", "directml") else "CPU"
    return EngineStatus(
        model=manifest.name,
        version=manifest.version,
        sha256=file.sha256,
        synthetic=manifest.synthetic,
        provider=provider.label,
        provider_key=provider.key,
        device="Apple" if provider.key == "coreml" else where,
        precision=file.precision,
        threads=threads,
        fallbacks=(),
        self_test=SelfTestResult(None, "not run yet"),
        load_ms=0.0,
    )


def _names(status: EngineStatus) -> tuple[str, str, str]:
    return status.model, status.version, f"{status.provider} ({status.precision})"


def _shape(shape: Sequence[object]) -> str:
    return "(" + ", ".join(str(each) for each in shape) + ")"


def _one_line(error: BaseException) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 200 else text[:197] + "..."
