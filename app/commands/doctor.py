"""`philtrum doctor`: what the program needs on this machine, and whether it is there."""

from __future__ import annotations

import argparse
from typing import Any

from app.doctor import State, as_json, examine, healthy

MARKS = {State.OK: "ok    ", State.NOTE: "note  ", State.FAILED: "FAILED"}


def add_parser(subparsers: Any, text: str) -> None:
    parser = subparsers.add_parser("doctor", help=text, description=text)
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")


def run(args: argparse.Namespace) -> int:
    """Print the findings; 0 when nothing the program needs is missing, else 1."""
    findings = []
    for finding in examine():
        findings.append(finding)
        if not args.json:
            print(f"{MARKS[finding.state]}  {finding.check:<17} {finding.text}", flush=True)
    if args.json:
        print(as_json(findings))
    return 0 if healthy(findings) else 1
