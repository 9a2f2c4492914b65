"""The page's lists as rows, and the send queue in words."""

from __future__ import annotations

from collections.abc import Sequence

from app.language import translate
from app.pacs_view.letters import Cine, Expected, QueueState, Study
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
                ("" if item.number is None else f"{item.number:4d}", BRIGHT), (cine_words(item), PLAIN),
                (item.size, QUIET),
            ],
        )
        for at, item in enumerate(items)
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
