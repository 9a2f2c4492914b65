"""`philtrum demo`: the window on the bundled loop; without a screen, a film and a picture of it."""

from __future__ import annotations

import argparse
from pathlib import Path

from app.opening import DEMO, check_recording
from app.refusal import Refusal
from app.run_window import add_window_options, check_machine, check_model, run_window
from app.system_check import display_available
from capture.source import SourceError


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser], text: str) -> None:
    parser = subparsers.add_parser("demo", help=text, description=text)
    add_window_options(parser)
    parser.add_argument(
        "--out", type=Path, default=Path("demo-output"), metavar="DIR",
        help="where film and picture go when there is no screen (demo-output)",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Open the window, or film it where there is no screen."""
    if display_available():
        return run_window(DEMO, args)
    check_machine()
    check_model(args.model)
    try:
        check_recording(DEMO)
    except (SourceError, FileNotFoundError) as error:
        raise Refusal(str(error)) from error
    from app.offscreen import film_window

    print("There is no screen here: the window is filmed instead, for half a minute.", flush=True)
    for path in film_window(DEMO, args.out, args.seconds, args.model, args.language):
        print(path)
    return 0
