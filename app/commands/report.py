"""`philtrum report`: what was seen in an exam, as PDF, HTML or JSON."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from app.export.chosen import open_exam, writable
from app.export.from_exam import content_of
from app.export.pseudonym import own_pseudonyms
from app.export.report import FORMATS, preview_lines, write_report
from app.home import home_dir
from app.refusal import Refusal


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser], text: str) -> None:
    parser = subparsers.add_parser("report", help=text, description=text)
    parser.add_argument("--preview", action="store_true", help="say what would be written, and write nothing")
    parser.add_argument("exam", help="the exam's name, such as E-20260131-7KQ2, or its folder")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where the files go")
    parser.add_argument(
        "--format", default="pdf,html,json", metavar="LIST", help="of pdf, html, json, with commas (all)"
    )
    parser.add_argument("--lang", choices=("en", "zh"), default="en")
    parser.add_argument(
        "--template", type=Path, metavar="DIR", help="a clinic's own templates (docs/report.md)"
    )
    parser.add_argument("--model", type=Path, metavar="JSON", help="manifest of the model that was in use")
    parser.add_argument(
        "--deidentified", action="store_true", help="for outsiders: no dates, no operator, no typed text"
    )


def run(args: argparse.Namespace) -> int:
    """Write the reports; 0 when all are there, 1 when one could not be made."""
    formats = [name.strip() for name in args.format.split(",") if name.strip()]
    wrong = [name for name in formats if name not in FORMATS]
    if wrong or not formats:
        raise Refusal(f"expected formats among {', '.join(FORMATS)}, got {', '.join(wrong) or 'none'}")
    if args.out is None and not args.preview:
        raise Refusal("expected --out DIR, or --preview")
    opened = open_exam(args.exam)
    content = content_of(opened.reader, () if args.model is None else (args.model,))
    if args.deidentified:
        content = content.without_people(own_pseudonyms(home_dir()).alias(content.exam))
    if args.preview:
        print("\n".join(preview_lines(content, formats)))
        return 0
    writable(args.out)
    written = write_report(content, args.out, formats, args.lang, args.template)
    for path in written.files:
        print(path)
    for line in written.troubles:
        print(f"philtrum report: {line}", file=sys.stderr)
    if written.files:
        opened.audit("report", {"formats": formats, "language": args.lang, "deidentified": args.deidentified})
    return 1 if written.troubles else 0
