"""`philtrum phantom`: synthetic loops, exams, data sets and contact sheets; no patient is in them."""

from __future__ import annotations

import argparse
from types import ModuleType
from typing import Any

from tqdm import tqdm

from app.commands import phantom_dataset, phantom_exam, phantom_loop, phantom_sheet
from app.refusal import Refusal

_KINDS: dict[str, ModuleType] = {
    "loop": phantom_loop,
    "exam": phantom_exam,
    "dataset": phantom_dataset,
    "sheet": phantom_sheet,
}


def add_parser(subparsers: Any, text: str) -> None:
    parser = subparsers.add_parser("phantom", help=text, description=text)
    kinds = parser.add_subparsers(dest="kind", metavar="what", required=True)
    for module in _KINDS.values():
        module.add_parser(kinds)


def run(args: argparse.Namespace) -> int:
    """Write what was asked for; 0 when it is there."""
    tqdm.monitor_interval = 0  # its watching thread would outlive the command
    if not args.out.parent.is_dir():
        raise Refusal(f"{args.out.parent}: there is no such folder")
    status: int = _KINDS[args.kind].run(args)
    return status
