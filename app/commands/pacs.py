"""`philtrum pacs`: ask, fetch, send and listen on the DICOM network, as `pacs.json` at home says."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import Any

from app.days import day_of
from app.refusal import Refusal


def add_parser(subparsers: Any, text: str) -> None:
    parser = subparsers.add_parser("pacs", help=text, description=text)
    doing = parser.add_subparsers(dest="doing", metavar="what", required=True)

    echo = doing.add_parser("echo", help="does a peer answer?")
    echo.add_argument("peer", nargs="*", help="names in pacs.json; default: all of them")

    worklist = doing.add_parser("worklist", help="who is expected; prints names of patients")
    worklist.add_argument("--peer", help="default: the first for 'worklist'")
    worklist.add_argument(
        "--day", type=day, help="YYYY-MM-DD, today, or any; default: today", default="today"
    )
    worklist.add_argument("--station", help="AE title of the machine; default: any")
    worklist.add_argument("--modality", default="US", help="default: US")

    find = doing.add_parser("find", help="what a PACS has; prints names of patients")
    find.add_argument("--peer", help="default: the first for 'query'")
    find.add_argument("--since", type=day, default=None, help="YYYY-MM-DD or today")
    find.add_argument("--until", type=day, default=None, help="YYYY-MM-DD or today")
    find.add_argument("--patient-id", default="")
    find.add_argument("--accession-number", default="")
    find.add_argument("--study", default="", help="a Study Instance UID: list its series")

    get = doing.add_parser("get", help="bring the cines and pictures of a study")
    get.add_argument("study", help="Study Instance UID, as `find` prints it")
    get.add_argument("--series", default="", help="only this series")
    get.add_argument("--peer", help="default: the first for 'query'")
    get.add_argument("--out", required=True, type=Path, metavar="DIR")

    send = doing.add_parser("send", help="put DICOM files into the send queue and send them")
    send.add_argument("files", nargs="+", type=Path, metavar="FILE")
    send.add_argument("--to", metavar="PEER", help="default: the first for 'store'")
    send.add_argument("--confirm", action="store_true", help="have the PACS answer for them (commitment)")
    send.add_argument("--wait", type=float, default=60.0, metavar="S", help="for its answer; default: 60")
    send.add_argument("--queue-only", action="store_true", help="leave the sending to `pacs queue --run`")

    queue = doing.add_parser("queue", help="what waits, was sent or failed")
    queue.add_argument("--run", action="store_true", help="send until Ctrl-C")
    queue.add_argument("--retry", type=int, nargs="?", const=0, metavar="N", help="job N, or all, at once")
    queue.add_argument("--remove", type=int, metavar="N", help="give job N up")

    listen = doing.add_parser("listen", help="take what machines push, until Ctrl-C")
    listen.add_argument("--out", required=True, type=Path, metavar="DIR")


def day(text: str) -> date | None:
    """The argument of --day.

    Raises:
        argparse.ArgumentTypeError: it is no day.
    """
    try:
        return day_of(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def run(args: argparse.Namespace) -> int:
    """0 done, 1 something was left undone and said, 2 bad input or no answer."""
    from app.commands import pacs_ask, pacs_queue
    from app.export.send_queue import QueueError
    from capture.source import SourceError

    does = {
        "echo": pacs_ask.echo,
        "worklist": pacs_ask.worklist,
        "find": pacs_ask.find,
        "get": pacs_ask.get,
        "send": pacs_queue.send,
        "queue": pacs_queue.queue,
        "listen": pacs_ask.listen,
    }
    try:
        return does[args.doing](args)
    except (SourceError, QueueError) as error:
        raise Refusal(str(error)) from error
