"""`philtrum audit verify [DIR]`: whether audit logs are as they were written."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from app.home import home_dir
from app.refusal import Refusal
from app.session.audit import AuditCheck, verify
from app.session.errors import SessionError
from app.session.exam import Anchor
from app.session.exam_file import read_exam
from app.session.folder import ExamFolder, exam_folders


def add_parser(subparsers: Any, text: str) -> None:
    parser = subparsers.add_parser("audit", help=text, description=text)
    what = parser.add_subparsers(dest="what", metavar="what", required=True)
    check = what.add_parser(
        "verify",
        help="find edited, dropped, reordered and cut off lines",
        description="Check the hash chain of every exam's audit log against what its exam.json says of it.",
    )
    check.add_argument("dir", type=Path, nargs="?", metavar="DIR", help="an exam, or the folder of all exams")
    check.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """0 when every log is whole, 1 when one is not.

    Raises:
        Refusal: there is no such folder, or no exam in it.
    """
    place: Path = args.dir or home_dir() / "exams"
    if not place.is_dir():
        raise Refusal(f"{place.name}: there is no such folder")
    folders = (
        [ExamFolder(place)] if (place / "audit.jsonl").exists() or (place / "exam.json").exists() else []
    )
    folders = folders or exam_folders(place) or exam_folders(place / "exams")
    if not folders:
        raise Refusal(f"{place.name}: there is no exam in this folder")
    checks = {folder.id: check_folder(folder) for folder in folders}
    faults = [
        f"{exam_id}: audit.jsonl {fault}" for exam_id, check in checks.items() for fault in check.faults
    ]
    if args.json:
        found = {name: {"lines": c.lines, "faults": c.faults} for name, c in checks.items()}
        print(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        whole = sum(check.whole for check in checks.values())
        print("\n".join([*faults, f"{whole} of {len(checks)} audit logs are whole"]))
    return 1 if faults else 0


def check_folder(folder: ExamFolder) -> AuditCheck:
    """Check one exam's log against what its exam.json says of it."""
    anchor: Anchor | None = None
    closed = True
    try:
        exam = read_exam(folder.exam)
        anchor, closed = exam.audit, exam.state == "closed"
    except SessionError:
        pass  # the check says that nothing vouches for the log's length
    return verify(folder.audit, anchor, closed)
