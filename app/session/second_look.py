"""Exams that ask for an expert: the queue, one de-identified folder for each, and the answer read back."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.session.errors import SessionError
from app.session.exam import Answer, Call, Clip, Exam, utc
from app.session.folder import open_new, write_whole
from app.session.index import SECOND_LOOK, Filter
from app.session.playback import open_segment
from app.session.reader import ExamReader
from app.session.segment import SegmentFile
from app.session.store import ExamStore
from app.session.table import Rows
from capture.recording import DamagedFrameError
from inference.evidence_types import Status, Verdict

FORMAT = "philtrum-second-look/1"
AROUND_NS = 1_000_000_000
Order = Literal["started", "operator", "preset", "verdict"]


@dataclass(frozen=True, slots=True)
class QueueItem:
    """One fetus that waits for an expert."""

    exam: str
    started: str
    fetus: str
    operator: str
    preset: str
    verdict: str
    reason: str
    """In words."""


class _FetusAnswer(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    fetus: str
    call: Call | Literal[""] = ""
    confidence: int | None = Field(default=None, ge=0, le=100)
    comment: str = ""


class _AnswerFile(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["philtrum-second-look/1"]
    code: str
    reader: str
    answers: tuple[_FetusAnswer, ...]


def queue(store: ExamStore, what: Filter | None = None, order: Order = "started") -> list[QueueItem]:
    """Fetuses whose verdict is ambiguous or discordant and that no expert has answered, sorted.

    Raises:
        SessionError: the index cannot be read or built.
    """
    found = [
        QueueItem(
            row.id, row.started, label, row.operator, row.preset, record.verdict.value,
            reason(record.verdict, record.lip.status, record.palate.status),
        )
        for row in store.exams(what)
        for label, record in row.record_of.items()
        if record.verdict in SECOND_LOOK and label not in row.answered
    ]  # fmt: skip
    return sorted(found, key=lambda item: (getattr(item, order), item.started, item.fetus))


def reason(verdict: Verdict, lip: Status, palate: Status) -> str:
    """Why an expert should look."""
    if verdict is Verdict.DISCORDANT:
        return "palate view flagged, lip view without a sign"
    views = [name for name, status in (("lip", lip), ("palate", palate)) if status is Status.LOOK_AGAIN]
    which = " and ".join(views) or "one"
    return f"both views shown, none flagged, {which} view between the operating points"


def code_of(exam: Exam) -> str:
    """What an exported exam is called: no date, no number, and only this store can tell which it is."""
    return hashlib.sha256(f"{exam.id} {exam.started} {exam.started_ns}".encode()).hexdigest()[:10].upper()


def export(store: ExamStore, exam_id: str, into: Path) -> Path:
    """Write one exam for an expert: best pictures, heat-maps, clips, scores; no date, name or free text.

    Args:
        store: of the exam.
        exam_id: which.
        into: a folder; the export gets one of its own in it.

    Returns:
        The new folder, with `second-look.json` to read and `answer.json` to fill in.

    Raises:
        SessionError: the exam cannot be opened, or the folder not be written.
    """
    reader = store.open(exam_id)
    code = code_of(reader.exam)
    folder = into / f"second-look-{code}"
    _write(reader, folder, code)
    store.audit(exam_id, "export", {"kind": "second-look", "code": code}, reader.exam.operator)
    return folder


@dataclass(frozen=True, slots=True)
class FolderPlan:
    """What `export` would write, for a person to look at first."""

    name: str
    lines: tuple[str, ...]
    """Every file, and every value in what an expert reads."""
    picture: bytes | None
    """The first picture, PNG."""


def plan(store: ExamStore, exam_id: str) -> FolderPlan:
    """Make the folder where nobody keeps it, and say what is in it.

    Raises:
        SessionError: the exam cannot be opened.
    """
    reader = store.open(exam_id)
    code = code_of(reader.exam)
    with tempfile.TemporaryDirectory(prefix="philtrum-preview-") as place:
        folder = Path(place) / f"second-look-{code}"
        _write(reader, folder, code)
        files = sorted(path for path in folder.iterdir())
        lines = [f"would write {path.name}: {path.stat().st_size} bytes" for path in files]
        facts = json.loads((folder / "second-look.json").read_text("utf-8"))
        lines += [f"says {line}" for line in value_lines(facts)]
        lines.append(
            "leaves out dates, operator, preset, notes, comments, readers' names, the exam's own name"
        )
        pictures = [path for path in files if path.suffix == ".png"]
        return FolderPlan(folder.name, tuple(lines), pictures[0].read_bytes() if pictures else None)


def value_lines(facts: Any, at: str = "") -> list[str]:
    """Every value of the file, one a line."""
    if isinstance(facts, dict):
        return [line for key, value in facts.items() for line in value_lines(value, f"{at}.{key}".strip("."))]
    if isinstance(facts, list):
        return [
            line for number, value in enumerate(facts, 1) for line in value_lines(value, f"{at} {number}")
        ]
    return [f"{at}: {facts}"]


def _write(reader: ExamReader, folder: Path, code: str) -> None:
    try:
        folder.mkdir(parents=True)
        pictures = _copy_pictures(reader, folder)
        clips = _copy_clips(reader, folder)
        facts = _facts(reader.exam, code) | {"pictures": pictures, "clips": clips}
        write_whole(folder / "second-look.json", _json(facts))
        blank = [
            {"fetus": label, "call": "", "confidence": None, "comment": ""} for label in reader.exam.fetuses
        ]
        write_whole(
            folder / "answer.json", _json({"format": FORMAT, "code": code, "reader": "", "answers": blank})
        )
    except OSError as error:
        why = "is there already" if isinstance(error, FileExistsError) else error.strerror
        raise SessionError(f"{folder.name} cannot be written: {why}") from error


def read_answer(store: ExamStore, folder: Path) -> Exam:
    """Take an expert's answers into the exam they are about; the exam as it is now.

    Reading the same answer twice changes nothing. A call that was left empty is no answer.

    Raises:
        SessionError: no answer, a damaged one, or one to no exam of this store.
    """
    path = folder / "answer.json"
    try:
        said = _AnswerFile.model_validate_json(path.read_bytes())
    except OSError as error:
        raise SessionError(f"{path.name} cannot be read ({error.strerror})") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "its form"
        raise SessionError(f"{path.name}: {where}: {first['msg']}") from error
    exam = _exam_of(store, said.code)
    given = [answer for answer in said.answers if answer.call]
    if not given or not said.reader:
        raise SessionError(f"{path.name}: expected a reader and at least one call, got none")
    unknown = [answer.fetus for answer in given if answer.fetus not in exam.fetuses]
    if unknown:
        raise SessionError(f"{path.name}: the exam has no fetus {unknown[0]}")
    for one in given:
        known = {(a.who, a.fetus, a.call, a.confidence, a.comment) for a in exam.answers}
        if (said.reader, one.fetus, one.call, one.confidence, one.comment) in known:
            continue
        answer = Answer(
            at=utc(path.stat().st_mtime), who=said.reader, fetus=one.fetus, call=one.call or "unsure",
            confidence=one.confidence, comment=one.comment,
        )  # fmt: skip
        exam = store.amend(exam.id, "answer", answer.model_dump(mode="json"), said.reader)
    return exam


def _exam_of(store: ExamStore, code: str) -> Exam:
    for row in store.exams(Filter(limit=1_000_000)):
        if row.second_look or row.answered:
            exam = store.open(row.id).exam
            if code_of(exam) == code:
                return exam
    raise SessionError(f"answer {code}: there is no exam of this code that asked for a second look")


def _facts(exam: Exam, code: str) -> dict[str, Any]:
    """What an expert needs, by times from the start of the exam."""
    return {
        "format": FORMAT,
        "code": code,
        "notice": "Research and training use. Not a medical device, not a diagnosis.",
        "gestational_age_weeks": exam.gestational_age_weeks,
        "model": None if exam.model is None else exam.model.model_dump(mode="json"),
        "software": exam.software,
        "fetuses": [
            r.model_dump(mode="json") | {"reason": reason(r.verdict, r.lip.status, r.palate.status)}
            for r in exam.verdicts.values()
        ],
        "flags": [
            {"fetus": flag.fetus, "number": flag.number, "view": flag.view, "peak": flag.peak,
             "from_s": round(exam.seconds(flag.first_ns), 3), "to_s": round(exam.seconds(flag.last_ns), 3)}
            for flag in exam.flags
        ],
    }  # fmt: skip


def _copy_pictures(reader: ExamReader, folder: Path) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for number, kept in enumerate(sorted(reader.exam.kept, key=lambda one: one.captured_ns), 1):
        if kept.file is None or not (reader.folder.path / kept.file).is_file():
            continue
        name = f"picture-{number:02d}"
        shutil.copyfile(reader.folder.path / kept.file, folder / f"{name}.png")
        heat = kept.heatmap is not None and (reader.folder.path / kept.heatmap).is_file()
        if heat and kept.heatmap is not None:
            shutil.copyfile(reader.folder.path / kept.heatmap, folder / f"{name}.npz")
        made.append(
            {"file": f"{name}.png", "heatmap": f"{name}.npz" if heat else None, "kind": kept.kind,
             "fetus": kept.fetus, "view": kept.view, "score": kept.score, "quality": kept.quality,
             "at_s": round(reader.exam.seconds(kept.captured_ns), 3)}
        )  # fmt: skip
    return made


def _copy_clips(reader: ExamReader, folder: Path) -> list[dict[str, Any]]:
    """Every clip, and a second round each best picture where there is no clip."""
    exam, rows = reader.exam, reader.frames()

    def seconds(captured_ns: int) -> float:
        return round(exam.seconds(captured_ns), 3)

    wanted = exam.clips or tuple(
        Clip(number=n, fetus=kept.fetus, why=kept.key, from_ns=kept.captured_ns - AROUND_NS,
             to_ns=kept.captured_ns + AROUND_NS)
        for n, kept in enumerate(exam.kept, 1)
    )  # fmt: skip
    made: list[dict[str, Any]] = []
    for clip in wanted:
        mine = rows[(rows["captured_ns"] >= clip.from_ns) & (rows["captured_ns"] <= clip.to_ns)]
        for number in sorted({int(segment) for segment in mine["segment"]}):
            name = f"clip-{len(made) + 1:02d}.mkv"
            if _copy_part(reader, number, mine[mine["segment"] == number], folder / name):
                made.append(
                    {"file": name, "fetus": clip.fetus, "why": clip.why,
                     "from_s": seconds(clip.from_ns), "to_s": seconds(clip.to_ns)}
                )  # fmt: skip
    return made


def _copy_part(reader: ExamReader, number: int, rows: Rows, path: Path) -> bool:
    """Some pictures of a segment in a file that says nothing of where and when they are from."""
    segment = reader.segments[number]
    stamps = {int(pts) for pts in rows["pts_ms"]}
    try:
        with open_segment(reader.folder.path / segment.file) as container:
            stream = container.streams.video[0]
            container.seek(min(stamps), stream=stream, backward=True)
            out = SegmentFile(path, open_new, segment.codec, segment.width, segment.height, {})
            for packet in container.demux(stream):
                if packet.pts is not None and packet.pts in stamps:
                    out.add(bytes(packet), packet.pts - min(stamps))
                if packet.pts is None or packet.pts >= max(stamps):
                    break
            out.close()
    except DamagedFrameError:
        return False
    return True


def _json(body: dict[str, Any]) -> bytes:
    return (json.dumps(body, ensure_ascii=False, indent=2) + "\n").encode()
