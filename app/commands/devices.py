"""`philtrum devices [--igtl HOST:PORT]... [--json]`: what this machine can look at."""

from __future__ import annotations

import argparse
import json
from typing import Any

from app.refusal import Refusal
from capture.devices import Device, list_cards, list_igtl, list_screens
from capture.source import SourceError

KINDS = {"card": "Capture cards", "screen": "Screens", "igtl": "OpenIGTLink servers"}


def add_parser(subparsers: Any, text: str) -> None:
    parser = subparsers.add_parser(
        "devices",
        help=text,
        description="List capture cards, screens, and whether the OpenIGTLink servers given answer. The "
        "first column is what to give to `philtrum live`.",
    )
    parser.add_argument(
        "--igtl", metavar="HOST[:PORT]", action="append", default=[], help="a server to ask; may be repeated"
    )
    parser.add_argument("--json", action="store_true", help="print the list as JSON")


def run(args: argparse.Namespace) -> int:
    """Print the list; 0 when every server that was asked answers, else 1.

    Raises:
        Refusal: a server's address makes no sense.
    """
    try:
        servers = list_igtl(args.igtl)
    except SourceError as error:
        raise Refusal(str(error)) from error
    found = {"card": list_cards(), "screen": list_screens(), "igtl": servers}
    print(as_json(found) if args.json else as_text(found))
    return 0 if all(server.available for server in servers) else 1


def as_json(found: dict[str, list[Device]]) -> str:
    """Three lists, `cards`, `screens` and `igtl`, of `source`, `name`, `available` and `note`."""
    names = {"card": "cards", "screen": "screens", "igtl": "igtl"}
    lists = {
        names[kind]: [
            {"source": each.spec, "name": each.name, "available": each.available, "note": each.note}
            for each in devices
        ]
        for kind, devices in found.items()
    }
    return json.dumps(lists, ensure_ascii=False, indent=2)


def as_text(found: dict[str, list[Device]]) -> str:
    """One line a device under its kind; kinds without any say so, servers only where some were asked."""
    lines = []
    for kind, title in KINDS.items():
        devices = found[kind]
        if not devices and kind == "igtl":
            continue
        lines.append(f"{title}:" if devices else f"{title}: none found")
        for each in devices:
            words = [f"  {each.spec:<28} {each.name}", each.note, "" if each.available else "not available"]
            lines.append(", ".join(word for word in words if word))
    return "\n".join(lines)
