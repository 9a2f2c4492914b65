"""`philtrum`: the window on its picker of sources."""

from __future__ import annotations

import argparse

from app.run_window import add_window_options, run_window


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser], text: str) -> None:
    add_window_options(subparsers.add_parser("pick", help=text, description=text))


def run(args: argparse.Namespace) -> int:
    """Open the window; a source is chosen there."""
    return run_window(None, args)
