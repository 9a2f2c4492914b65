"""The page's lists as rows, and the send queue in words."""

from __future__ import annotations

from collections.abc import Sequence

from app.language import translate
from app.pacs_settings import Use
from app.pacs_view.letters import (
    Answer,
    Arrived,
    Brought,
    Cine,
    Expected,
    Failed,
    NobodyToAsk,
    QueueState,
    Studies,
    Study,
    Worklist,
)
from app.review.exam_table import Cell, local, verdict_cell
from app.session.index import ExamRow
from app.theme import BRIGHT, PLAIN, QUIET

Rows = list[tuple[str, Sequence[Cell]]]


def worklist_heads() -> list[str]:
    return [
        translate("Pacs", "Time"), translate("Pacs", "Name"), translate("Pacs", "ID"),
        translate("Pacs", "Examination"), translate("Pacs", "Station"),
    ]  # fmt: skip


def worklist_rows(items: Sequence[Expected]) -> Rows:
    return [
        (
            str(at),
            [
                (item.start, BRIGHT), (item.name.replace("^", " ").strip(), BRIGHT), (item.id, PLAIN),
                (item.description, PLAIN), (item.station, QUIET),
            ],
        )
        for at, item in enumerate(items)
    ]  # fmt: skip


def study_heads() -> list[str]:
    return [
        translate("Pacs", "Day"), translate("Pacs", "Name"), translate("Pacs", "ID"),
        translate("Pacs", "Study"), translate("Pacs", "Objects"),
    ]  # fmt: skip


def study_rows(items: Sequence[Study]) -> Rows:
    return [
        (
            str(at),
            [
                (item.day, BRIGHT), (item.name.replace("^", " ").strip(), BRIGHT), (item.id, PLAIN),
                (item.description, PLAIN), ("" if item.objects is None else str(item.objects), QUIET),
            ],
        )
        for at, item in enumerate(items)
    ]  # fmt: skip


def cine_heads() -> list[str]:
    return [translate("Pacs", "Number"), translate("Pacs", "Kind"), translate("Pacs", "Size")]


def cine_rows(items: Sequence[Cine]) -> Rows:
    return [
        (
            str(at),
            [
                ("" if item.number is None else str(item.number), BRIGHT), (cine_words(item), PLAIN),
                (item.size, QUIET),
            ],
        )
        for at, item in enumerate(items)
    ]  # fmt: skip


def arrived_heads() -> list[str]:
    return [
        translate("Pacs", "Time"), translate("Pacs", "From"), translate("Pacs", "Kind"),
        translate("Pacs", "Size"),
    ]  # fmt: skip


def arrived_rows(items: Sequence[Arrived]) -> Rows:
    return [
        (
            str(item.cine.path),
            [
                (item.at, BRIGHT), (item.calling, PLAIN), (cine_words(item.cine), PLAIN),
                (item.cine.size, QUIET),
            ],
        )
        for item in items
    ]  # fmt: skip


def cine_words(item: Cine) -> str:
    if item.frames < 2:
        return translate("Pacs", "picture")
    return translate("Pacs", "cine, {frames} frames").format(frames=item.frames)


def exam_heads() -> list[str]:
    return [translate("Pacs", "Exam"), translate("Pacs", "Started"), translate("Pacs", "Verdict")]


def exam_rows(rows: Sequence[ExamRow]) -> Rows:
    return [(row.id, [(row.id, BRIGHT), (local(row.started), PLAIN), verdict_cell(row)]) for row in rows]


def queue_words(state: QueueState) -> str:
    """The send queue in one line."""
    parts = []
    if state.waiting:
        parts.append(translate("Pacs", "{count} wait to be sent").format(count=state.waiting))
    if state.unconfirmed:
        parts.append(translate("Pacs", "{count} sent, not confirmed yet").format(count=state.unconfirmed))
    if state.failed:
        parts.append(translate("Pacs", "{count} failed").format(count=state.failed))
    if state.done:
        parts.append(translate("Pacs", "{count} sent in the last 30 days").format(count=state.done))
    return "   ·   ".join(parts) or translate("Pacs", "Nothing waits to be sent")


def answer_words(answer: Answer) -> str:
    """An answer in one line, below its list or in place of it; empty where the list says it all."""
    if isinstance(answer, Failed):
        return answer.line
    if isinstance(answer, NobodyToAsk):
        return nobody_words(answer)
    if isinstance(answer, Brought):
        return _brought_words(answer)
    if not isinstance(answer, Worklist | Studies):
        return ""
    if not answer.items and isinstance(answer, Worklist):
        return translate("Pacs", "Nobody is expected then. An exam can begin without an entry, too")
    if not answer.items:
        return translate("Pacs", "No study was found: ask for other days, or look for a patient's ID")
    said = translate("Pacs", "{count} found").format(count=len(answer.items))
    if answer.more:
        said += translate("Pacs", ", and there are more: narrow the search")
    return said


def nobody_words(answer: NobodyToAsk) -> str:
    """What to enter, and where."""
    words: dict[Use, str] = {
        "worklist": translate("Pacs", "No worklist is set up yet."),
        "query": translate("Pacs", "No PACS to look in is set up yet."),
        "store": translate("Pacs", "No PACS to send to is set up yet."),
    }
    how = translate(
        "Pacs",
        "{what} Enter its address in the file pacs.json in {folder}, with “{use}” among what it is for; "
        "the log has an example.",
    )
    said = how.format(what=words.get(answer.use, ""), folder=str(answer.folder), use=answer.use)
    return said.strip()


def _brought_words(answer: Brought) -> str:
    if not answer.cines and not answer.left:
        return translate("Pacs", "This study has no cine and no picture")
    said = translate("Pacs", "{count} came").format(count=len(answer.cines))
    if answer.left:
        said += translate("Pacs", ", {count} did not come").format(count=answer.left)
    return said
