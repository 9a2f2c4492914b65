"""`exam.json`: written whole, with a check sum; read with one clear line where it is damaged."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from app.session.errors import SessionError
from app.session.exam import FORMAT, Exam
from app.session.folder import write_whole


def write_exam(path: Path, exam: Exam, sync: bool = True) -> None:
    """Write it whole or not at all.

    Raises:
        OSError: it cannot be written; the old one stands.
    """
    body = exam.model_dump(mode="json")
    body["sum"] = _sum(body)
    write_whole(path, (json.dumps(body, ensure_ascii=False, indent=1) + "\n").encode(), sync)


def read_exam(path: Path) -> Exam:
    """The exam as it was written last.

    Raises:
        SessionError: missing, damaged, or of another version.
    """
    try:
        body = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise SessionError("exam.json is missing") from None
    except OSError as error:
        raise SessionError(f"exam.json cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise SessionError("exam.json is damaged") from error
    if not isinstance(body, dict):
        raise SessionError("exam.json is damaged")
    check_version(body.get("format"))
    if body.pop("sum", None) != _sum(body):
        raise SessionError("exam.json is damaged: its check sum is another one")
    try:
        return Exam.model_validate(body)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise SessionError(f"exam.json is damaged at {where}") from error


class OtherVersionError(SessionError):
    """Written by a newer or an older program; nothing is wrong with it."""


def check_version(stored: Any) -> None:
    """Whether this program can read exams of that format.

    Raises:
        OtherVersionError: it cannot, in words.
        SessionError: that is the format of no exam.
    """
    if stored == FORMAT:
        return
    parts = re.fullmatch(r"philtrum-exam/(\d+)", stored) if isinstance(stored, str) else None
    if parts is None:
        raise SessionError("exam.json is damaged: it does not say that it is an exam")
    age = "newer" if int(parts[1]) > int(FORMAT.rpartition("/")[2]) else "older"
    raise OtherVersionError(f"written by {'a newer' if age == 'newer' else 'an older'} program ({stored}); "
                            f"this one reads {FORMAT}")  # fmt: skip


def _sum(body: dict[str, Any]) -> str:
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
