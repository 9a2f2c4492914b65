"""`philtrum live SOURCE`: the window on a source."""

from __future__ import annotations

import argparse

from app.opening import check_recording, is_live, resolve
from app.refusal import Refusal
from app.run_window import add_window_options, run_window
from capture.source import SourceError


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser], text: str) -> None:
    parser = subparsers.add_parser("live", help=text, description=text)
    parser.add_argument(
        "source", metavar="SOURCE",
        help="film, picture, folder, DICOM file, card:NAME, screen:, udp://, rtsp://, rtp://, igtl://HOST, "
        "phantom: or demo",
    )  # fmt: skip
    add_window_options(parser)


def run(args: argparse.Namespace) -> int:
    """Look at the source first: a recording that cannot be read is refused before any window opens."""
    try:
        check_source(args.source)
    except (SourceError, FileNotFoundError) as error:
        raise Refusal(str(error)) from error
    return run_window(args.source, args)


def check_source(spec: str) -> None:
    """A recording is opened; of a live source, which may come later, the words alone are checked.

    Raises:
        SourceError: it cannot be opened, or its words make no sense.
    """
    if is_live(spec):
        from capture.open import open_source

        open_source(resolve(spec))
    else:
        check_recording(spec)
