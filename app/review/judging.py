"""What a person says of a flag, as it is stored. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from app.session.exam import Exam, FlagRecord, Override

Word = Literal["agree", "disagree", "unsure"]
SIDES = ("", "image left", "image right", "both", "median")
"""As the picture shows it: whose left that is depends on how the fetus lies."""
KINDS = ("", "lip", "lip and alveolus", "lip and palate", "palate")


@dataclass(frozen=True, slots=True)
class Judgement:
    """A call with what was annotated."""

    call: Word
    comment: str = ""
    side: str = ""
    kind: str = ""


def flag_name(exam: Exam, flag: FlagRecord) -> str:
    """Its number, with the letter of the fetus where there are several."""
    return f"{flag.fetus}{flag.number}" if len(exam.fetuses) > 1 else f"{flag.number}"


def newest(exam: Exam, flag: FlagRecord) -> Override | None:
    """The last word on a flag; None before there is one."""
    said = [o for o in exam.overrides if (o.fetus, o.flag) == (flag.fetus, flag.number)]
    return said[-1] if said else None


def override(flag: FlagRecord, said: Judgement, who: str, at: str) -> dict[str, Any]:
    """The event's data, for `ExamStore.amend(id, "override", ...)`."""
    made = Override(
        at=at, who=who, fetus=flag.fetus, flag=flag.number, call=said.call, comment=said.comment,
        side=said.side, kind=said.kind,
    )  # fmt: skip
    return made.model_dump(mode="json")
