from __future__ import annotations

from collections.abc import Callable

from app.session.store import ExamStore
from app.session.synthetic import prediction_of
from app.session.writer import ExamWriter
from tests.app.session.conftest import Hands, fresh_reader, look

NewExam = Callable[..., ExamWriter]


def test_best_pictures_are_replaced_by_better_ones(store: ExamStore, new_exam: NewExam, hands: Hands) -> None:
    writer, reader = new_exam(), fresh_reader()
    look(writer, hands, reader, 60, quality=0.5)
    look(writer, hands, reader, 60, quality=0.9)
    assert [round(one.prediction.quality or 0, 1) for one in writer.best("lip")] == [0.9, 0.9, 0.9]
    writer.close()
    exam = store.open(writer.id).exam
    best = sorted((kept for kept in exam.kept if kept.kind == "best"), key=lambda kept: kept.rank)
    assert [kept.rank for kept in best] == [1, 2, 3]
    assert {kept.quality for kept in best} == {0.9}
    folder = store.open(writer.id).folder
    assert {f"kept/{path.name}" for path in folder.kept.glob("*.png")} == {kept.file for kept in best}, (
        "pictures that lost their place are gone"
    )
    assert len(list(folder.kept.iterdir())) == 6


def test_a_picture_kept_twice_is_one_that_gets_its_prediction(
    store: ExamStore, new_exam: NewExam, hands: Hands
) -> None:
    writer = new_exam()
    scan, other = hands.scan(), hands.scan()
    key = writer.keep(scan, None)
    assert writer.keep(other, None) != key
    assert writer.keep(scan, prediction_of(scan, "lip", 0.7)) == key
    writer.close()
    exam = store.open(writer.id).exam
    assert [kept.key for kept in exam.kept] == [key, "hand:2"]
    assert (exam.kept[0].view, exam.kept[0].score) == ("lip", 0.7)
    assert exam.kept[1].score is None
    assert [clip.why for clip in exam.clips] == [key, "hand:2"], "one clip each"
