"""`philtrum bench live|record|engine|analyze|batch|soak|phantom`: measure, and print figures as JSON."""

from __future__ import annotations

import argparse
import importlib

BENCHES = {
    "live": "the real window on a 1080p60 source: paints, intervals, latencies, every frame accounted for",
    "record": "the same with an exam being recorded, against without",
    "engine": "the model by itself: milliseconds a frame for each provider, size and precision",
    "analyze": "decode, region, inference and result rows against a bare sequential loop",
    "batch": "loops a minute through 1, 2, ... worker processes",
    "soak": "hours of exams as fast as the machine goes: memory, handles and threads must stay flat",
    "phantom": "what a synthetic frame costs, for training and live",
}
"""Each measures in a module of `app.bench` of its own, imported only when it is asked for."""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser], text: str) -> None:
    lines = "\n".join(f"  {name:9}{what}" for name, what in BENCHES.items())
    parser = subparsers.add_parser(
        "bench",
        help=text,
        description=f"Measure, and print figures as JSON.\n\n{lines}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "what", choices=list(BENCHES), help="what to measure; `bench WHAT --help` has the options"
    )
    parser.add_argument("rest", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    """Hand over to `app.bench.<what>`, with its own options."""
    from app.__main__ import OneLineParser

    module = importlib.import_module(f"app.bench.{args.what}")
    parser = OneLineParser(prog="philtrum bench")
    module.add_parser(parser.add_subparsers(required=True, parser_class=OneLineParser), BENCHES[args.what])
    status: int = module.run(parser.parse_args([args.what, *args.rest]))
    return status
