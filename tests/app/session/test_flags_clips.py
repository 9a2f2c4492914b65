from __future__ import annotations

from collections.abc import Callable

from app.session.store import ExamStore
from app.session.writer import ExamWriter
from inference.evidence_types import Flag, Verdict
from tests.app.session.conftest import SECOND, Hands, fresh_reader, look

NewExam = Callable[..., ExamWriter]


def test_a_flag_is_kept_with_picture_clip_and_audit_line(
    store: ExamStore, new_exam: NewExam, hands: Hands
) -> None:
    writer, reader = new_exam(), fresh_reader()
    look(writer, hands, reader, 60, score=0.9)
    look(writer, hands, reader, 60, score=0.05)
    writer.override("A", 1, "disagree", "a cord")
    writer.close()
    exam = store.open(writer.id).exam
    assert [(flag.number, flag.fetus, flag.open) for flag in exam.flags] == [(1, "A", False)]
    assert any(kept.key == "flag:A:1" and kept.file for kept in exam.kept)
    assert any(clip.why == "flag:A:1" for clip in exam.clips)
    assert exam.verdicts["A"].verdict is Verdict.LIP_SUSPECT_ALONE
    assert [(o.flag, o.call, o.comment) for o in exam.overrides] == [(1, "disagree", "a cord")]
    log = store.open(writer.id).folder.audit.read_text()
    assert '"what":"flag"' in log and '"what":"override"' in log
    assert "a cord" not in log, "no free text in the audit log"


def test_a_flag_that_goes_on_makes_its_clip_longer_and_is_told_once_a_second(
    store: ExamStore, new_exam: NewExam, hands: Hands
) -> None:
    writer, reader = new_exam(), fresh_reader()
    look(writer, hands, reader, 150, score=0.9)
    ended_ns = hands.now_ns
    writer.close()
    opened = store.open(writer.id)
    (flag,) = opened.exam.flags
    clip = next(one for one in opened.exam.clips if one.why == "flag:A:1")
    assert flag.open and flag.last_ns == ended_ns
    assert (clip.from_ns, clip.to_ns) == (writer.exam.started_ns, ended_ns + SECOND)
    assert 2 <= opened.folder.journal.read_text().count('"what":"flag"') <= 7, "150 pictures in 5 s"


def test_a_flag_by_hand_is_numbered_on(store: ExamStore, new_exam: NewExam, hands: Hands) -> None:
    writer, reader = new_exam(), fresh_reader()
    look(writer, hands, reader, 60, score=0.9)
    latched: Flag = reader.latest.flags[0]
    writer.flag(latched)
    writer.close()
    exam = store.open(writer.id).exam
    assert [(flag.number, flag.open) for flag in exam.flags] == [(1, True), (2, False)]
    assert exam.flags[1].best_ns == latched.best.scan.frame.captured_ns
    assert any(kept.key == "flag:A:2" and kept.file for kept in exam.kept)
