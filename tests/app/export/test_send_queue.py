"""The queue on disk: nothing is lost by restarts, kills, outages or a PACS that thinks better of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app.export.send_queue import BACK_OFF_S, CONFIRMED_WITHIN_S, QueueError, SendQueue
from app.export.store import NotAnObjectError
from tests.capture.dicom_net.objects import PLANTED, cine, still


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_an_object_is_taken_over_and_outlives_a_restart(tmp_path: Path, clock: Clock) -> None:
    cine(tmp_path / "cine.dcm")
    body = (tmp_path / "cine.dcm").read_bytes()
    with SendQueue(tmp_path / "outbox", clock) as queue:
        number = queue.add(tmp_path / "cine.dcm", "pacs", confirm=True)
    (tmp_path / "cine.dcm").unlink()
    with SendQueue(tmp_path / "outbox", clock) as queue:
        (job,) = queue.due("waiting")
        assert (job.number, job.peer, job.confirm, job.attempts) == (number, "pacs", True, 0)
        assert job.path.read_bytes() == body
    names = [path.name for path in (tmp_path / "outbox").rglob("*")]
    assert not any(planted in name for name in names for planted in PLANTED)


def test_back_off_without_end(tmp_path: Path, clock: Clock) -> None:
    still(tmp_path / "still.dcm")
    with SendQueue(tmp_path / "outbox", clock) as queue:
        queue.add(tmp_path / "still.dcm", "pacs")
        waits = []
        for _ in range(len(BACK_OFF_S) + 3):
            (job,) = queue.due("waiting")
            queue.not_stored(job, "pacs: nothing listens there", again=True)
            assert queue.due("waiting") == []
            due = queue.next_at()
            assert due is not None
            waits.append(due - clock.now)
            clock.now = due
        assert waits == [*BACK_OFF_S, BACK_OFF_S[-1], BACK_OFF_S[-1], BACK_OFF_S[-1]]
        (job,) = queue.due("waiting")
        assert job.words == "pacs: nothing listens there"
        queue.stored(job)
        assert queue.counts() == {"done": 1}
        assert not job.path.exists()
        assert queue.next_at() is None


def test_failed_for_good_until_a_person_says_otherwise(tmp_path: Path, clock: Clock) -> None:
    still(tmp_path / "still.dcm")
    with SendQueue(tmp_path / "outbox", clock) as queue:
        number = queue.add(tmp_path / "still.dcm", "pacs")
        queue.not_stored(queue.due("waiting")[0], "it cannot understand the data", again=False)
        clock.now += 1e6
        assert queue.due("waiting") == []
        assert queue.jobs()[0].path.exists()
        assert queue.retry(number) == 1
        assert len(queue.due("waiting")) == 1
        assert queue.retry(99) == 0
        assert queue.remove(number) and not queue.remove(number)
        assert list((tmp_path / "outbox" / "objects").iterdir()) == []


def test_commitment(tmp_path: Path, clock: Clock) -> None:
    for name in ("kept", "lost", "silent"):
        still(tmp_path / f"{name}.dcm")
    with SendQueue(tmp_path / "outbox", clock) as queue:
        for name in ("kept", "lost", "silent"):
            queue.add(tmp_path / f"{name}.dcm", "pacs", confirm=True)
        for job in queue.due("waiting"):
            queue.stored(job)
        jobs = queue.due("unconfirmed")
        assert len(jobs) == 3
        queue.asked(jobs, "1.2.3")
        kept, lost, silent = jobs
        assert queue.confirmed("9.9.9", [kept.instance.uid], []) == 0
        assert queue.confirmed("1.2.3", [kept.instance.uid], [lost.instance.uid]) == 2
        assert queue.confirmed("1.2.3", [kept.instance.uid], [lost.instance.uid]) == 0
        assert queue.counts() == {"done": 1, "waiting": 1, "asked": 1}
        again = queue.jobs("waiting")[0]
        assert again.number == lost.number and "does not have it" in again.words
        clock.now += CONFIRMED_WITHIN_S
        assert queue.overdue() == 1
        assert [job.number for job in queue.due("unconfirmed")] == [silent.number]
        for round_ in range(2):
            clock.now += 1000
            (job,) = queue.due("waiting")
            queue.stored(job)
            queue.asked([one for one in queue.due("unconfirmed") if one.number == lost.number], f"1.{round_}")
            queue.confirmed(f"1.{round_}", [], [lost.instance.uid])
        assert queue.jobs("failed")[0].number == lost.number


def test_two_peers_are_not_mixed(tmp_path: Path, clock: Clock) -> None:
    still(tmp_path / "still.dcm")
    with SendQueue(tmp_path / "outbox", clock) as queue:
        for peer in ("one", "two", "one"):
            queue.add(tmp_path / "still.dcm", peer)
        assert [job.peer for job in queue.due("waiting")] == ["one", "one"]


def test_what_is_no_object(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "text.dcm").write_text("no DICOM")
    with SendQueue(tmp_path / "outbox", clock) as queue:
        with pytest.raises(NotAnObjectError, match="is no DICOM object"):
            queue.add(tmp_path / "text.dcm", "pacs")
        assert queue.jobs() == []


def test_a_damaged_data_base(tmp_path: Path) -> None:
    (tmp_path / "queue.sqlite").write_bytes(b"garbage " * 1000)
    with pytest.raises(QueueError, match="is damaged"):
        SendQueue(tmp_path)


def test_tidy(tmp_path: Path) -> None:
    still(tmp_path / "still.dcm")
    with SendQueue(tmp_path / "outbox") as queue:
        queue.add(tmp_path / "still.dcm", "pacs")
        stray = tmp_path / "outbox" / "objects" / "stray.part"
        stray.write_bytes(b"half")
        os.utime(stray, (0, 0))
        queue.tidy()
        assert not stray.exists()
        assert queue.jobs()[0].path.exists()


ADDER = """
import sys
from pathlib import Path
from app.export.send_queue import SendQueue
queue = SendQueue(Path(sys.argv[1]))
while True:
    print(queue.add(Path(sys.argv[2]), "pacs"), flush=True)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="SIGKILL is of POSIX")
def test_killed_while_adding(tmp_path: Path) -> None:
    """Whatever `add` has answered for is there afterwards, whole."""
    still(tmp_path / "still.dcm", side=256)
    body = (tmp_path / "still.dcm").read_bytes()
    arguments = [sys.executable, "-c", ADDER, str(tmp_path / "outbox"), str(tmp_path / "still.dcm")]
    root = Path(__file__).resolve().parents[3]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        assert process.stdout is not None
        told = [int(process.stdout.readline()) for _ in range(5)]
        process.kill()
        told += [int(line) for line in process.stdout.read().split()]
    with SendQueue(tmp_path / "outbox") as queue:
        jobs = {job.number: job for job in queue.jobs()}
    assert set(told) <= set(jobs)
    assert all(job.path.read_bytes() == body for job in jobs.values())
