"""The file system's faults: full, failing and slow disks. Nothing that was written is lost."""

from __future__ import annotations

import errno
import io
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, cast

import pytest

from app.session.disk import EXAM_S, Boundary, exam_pause_s
from app.session.folder import open_new
from app.session.recorder import RecordingSettings
from app.session.store import ExamStore
from capture.source import EndOfSource
from tests.app.session.conftest import Hands, fresh_reader, look


class Quota(io.RawIOBase):
    """A file on a disk with so many bytes left."""

    def __init__(self, file: BinaryIO, left: list[int]) -> None:
        self._file = file
        self._left = left

    def write(self, data: Any) -> int:
        size = len(data)
        if size > self._left[0]:
            part = self._file.write(bytes(data)[: self._left[0]]) if self._left[0] else 0
            self._left[0] = 0
            if part:
                return part
            raise OSError(errno.ENOSPC, "No space left on device")
        self._left[0] -= size
        return self._file.write(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def fileno(self) -> int:
        return self._file.fileno()

    def close(self) -> None:
        self._file.close()
        super().close()


def store_on(tmp_path: Path, hands: Hands, boundary: Boundary) -> ExamStore:
    return ExamStore(tmp_path / "exams", boundary=boundary, now_s=hands.now_s, now_ns=lambda: hands.now_ns)


def read_all(store: ExamStore, exam_id: str) -> int:
    opened, count = store.open(exam_id), 0
    with opened.source() as source:
        try:
            while True:
                count += source.read() is not None
        except EndOfSource as end:
            assert end.missing is None
    assert opened.check() == ()
    return count


def test_a_disk_that_runs_full_in_mid_write_loses_nothing_written_before(
    tmp_path: Path, hands: Hands
) -> None:
    left = [400_000]
    boundary = Boundary(
        open_video=lambda path: cast(BinaryIO, Quota(open_new(path), left)), free_bytes=lambda path: 1 << 40
    )
    store = store_on(tmp_path, hands, boundary)
    writer, evidence = store.new_exam(recording=RecordingSettings(segment_s=1.0)), fresh_reader()
    look(writer, hands, evidence, 120)
    writer.note("still heard")
    exam = writer.close()
    assert "the disk takes no more video (no space left on device)" in writer.state.trouble
    assert any("no space left" in line for line in exam.troubles)
    counts = exam.counts
    assert counts.offered == 120 == counts.stored + counts.lost + counts.stopped
    assert counts.stopped > 0
    opened = store.open(writer.id)
    assert [note.text for note in opened.exam.notes] == ["still heard"]
    assert len(opened.prediction_rows()) == 120, "scores go on"
    # The cluster that did not fit is lost, half a second at most; all others are there.
    assert counts.stored - 16 <= read_all(store, writer.id) <= counts.stored


def test_recording_stops_ahead_of_a_full_disk_and_says_so(tmp_path: Path, hands: Hands) -> None:
    free = [10**9 + 50_000_000]
    looked = threading.Event()

    def free_bytes(path: Path) -> int:
        looked.set()
        return free[0]

    store = store_on(tmp_path, hands, Boundary(free_bytes=free_bytes))
    writer = store.new_exam(recording=RecordingSettings(reserve_bytes=10**9))
    writer.offer(hands.scan())
    assert looked.wait(5)
    assert writer.state.recording
    free[0] = 10**9 - 1
    looked.clear()
    assert looked.wait(5), "free space is watched while recording"
    for _ in range(100):
        if not writer.state.recording:
            break
        threading.Event().wait(0.02)
    assert "the disk is almost full (1.0 GB left)" in writer.state.trouble
    writer.offer(hands.scan())
    free[0] = 1 << 40
    exam = writer.close()
    assert (exam.counts.stored, exam.counts.stopped) == (1, 1)
    assert read_all(store, writer.id) == 1


def test_recording_can_be_asked_for_again_when_there_is_room(tmp_path: Path, hands: Hands) -> None:
    free = [0]
    store = store_on(tmp_path, hands, Boundary(free_bytes=lambda path: free[0]))
    writer = store.new_exam()
    for _ in range(200):
        if writer.state.trouble:
            break
        threading.Event().wait(0.02)
    assert not writer.state.recording
    free[0] = 1 << 40
    writer.set_recording("exam")
    assert writer.state.recording and not writer.state.trouble
    writer.offer(hands.scan())
    assert writer.close().counts.stored == 1


def test_a_slow_disk_costs_recorded_frames_and_holds_nobody_up(tmp_path: Path, hands: Hands) -> None:
    gate, stuck = threading.Event(), threading.Event()

    class Slow(Quota):
        def write(self, data: Any) -> int:
            stuck.set()
            gate.wait(10)
            return super().write(data)

    boundary = Boundary(
        open_video=lambda path: cast(BinaryIO, Slow(open_new(path), [1 << 40])),
        free_bytes=lambda path: 1 << 40,
    )
    store = store_on(tmp_path, hands, boundary)
    writer, evidence = store.new_exam(recording=RecordingSettings(coded_bytes=60_000)), fresh_reader()
    look(writer, hands, evidence, 1)
    assert stuck.wait(5)
    look(writer, hands, evidence, 60)
    for _ in range(300):
        if writer.state.counts.lost:
            break
        threading.Event().wait(0.02)
    assert writer.state.counts.lost > 0
    gate.set()
    exam = writer.close()
    counts = exam.counts
    assert counts.offered == 61 == counts.stored + counts.lost
    assert counts.lost > 0
    assert len(store.open(writer.id).prediction_rows()) == 61, "every score is there"
    assert read_all(store, writer.id) == counts.stored


def test_a_journal_that_cannot_be_written_waits_and_is_written_later(
    tmp_path: Path, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = threading.Event()
    real: Callable[[int, Any], int] = os.write

    def write(fd: int, data: Any) -> int:
        if full.is_set():
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(fd, data)

    store = store_on(tmp_path, hands, Boundary(free_bytes=lambda path: 1 << 40))
    writer = store.new_exam()
    monkeypatch.setattr(os, "write", write)
    full.set()
    writer.note("while the disk was full")
    for _ in range(300):
        if writer.state.trouble:
            break
        threading.Event().wait(0.02)
    assert writer.state.trouble == "the exam waits for the disk (no space left on device)"
    full.clear()
    writer.note("afterwards")
    writer.close()
    opened = store.open(writer.id)
    assert opened.check() == ()
    assert [note.text for note in opened.exam.notes] == ["while the disk was full", "afterwards"]


def test_all_threads_have_names_and_end(tmp_path: Path, hands: Hands) -> None:
    writer = store_on(tmp_path, hands, Boundary()).new_exam()
    ours = {"exam-recorder", "exam-disk", "exam-sync"}
    for _ in range(200):
        if ours <= {thread.name for thread in threading.enumerate()}:
            break
        threading.Event().wait(0.02)
    assert ours <= {thread.name for thread in threading.enumerate()}
    writer.close()
    assert not ours & {thread.name for thread in threading.enumerate()}


def test_a_long_exam_is_put_together_more_seldom() -> None:
    assert exam_pause_s(0.001) == EXAM_S
    assert exam_pause_s(0.1) == pytest.approx(50)
