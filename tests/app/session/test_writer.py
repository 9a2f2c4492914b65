from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.session.exam import ModelUsed
from app.session.folder import ExamFolder
from app.session.reader import ExamReader
from app.session.recorder import RecordingSettings
from app.session.sector import sector_pixels
from app.session.store import ExamStore
from app.session.synthetic import prediction_of
from app.session.table import COUNTED, STARTS
from app.session.writer import ExamWriter
from capture.frame import make_frame
from capture.geometry import Box, Region
from capture.scan import Scan, Signal
from inference.evidence_types import Status, Verdict
from tests.app.session.conftest import SECOND, Hands, fresh_reader, look

NewExam = Callable[..., ExamWriter]
MODEL = ModelUsed(name="m", version="1", sha256="0" * 64, synthetic=True, provider="CPU", precision="fp32")


def test_an_exam_is_on_disk_with_all_that_was_told(store: ExamStore, new_exam: NewExam, hands: Hands) -> None:
    writer, reader = new_exam(settings={"heatmap": "contour"}), fresh_reader()
    writer.set_model(MODEL)
    look(writer, hands, reader, 40)
    look(writer, hands, reader, 40, "palate")
    kept = hands.scan()
    writer.offer(kept)
    key = writer.keep(kept, prediction_of(kept), Status.NO_SIGN)
    writer.note("a note", kept.frame.captured_ns)
    writer.set_facts(gestational_age_weeks=22.5)
    made = writer.close()

    opened = store.open(writer.id)
    assert opened.check() == ()
    exam = opened.exam
    assert exam.model_dump(exclude={"audit"}) == made.model_dump(exclude={"audit"})
    assert (exam.state, exam.operator, exam.preset, exam.gestational_age_weeks) == (
        "closed",
        "AB",
        "test",
        22.5,
    )
    assert exam.model == MODEL
    assert exam.settings == {"heatmap": "contour"}
    assert [note.text for note in exam.notes] == ["a note"]
    assert exam.verdicts["A"].verdict is Verdict.NO_SIGN_SHOWN
    assert exam.verdicts["A"].complete_s is not None
    assert (exam.counts.offered, exam.counts.stored, exam.counts.lost) == (81, 81, 0)
    assert len(opened.frames()) == 81
    rows = opened.prediction_rows()
    assert len(rows) == 80
    assert (opened.predictions_of_frames()[:80] == np.arange(80)).all()
    assert opened.predictions_of_frames()[80] == -1, "the last frame was never predicted by the pipeline"
    assert (rows["flags"] & COUNTED).sum() == exam.verdicts["A"].counted > 60
    by_hand = next(one for one in opened.kept() if one.facts.key == key)
    pixels, heat = by_hand.pixels(), by_hand.heatmap()
    assert pixels is not None and heat is not None
    assert (pixels == sector_pixels(kept.frame.pixels, kept.region)).all(), "kept without loss"
    assert (heat.placement.x0, heat.placement.y0) == (0.0, 0.0), "in pixels of the picture"
    assert heat.values.max() == pytest.approx(0.1, abs=1e-3)


def test_times_are_exact_and_playback_gives_the_frames_that_were_offered(
    store: ExamStore, new_exam: NewExam, hands: Hands
) -> None:
    writer = new_exam(recording=RecordingSettings(segment_s=0.7))
    offered = [hands.scan(0.02 + 0.001 * (i % 7)) for i in range(90)]
    for scan in offered:
        writer.offer(scan)
    writer.close()
    opened = store.open(writer.id)
    rows = opened.frames()
    assert rows["captured_ns"].tolist() == [scan.frame.captured_ns for scan in offered]
    assert rows["frame_index"].tolist() == [scan.frame.index for scan in offered]
    assert len(opened.segments) > 2, "segments are short here"
    with opened.source() as source:
        assert source.info.frames == 90
        times = [(scan.frame.captured_ns - offered[0].frame.captured_ns) / 1e9 for scan in offered]
        assert source.times_s == pytest.approx(times, abs=1e-9)
        for index in (0, 50, 49, 51, 89, 3, 4, 5):
            source.seek(index)
            frame = source.read()
            assert frame is not None and frame.index == index
            assert hands.scans.read_number(frame.pixels) == index
            expected = sector_pixels(offered[index].frame.pixels, offered[index].region)
            assert np.abs(frame.pixels.astype(int) - expected).mean() < 2
            region = source.region(index)
            assert region.fits(frame.width, frame.height)
            assert frame.mm_per_px == 0.1


def test_nothing_outside_of_the_sector_is_stored(store: ExamStore, new_exam: NewExam, hands: Hands) -> None:
    writer = new_exam()
    whole = hands.scan()
    whole = Scan(whole.frame, Region.whole(320, 240), whole.scan_index, False, whole.signal)
    writer.offer(whole)
    key = writer.keep(whole, None)
    scan = hands.scan()
    writer.offer(scan)
    writer.close()
    opened = store.open(writer.id)
    assert (opened.exam.counts.no_sector, opened.exam.counts.stored) == (1, 1)
    kept = next(one for one in opened.kept() if one.facts.key == key)
    assert kept.facts.file is None and kept.pixels() is None
    with opened.source() as source:
        frame = source.read()
        assert frame is not None
        inside = sector_pixels(np.full((240, 320), 255, np.uint8), scan.region) > 0
        assert frame.pixels[~inside].max() < 40, "black, but for the edge's coding noise"
        assert not (~inside).all() and (~inside).any()
    assert not list(opened.folder.kept.iterdir())


def test_repeats_are_stored_once_and_every_frame_is_accounted_for(
    store: ExamStore, new_exam: NewExam, hands: Hands
) -> None:
    hands.scans = type(hands.scans)(320, 240, repeats=3)
    writer = new_exam()
    for _ in range(30):
        writer.offer(hands.scan())
    writer.close()
    exam = store.open(writer.id).exam
    assert (exam.counts.offered, exam.counts.stored, exam.counts.repeats) == (30, 10, 20)


def test_offering_takes_a_reference_and_never_waits(new_exam: NewExam, hands: Hands) -> None:
    """With the recorder's thread held up, frames are counted as lost and `offer` returns all the same."""
    gate = threading.Event()
    size = 320 * 240
    writer = new_exam(recording=RecordingSettings(queue_bytes=3 * size))
    inner: Any = writer._recorder
    real = inner._coded
    busy = threading.Event()

    def slow(item: object) -> object:
        busy.set()
        gate.wait(10)
        return real(item)

    inner._coded = slow
    first = hands.scan()
    writer.offer(first)
    assert busy.wait(5)
    waiting = [hands.scan() for _ in range(8)]
    for scan in waiting:
        writer.offer(scan)
    assert writer.state.counts.lost == 5
    assert any(item.scan is waiting[0] for item in inner._queue), "the very same object"
    gate.set()
    exam = writer.close()
    assert (exam.counts.offered, exam.counts.stored, exam.counts.lost) == (9, 4, 5)


def test_a_kill_while_the_scanner_is_frozen_costs_no_picture(
    store: ExamStore, new_exam: NewExam, hands: Hands, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("app.session.video.REST_S", 0.05)
    writer = new_exam()
    for _ in range(5):
        writer.offer(hands.scan())
    frozen = writer.exam.segments
    for _ in range(400):
        frozen = writer.exam.segments
        if frozen and frozen[-1].frames is not None:
            break
        threading.Event().wait(0.02)
    assert sum(segment.frames or 0 for segment in frozen) == 5, "the file is ended while no picture comes"
    threading.Event().wait(0.3)  # two turns of the disk's thread
    folder = store.open(writer.id).folder.path
    shutil.copytree(folder, tmp_path / "2026" / writer.id)
    left = ExamReader(ExamFolder(tmp_path / "2026" / writer.id))
    assert len(left.frames()) == 5 and left.problems == ()
    writer.offer(hands.scan())
    writer.close()
    rows = store.open(writer.id).frames()
    assert len(rows) == 6 and rows["flags"].sum() == STARTS, "one stretch all the same"


def test_clips_are_stored_with_a_second_round_them(store: ExamStore, new_exam: NewExam, hands: Hands) -> None:
    writer = new_exam(recording=RecordingSettings(mode="clips"))
    scans = [hands.scan(0.1) for _ in range(100)]
    for at, scan in enumerate(scans):
        writer.offer(scan)
        if at == 50:
            writer.keep(scan, None)
    exam = writer.close()
    rows = store.open(writer.id).frames()
    assert rows["frame_index"].tolist() == list(range(40, 61))
    assert rows["flags"][0] == STARTS
    clip = exam.clips[0]
    assert clip.why == "hand:1"
    assert (clip.to_ns - clip.from_ns) == 2 * SECOND
    assert exam.counts.unwanted == 79
    counts = exam.counts
    assert counts.offered == counts.stored + counts.unwanted


def test_recording_all_takes_in_the_ten_seconds_before(
    store: ExamStore, new_exam: NewExam, hands: Hands
) -> None:
    writer = new_exam(recording=RecordingSettings(mode="clips"))
    for _ in range(150):
        writer.offer(hands.scan(0.1))
    writer.set_recording("exam")
    for _ in range(10):
        writer.offer(hands.scan(0.1))
    writer.set_recording("off")
    writer.offer(hands.scan(0.1))
    writer.close()
    rows = store.open(writer.id).frames()
    assert rows["frame_index"].tolist() == list(range(49, 160))
    assert rows["flags"].sum() == STARTS, "one stretch"


def test_nothing_runs_over_to_the_next_fetus(store: ExamStore, new_exam: NewExam, hands: Hands) -> None:
    writer, reader = new_exam(), fresh_reader()
    look(writer, hands, reader, 60, score=0.9)
    late = prediction_of(hands.scan(), "lip", 0.9)
    hands.tick(0.01)
    assert writer.new_fetus() == "B"
    writer.predicted(late, reader.latest)
    reader.reset()
    look(writer, hands, reader, 40, "lip", 0.05)
    look(writer, hands, reader, 40, "palate", 0.05)
    writer.set_fetus("A")
    reader.reset()
    look(writer, hands, reader, 40, "palate", 0.05)
    writer.close()
    opened = store.open(writer.id)
    exam = opened.exam
    assert exam.fetuses == ("A", "B")
    assert exam.verdicts["A"].verdict is Verdict.SUSPECT_LIP, (
        "lip from the first look, palate from the second"
    )
    assert exam.verdicts["B"].verdict is Verdict.NO_SIGN_SHOWN
    assert {flag.fetus for flag in exam.flags} == {"A"}
    rows = opened.prediction_rows()
    assert int(late.scan.frame.captured_ns) not in rows["captured_ns"].tolist()
    assert set(rows["fetus"].tolist()) == {0, 1}


def test_a_closed_exam_takes_no_more(new_exam: NewExam, hands: Hands) -> None:
    writer = new_exam()
    writer.close()
    writer.offer(hands.scan())
    with pytest.raises(ValueError, match="was closed"):
        writer.note("too late")
    assert writer.close() is writer.close()


def test_depth_marks_beside_the_scan_are_measured_before_they_are_masked(
    store: ExamStore, new_exam: NewExam, hands: Hands
) -> None:
    writer = new_exam()
    region = Region(Box(40, 20, 260, 230), 320, 240)
    pixels = np.zeros((240, 320), np.uint8)
    pixels[20:230, 40:260] = 90
    pixels[20:230:25, 290:298] = 255
    for index in range(3):
        hands.tick(0.03)
        writer.offer(Scan(make_frame(index, hands.now_ns, pixels), region, index, False, Signal.MOVING))
    writer.close()
    with store.open(writer.id).source() as video:
        assert video.region(0).mm_per_px is None
        assert video.ticks_px(0) == pytest.approx(25.0, abs=0.2)
        frame = video.read()
    assert frame is not None and frame.pixels.max() < 200, "the marks are not stored"
