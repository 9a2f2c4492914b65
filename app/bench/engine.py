"""`philtrum bench engine`: the model by itself, for each provider, input size and precision."""

from __future__ import annotations

import argparse
import json
import platform
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import cv2
import numpy as np

from app.home import cache_dir
from app.refusal import Refusal
from capture.frame import make_frame
from capture.geometry import Box, Region, Sector
from capture.scan import Scan, Signal
from inference.engine import OnnxEngine
from inference.manifest import Model, ModelRefusedError, Precision, load_model
from inference.outputs import EngineError
from inference.preprocess import prepare
from inference.providers import PROVIDERS, runtime, usable_cores, wanted_providers
from resources.files import resource_path

SCREEN = (1920, 1080)
"""Width and height of the frames, as a capture card gives them."""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser], text: str) -> None:
    parser = subparsers.add_parser("engine", help=text, description=f"Measure {text}.")
    parser.add_argument("--model", type=Path, metavar="JSON", help="manifest; without: the model that ships")
    keys = ", ".join(provider.key for provider in PROVIDERS)
    parser.add_argument(
        "--providers", metavar="KEYS", help=f"such as cuda,cpu, of {keys}; without: all there are"
    )
    parser.add_argument(
        "--precision", choices=get_args(Precision), action="append", help="may be repeated; without: all"
    )
    parser.add_argument(
        "--size",
        type=int,
        action="append",
        metavar="PIXELS",
        help="side of the network's input, may be repeated; without: the manifest's",
    )
    parser.add_argument(
        "--threads", type=int, metavar="N", help="on the CPU; without: by the number of cores"
    )
    parser.add_argument("--runs", type=int, default=300, metavar="N", help="frames a measurement (300)")


def run(args: argparse.Namespace) -> int:
    if args.runs < 10:
        raise Refusal(f"--runs: expected at least 10, got {args.runs}")
    if args.threads is not None and not 1 <= args.threads <= 256:
        raise Refusal(f"--threads: expected 1 to 256, got {args.threads}")
    if args.size and not all(32 <= side <= 2048 for side in args.size):
        raise Refusal(f"--size: expected 32 to 2048, got {', '.join(str(side) for side in args.size)}")
    try:
        model = load_model(args.model or resource_path("models", "philtrum-standin.json"))
        providers = wanted_providers(args.providers.replace(",", " ").split() if args.providers else None)
        own = model.manifest.input
        sizes = [(side, side) for side in args.size] if args.size else [(own.height, own.width)]
        models = {size: _resized(model, *size) for size in sizes}
    except (ModelRefusedError, FileNotFoundError, ValueError) as error:
        raise Refusal(" ".join(str(error).split())) from error
    cv2.setNumThreads(1)
    scans = screens(8)
    results: list[dict[str, Any]] = []
    unavailable: list[str] = []
    for provider in providers:
        for size, sized in models.items():
            for file in model.manifest.files:
                if args.precision and file.precision not in args.precision:
                    continue
                try:
                    engine = OnnxEngine.load(
                        sized,
                        [provider.key],
                        file.precision,
                        cache_dir() / "engines",
                        args.threads,
                        self_test=size == (own.height, own.width),
                    )
                except (EngineError, ModelRefusedError) as error:
                    unavailable.append(f"{provider.key} {file.precision} {size[1]}x{size[0]}: {error}")
                    continue
                results.append(_row(engine, size, measure(engine, scans, args.runs)))
    if not results:
        raise Refusal("nothing could be measured: " + "; ".join(unavailable or ["no such precision"]))
    report = {
        "model": model.manifest.name,
        "version": model.manifest.version,
        "synthetic": model.manifest.synthetic,
        "frame": {"width": SCREEN[0], "height": SCREEN[1], "region": _box_of(scans[0])},
        "machine": {
            "cores": usable_cores(),
            "platform": platform.platform(),
            "onnxruntime": runtime().__version__,
        },
        "results": results,
        "unavailable": unavailable,
    }
    print(json.dumps(report, indent=2))
    return 0


def measure(engine: OnnxEngine, scans: Sequence[Scan], runs: int) -> dict[str, Any]:
    """Time `runs` predictions one after the other, pre-processing included.

    `cpu_ms` is the process's CPU time a frame: unlike the others it hardly depends on what else runs here.
    """
    for scan in scans:
        engine.predict(scan)
    walls = np.empty(runs)
    began = time.process_time()
    for number in range(runs):
        scan = scans[number % len(scans)]
        start = time.perf_counter()
        engine.predict(scan)
        walls[number] = (time.perf_counter() - start) * 1e3
    cpu_ms = (time.process_time() - began) * 1e3 / runs
    began = time.process_time()
    for number in range(runs):
        scan = scans[number % len(scans)]
        prepare(scan.frame.pixels, scan.region, engine.manifest.input)
    prepare_ms = (time.process_time() - began) * 1e3 / runs
    p50, p95, p99 = (float(value) for value in np.percentile(walls, [50, 95, 99]))
    figures = {"min": float(walls.min()), "p50": p50, "p95": p95, "p99": p99, "max": float(walls.max())}
    return {
        "frame_ms": {name: round(value, 3) for name, value in figures.items()},
        "cpu_ms": round(cpu_ms, 3),
        "prepare_cpu_ms": round(prepare_ms, 3),
    }


def screens(count: int) -> list[Scan]:
    """Machine screens of speckle in a fan, each another picture; no real scan is needed to take the time."""
    width, height = SCREEN
    draw = np.random.default_rng(1)
    region = Region(
        Box(510, 90, 1410, 890), width, height, Sector("convex", 960, -110, 200, 1000, -0.47, 0.47)
    )
    scans = []
    for index in range(count):
        speckle = draw.rayleigh(40, (height // 4, width // 4)).clip(0, 255).astype(np.uint8)
        pixels = np.asarray(cv2.resize(speckle, SCREEN, interpolation=cv2.INTER_LINEAR), np.uint8)
        scans.append(Scan(make_frame(index, 0, pixels), region, index, False, Signal.MOVING))
    return scans


def _resized(model: Model, height: int, width: int) -> Model:
    """The model asked to run at another size; a file of a fixed size will be refused when it is loaded."""
    spec = type(model.manifest.input).model_validate(
        model.manifest.input.model_dump() | {"height": height, "width": width}
    )
    return Model(model.manifest.model_copy(update={"input": spec}), model.path)


def _row(engine: OnnxEngine, size: tuple[int, int], figures: dict[str, Any]) -> dict[str, Any]:
    status = engine.status
    return {
        "provider": status.provider_key,
        "device": status.device,
        "precision": status.precision,
        "size": {"height": size[0], "width": size[1]},
        "threads": status.threads,
        "load_ms": round(status.load_ms, 1),
        "self_test": status.self_test.passed,
        **figures,
    }


def _box_of(scan: Scan) -> list[int]:
    box = scan.region.box
    return [box.x0, box.y0, box.x1, box.y1]
