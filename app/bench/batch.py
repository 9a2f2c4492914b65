"""`philtrum bench batch`: loops a minute through worker processes, on copies of one film."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
import time
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import av

from app.analyze.batch import Batch
from app.analyze.one import Options
from app.analyze.processes import Processes
from app.analyze.sources import find
from app.commands.analyze import load_tools, workers
from app.refusal import Refusal
from inference.providers import cpu_threads, usable_cores
from resources.files import resource_path


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser], text: str) -> None:
    parser = subparsers.add_parser("batch", help=text, description=f"Measure {text}.")
    parser.add_argument("--loops", type=int, default=200, metavar="N", help="copies of the film (200)")
    parser.add_argument(
        "--workers", type=counts, default=[1, 2], metavar="N,N", help="numbers of worker processes (1,2)"
    )
    parser.add_argument("--source", metavar="FILM", help="without: the demo loop")
    parser.add_argument("--frames", type=int, metavar="N", help="cut each copy to so many (all)")
    parser.add_argument("--model", metavar="JSON", help="manifest; without: the model that ships")
    parser.add_argument("--provider", default="cpu", metavar="KEY", help="such as cuda (cpu)")
    parser.add_argument("--film", action="store_true", help="write films and key pictures too")


def counts(text: str) -> list[int]:
    """The argument of --workers.

    Raises:
        argparse.ArgumentTypeError: it is no list of numbers from 1 on.
    """
    numbers = [workers(part) for part in text.split(",")]
    if 0 in numbers:
        raise argparse.ArgumentTypeError(f"expected numbers from 1 on, got {text!r}")
    return numbers


def run(args: argparse.Namespace) -> int:
    if not 1 <= args.loops <= 100_000:
        raise Refusal(f"--loops: expected 1 to 100000, got {args.loops}")
    try:
        source = Path(args.source) if args.source else resource_path("demo", "exam.mp4")
    except FileNotFoundError as error:
        raise Refusal(str(error)) from error
    if not source.is_file():
        raise Refusal(f"{source.name}: expected a film")
    if args.frames is not None and args.frames < 1:
        raise Refusal(f"--frames: expected 1 or more, got {args.frames}")
    with tempfile.TemporaryDirectory() as folder:
        loops = Path(folder) / "loops"
        loops.mkdir()
        cut = source if args.frames is None else _first(source, args.frames, Path(folder) / source.name)
        for number in range(args.loops):
            _copy(cut, loops / f"loop-{number:05d}{source.suffix}")
        report = {
            "source": source.name,
            "loops": args.loops,
            "frames_each": args.frames,
            "cores": usable_cores(),
            "film": args.film,
            "workers": {
                str(number): measure(loops, Path(folder) / f"out-{number}", number, args)
                for number in args.workers
            },
        }
    print(json.dumps(report, indent=2))
    return 0


def measure(loops: Path, out: Path, number: int, args: argparse.Namespace) -> dict[str, Any]:
    """One number of workers over all loops; their start is counted by itself.

    Raises:
        Refusal: a loop failed.
    """
    make = partial(load_tools, args.model, args.provider, None, threads=cpu_threads(usable_cores() // number))
    items, _ = find([str(loops)], out)
    crew, began = Processes(make, number), time.perf_counter()
    try:
        crew.identity()
        ready_s = time.perf_counter() - began
        frames = 0
        for outcome in Batch(crew, Options(film=args.film, pictures=args.film), out).run(items):
            if outcome.summary is None:
                raise Refusal(outcome.message)
            frames += outcome.summary.frames
        seconds = time.perf_counter() - began - ready_s
    finally:
        crew.stop()
    return {
        "first_worker_ready_s": round(ready_s, 2),
        "seconds": round(seconds, 2),
        "loops_per_minute": round(60 * len(items) / seconds, 2),
        "frames_per_s": round(frames / seconds, 2),
    }


def _first(source: Path, frames: int, target: Path) -> Path:
    """The first frames of a film, as they are coded.

    Raises:
        Refusal: it is no film that can be cut.
    """
    try:
        with av.open(str(source)) as film, av.open(str(target), "w") as out:
            stream = film.streams.video[0]
            copy = out.add_stream_from_template(stream)
            packets = (packet for packet in film.demux(stream) if packet.dts is not None)
            for packet in islice(packets, frames):
                packet.stream = copy
                out.mux(packet)
    except (av.error.FFmpegError, IndexError, ValueError) as error:
        raise Refusal(f"{source.name}: cannot be cut to {frames} frames") from error
    return target


def _copy(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy(source, target)
