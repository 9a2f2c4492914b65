"""`philtrum bench analyze`: frames a second from file to result, against a bare loop on the same file."""

from __future__ import annotations

import argparse
import json
import platform
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import av
import cv2
import numpy as np

from app.analyze.batch import Batch, Here
from app.analyze.one import Options, Tools
from app.analyze.sources import find
from app.commands.analyze import load_tools
from app.refusal import Refusal
from inference.engine import OnnxEngine
from inference.providers import runtime, usable_cores
from resources.files import resource_path


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser], text: str) -> None:
    parser = subparsers.add_parser("analyze", help=text, description=f"Measure {text}.")
    parser.add_argument("--source", metavar="FILM", help="without: the demo loop")
    parser.add_argument("--model", metavar="JSON", help="manifest; without: the model that ships")
    parser.add_argument("--provider", default="cpu", metavar="KEY", help="such as cuda (cpu)")
    parser.add_argument("--precision", choices=("fp32", "fp16", "int8"))
    parser.add_argument("--no-film", action="store_true", help="leave out the variant with film and pictures")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="of every variant, in turn (5)")


def run(args: argparse.Namespace) -> int:
    if not 1 <= args.rounds <= 1000:
        raise Refusal(f"--rounds: expected 1 to 1000, got {args.rounds}")
    try:
        source = Path(args.source) if args.source else resource_path("demo", "exam.mp4")
    except FileNotFoundError as error:
        raise Refusal(str(error)) from error
    cv2.setNumThreads(1)
    tools = load_tools(args.model, args.provider, args.precision)
    print(json.dumps(measure(source, tools, args.rounds, film=not args.no_film), indent=2))
    return 0


def measure(source: Path, tools: Tools, rounds: int, *, film: bool = True) -> dict[str, Any]:
    """All variants in turn, round after round, so that what else runs on the machine hits them alike.

    Raises:
        Refusal: the source is no film, or cannot be analysed.
    """
    engine = tools.engine
    assert isinstance(engine, OnnxEngine)
    variants: dict[str, Callable[[], tuple[int, int]]] = {
        "bare": lambda: bare_loop(source, engine),
        "rows": lambda: analysis(source, tools, film=False),
    }
    if film:
        variants["film"] = lambda: analysis(source, tools, film=True)
    timed: dict[str, list[tuple[float, float]]] = {name: [] for name in variants}
    frames: dict[str, tuple[int, int]] = {}
    for number in range(-1, rounds):
        order = list(variants) if number % 2 else list(reversed(variants))
        for name in order:
            wall, cpu = time.perf_counter(), time.process_time()
            frames[name] = variants[name]()
            seconds = time.perf_counter() - wall, time.process_time() - cpu
            if number >= 0:  # the first round warms caches
                timed[name].append(seconds)
    if frames["bare"][0] != frames["rows"][0]:
        raise Refusal(f"the bare loop read {frames['bare'][0]} frames, the analysis {frames['rows'][0]}")
    whole, inferred = frames["rows"]
    ratios = [bare[0] / rows[0] for bare, rows in zip(timed["bare"], timed["rows"], strict=True)]
    work = {name: median(seconds[1] for seconds in timed[name]) for name in variants}
    status = engine.status
    report = {
        "source": {"name": source.name, "frames": whole, "inferred": inferred},
        "model": status.model,
        "version": status.version,
        "provider": status.provider_key,
        "precision": status.precision,
        "threads": status.threads,
        "machine": {
            "cores": usable_cores(),
            "platform": platform.platform(),
            "onnxruntime": runtime().__version__,
        },
        "rounds": rounds,
        **{
            name: {
                "frames_per_s": round(whole / median(seconds[0] for seconds in timed[name]), 2),
                "frames_per_s_each": [round(whole / seconds[0], 2) for seconds in timed[name]],
                "cpu_ms_per_frame": round(work[name] * 1e3 / whole, 3),
            }
            for name in variants
        },
        "ratio": round(median(ratios), 3),
        "ratio_each": [round(ratio, 3) for ratio in ratios],
        "ratio_of_inferences": round(median(ratios) * inferred / whole, 3),
    }
    if film:
        slower = [
            rows[0] / with_film[0] for rows, with_film in zip(timed["rows"], timed["film"], strict=True)
        ]
        report["film_speed"] = round(median(slower), 3)
        report["film_cpu_ms_per_frame"] = round((work["film"] - work["rows"]) * 1e3 / whole, 3)
    return report


def bare_loop(source: Path, engine: OnnxEngine) -> tuple[int, int]:
    """Decode, shrink, run, one after the other, on the engine's own session: the least a script would do.

    Returns:
        Frames read, frames run.
    """
    spec, network = engine.manifest.input, engine._network
    frames = 0
    try:
        with av.open(str(source)) as film:
            for frame in film.decode(video=0):
                format_ = "gray" if spec.channels == 1 else "rgb24"
                small = cv2.resize(frame.to_ndarray(format=format_), (spec.width, spec.height))
                tensor = np.atleast_3d(small).transpose(2, 0, 1)[None].astype(np.float32) / np.float32(255)
                network.run(np.ascontiguousarray(tensor))
                frames += 1
    except (av.FFmpegError, OSError, IndexError) as error:
        raise Refusal(f"{source.name}: expected a film ({error})") from error
    return frames, frames


def analysis(source: Path, tools: Tools, *, film: bool) -> tuple[int, int]:
    """What `philtrum analyze` does, into a folder that is thrown away.

    Returns:
        Frames read, frames run.
    """
    with tempfile.TemporaryDirectory() as folder:
        items, failures = find([str(source)], Path(folder))
        if failures:
            raise Refusal(failures[0].message)
        (outcome,) = Batch(Here(tools), Options(film=film, pictures=film), Path(folder)).run(items)
    if outcome.summary is None:
        raise Refusal(outcome.message)
    return outcome.summary.frames, outcome.summary.counts.inferred
