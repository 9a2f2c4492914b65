"""`philtrum bench phantom`: what a synthetic frame costs, for training and live."""

from __future__ import annotations

import argparse
import json
import platform
import time
from statistics import mean, median
from typing import Any

import cv2

from app.refusal import Refusal
from capture.phantom.parameters import VIEWS
from capture.phantom.render import render
from capture.phantom.sampling import sample
from capture.phantom.source import PhantomSource, open_phantom
from capture.source import SourceError

LIVE_SIZE = "800x600"
TARGET_MS = {"training": 25.0, "live": 33.0}
"""CPU of one core for a frame: 100 000 training frames in 42 minutes, 30 live ones a second."""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser], text: str) -> None:
    parser = subparsers.add_parser("phantom", help=text, description=f"Measure {text}.")
    parser.add_argument("--frames", type=int, default=200, metavar="N", help="of each measurement (200)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the first training frame (0)")
    parser.add_argument("--size", default=LIVE_SIZE, metavar="WxH", help=f"of a live frame ({LIVE_SIZE})")


def run(args: argparse.Namespace) -> int:
    if not 10 <= args.frames <= 100_000:
        raise Refusal(f"--frames: expected 10 to 100000, got {args.frames}")
    if args.seed < 0:
        raise Refusal(f"--seed: expected 0 or more, got {args.seed}")
    try:
        source = open_phantom({"size": args.size, "paced": "no"})
    except SourceError as error:
        raise Refusal(str(error)) from error
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        report = {
            "training": training(args.seed, args.frames),
            "live": live(source, args.frames),
            "machine": {"platform": platform.platform(), "opencv": cv2.__version__},
        }
    finally:
        cv2.setNumThreads(threads)
    print(json.dumps(report, indent=2))
    return 0


def training(seed: int, frames: int) -> dict[str, Any]:
    """Frames of 256 x 256 of all views, each another fetus and another probe."""
    spent: dict[str, list[float]] = {view: [] for view in VIEWS}
    render(sample(seed + frames))  # tables of noise are made once
    for number in range(seed, seed + frames):
        begun = time.process_time()
        made = render(sample(number))
        spent[made.truth.view].append((time.process_time() - begun) * 1e3)
    every = [ms for view in spent.values() for ms in view]
    by_view = {view: round(mean(ms), 2) for view, ms in spent.items() if ms}
    return {**_figures(every, TARGET_MS["training"]), "cpu_ms_by_view": by_view}


def live(source: PhantomSource, frames: int) -> dict[str, Any]:
    """One frame after the other of a sweep, as the source gives them."""
    spent = []
    with source:
        source.read()  # scatterers and tables are made once
        for _ in range(frames):
            begun = time.process_time()
            source.read()
            spent.append((time.process_time() - begun) * 1e3)
    size = f"{source.info.width}x{source.info.height}"
    return {"size": size, **_figures(spent, TARGET_MS["live"])}


def _figures(spent_ms: list[float], target_ms: float) -> dict[str, Any]:
    ordered = sorted(spent_ms)
    return {
        "frames": len(ordered),
        "cpu_ms": round(mean(ordered), 2),
        "cpu_ms_median": round(median(ordered), 2),
        "cpu_ms_p95": round(ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))], 2),
        "target_ms": target_ms,
    }
