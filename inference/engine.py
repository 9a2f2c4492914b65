"""Runs a model on one scan at a time: the provider really in use, warm-up, self-test, io binding."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, Self

import numpy as np

from capture.scan import Scan
from inference.manifest import FileSpec, Manifest, Model, ModelRefusedError, Precision, load_model
from inference.outputs import EngineError, read_outputs
from inference.prediction import Prediction
from inference.preprocess import prepare
from inference.providers import Provider, cpu_threads, library_fault, wanted_providers
from inference.selftest import SelfTest, SelfTestResult, load_self_test
from inference.session import Network

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
        self,
        model: Model,
        network: Network,
        status: EngineStatus,
        clock: Callable[[], int],
        anatomy: bool = True,
    ) -> None:
        self._manifest = model.manifest.running(network.file)
        self._asked = self._manifest if anatomy else self._manifest.without_anatomy()
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
        anatomy: bool = True,
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
            anatomy: whether predictions carry the maps of anatomy; live, where nobody looks at them, their
                computing is time in which the frame waits.

        Raises:
            ModelRefusedError: the files do not fit the manifest.
            SelfTestFailedError: no provider gave the stored answers.
            EngineError: no provider could run the model.
            ValueError: an unknown provider.
        """
        if not isinstance(model, Model):
            model = load_model(model)
        asked = model if anatomy else replace(model, manifest=model.manifest.without_anatomy())
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
                    network = Network(asked, file, provider, cache_dir, threads)
                    engine = cls(model, network, _status(model, file, provider, threads), clock, anatomy)
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
        answer = read_outputs(self._asked, self._network.file, raw)
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
            kinds=answer.kinds,
        )

    def _check(self, stored: SelfTest | None) -> SelfTestResult:
        """Warm up, see that the outputs mean what the manifest says, and compare with the stored answers."""
        spec = self._manifest.input
        grey = np.full((1, spec.channels, spec.height, spec.width), 0.5, np.float32)
        for _ in range(WARM_UP_RUNS):
            read_outputs(self._asked, self._network.file, self._network.run(grey))
        if stored is None:
            return SelfTestResult(None, "the model carries no self-test")
        return stored.run(self.predict, self._network.file.precision)


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
