"""`philtrum probe SOURCE [--json]`: what capture sees of a source."""

from __future__ import annotations

import argparse
import json
from typing import Any

from app.refusal import Refusal
from capture.open import open_source
from capture.probe import probe, probe_json, probe_text
from capture.source import SourceError


def add_parser(subparsers: Any, text: str) -> None:
    parser = subparsers.add_parser(
        "probe",
        help=text,
        description="Open a source, read a few frames, and say what they are: format, size, rate, and where "
        "the scan lies. Nothing is stored.",
    )
    parser.add_argument(
        "source",
        metavar="SOURCE",
        help="file, folder, DICOM, card:NAME, screen:, an address, igtl://HOST or phantom:",
    )
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")


def run(args: argparse.Namespace) -> int:
    """Print what was seen; 0.

    Raises:
        Refusal: the source cannot be opened or read.
    """
    try:
        result = probe(open_source(args.source))
    except SourceError as error:
        raise Refusal(" ".join(str(error).split())) from error
    print(json.dumps(probe_json(result), ensure_ascii=False, indent=2) if args.json else probe_text(result))
    return 0
