"""The way in: `philtrum [command]`; without a command the window opens on its picker of sources."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from typing import NoReturn

from app.refusal import Refusal

COMMANDS = {
    "demo": "open the window on the bundled loop",
    "live": "open the window on a source",
    "pick": "open the window on its picker of sources",
    "analyze": "run every frame of recordings, write results and annotated film",
    "devices": "list capture cards, screens and OpenIGTLink servers",
    "probe": "say what capture sees of a source",
    "phantom": "make synthetic loops, exams and data sets",
    "evaluate": "figures of a model on a labelled data set, with intervals and negative controls",
    "exams": "list, show and check exams; rebuild their index",
    "audit": "verify the audit logs of exams",
    "pacs": "ask, fetch, send and listen on the DICOM network",
    "report": "what was seen in an exam, as PDF, HTML or JSON",
    "export": "DICOM objects of an exam, and de-identified copies of DICOM files",
    "doctor": "check what the program needs on this machine",
    "bench": "measure, and print figures as JSON",
}
"""Every command with its help; module `app.commands.<name>` is imported only when it is the one asked for."""


class OneLineParser(argparse.ArgumentParser):
    """Refuses with one line and exit status 2; the usage is a `--help` away."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def build_parser(wanted: str | None) -> argparse.ArgumentParser:
    """The parser, with the options of the `wanted` command alone filled in."""
    parser = OneLineParser(
        prog="philtrum",
        description="Research and training use. Not a medical device, not a diagnosis. "
        "Isolated cleft palate is not excluded.",
    )
    subparsers = parser.add_subparsers(dest="command", metavar="command", parser_class=OneLineParser)
    for name, text in COMMANDS.items():
        if name == wanted:
            importlib.import_module(f"app.commands.{name}").add_parser(subparsers, text)
        else:
            subparsers.add_parser(name, help=text, add_help=False)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 done, 1 done with something to report, 2 bad input, 130 stopped by Ctrl-C."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments:
        arguments = ["pick"]
    wanted = next((word for word in arguments if word in COMMANDS), None)
    args = build_parser(wanted).parse_args(arguments)
    try:
        status: int = importlib.import_module(f"app.commands.{args.command}").run(args)
        return status
    except Refusal as refusal:
        print(f"philtrum {args.command}: {refusal}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
