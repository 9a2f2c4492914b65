"""The sending thread: outages, refusals in words told once, one sender at a time, an end when asked."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from app.export.send_queue import SendQueue
from app.export.send_queue_thread import Sender
from app.export.store import Instance, Route, Sent
from app.refusal import Refusal
from capture.dicom_net.errors import PeerError
from capture.dicom_net.listener import Commitment
from tests.capture.dicom_net.objects import still


class FakeRoute:
    """A peer by script: what it says to each attempt."""

    def __init__(self) -> None:
        self.down: str | None = None
        self.no_commitment = False
        self.took: list[str] = []
        self.asked: list[tuple[list[Instance], str]] = []
        self.sent = threading.Event()

    def send(self, files: Sequence[Path]) -> list[Sent]:
        if self.down is not None:
            return [Sent(path, False, self.down) for path in files]
        self.took += [path.name for path in files]
        self.sent.set()
        return [Sent(path, True) for path in files]

    def ask(self, instances: Sequence[Instance], transaction: str) -> None:
        if self.no_commitment:
            raise PeerError("pacs: it does not offer storage commitment", again=False)
        self.asked.append((list(instances), transaction))


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def filled(tmp_path: Path) -> SendQueue:
    still(tmp_path / "still.dcm")
    queue = SendQueue(tmp_path / "outbox", Clock())
    queue.add(tmp_path / "still.dcm", "pacs")
    queue.add(tmp_path / "still.dcm", "pacs", confirm=True)
    return queue


def test_an_outage_is_told_once_and_survived(filled: SendQueue) -> None:
    route, lines = FakeRoute(), list[str]()
    with filled as queue:
        sender = Sender(queue, lambda name: route, lines.append)
        route.down = "pacs: nothing listens there"
        for _ in range(4):
            assert sender.round()
            queue.clock.now += 1000  # type: ignore[attr-defined]
        assert lines == ["pacs: nothing listens there"]
        assert queue.counts() == {"waiting": 2}
        route.down = None
        sender.round()
        assert len(route.took) == 2
        assert queue.counts() == {"done": 1, "asked": 1}
        instances, transaction = route.asked[0]
        sender.report(Commitment(transaction, tuple(one.uid for one in instances), ()))
        assert queue.counts() == {"done": 2}


def test_a_peer_without_commitment_has_it_all_the_same(filled: SendQueue) -> None:
    route = FakeRoute()
    route.no_commitment = True
    with filled as queue:
        Sender(queue, lambda name: route).round()
        assert queue.counts() == {"done": 2}
        assert "stored, not confirmed" in queue.jobs()[1].words


def test_settings_that_are_wrong_for_now(filled: SendQueue) -> None:
    lines: list[str] = []

    def nowhere(name: str) -> Route:
        raise Refusal("expected one of the peers in pacs.json (none), got 'pacs'")

    with filled as queue:
        Sender(queue, nowhere, lines.append).round()
        assert queue.counts() == {"waiting": 2}
        assert len(lines) == 1


def test_a_file_that_somebody_took_away(filled: SendQueue) -> None:
    with filled as queue:
        for job in queue.jobs():
            job.path.unlink()
        Sender(queue, lambda name: FakeRoute()).round()
        assert queue.counts() == {"failed": 2}


def test_one_sender_at_a_time(filled: SendQueue) -> None:
    with filled as queue:
        first, second = FakeRoute(), FakeRoute()
        other = Sender(queue, lambda name: second)
        answers: list[bool] = []
        first.send = lambda files: [answers.append(other.round()) or Sent(path, True) for path in files]  # type: ignore[method-assign,func-returns-value]
        assert Sender(queue, lambda name: first).round()
        assert answers == [False, False]
        assert second.took == []


def test_the_thread_sends_wakes_and_ends(filled: SendQueue, tmp_path: Path) -> None:
    route = FakeRoute()
    with filled as queue:
        sender = Sender(queue, lambda name: route)
        sender.start()
        assert route.sent.wait(20)
        assert "dicom-send" in {thread.name for thread in threading.enumerate()}
        route.sent.clear()
        queue.add(tmp_path / "still.dcm", "pacs")
        sender.wake()
        assert route.sent.wait(20)
        sender.stop()
        assert "dicom-send" not in {thread.name for thread in threading.enumerate()}
        sender.stop()
