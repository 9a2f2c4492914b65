"""One onnxruntime session that really runs where it says, and gives what the manifest says."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.manifest import FileSpec, Manifest, Model, ModelRefusedError
from inference.outputs import EngineError, map_tensors, tensors_of
from inference.providers import Provider, provider_options, runtime, session_options

log = logging.getLogger(__name__)


class Network:
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
    spec = model.manifest.input
    if provider.key == "cpu":
        # Sizes that are known are worked with before the first run: 4 % less time for each.
        for name, length in (("n", 1), ("h", spec.height), ("w", spec.width)):
            options.add_free_dimension_override_by_name(name, length)
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
        check_share(session, provider)
    return session


def check_share(session: Any, provider: Provider) -> None:
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


def _shape(shape: Sequence[object]) -> str:
    return "(" + ", ".join(str(each) for each in shape) + ")"


def _one_line(error: BaseException) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 200 else text[:197] + "..."
