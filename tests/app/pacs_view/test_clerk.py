"""What the PACS process does, in this process: plans, queues, answers in words."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pydicom
import pytest
from pydicom.uid import JPEGBaseline8Bit, UltrasoundMultiFrameImageStorage
from pynetdicom.presentation import build_context

from app.export.orders import orders
from app.export.patient import Patient
from app.export.wishes import wishes
from app.home import home_dir
from app.pacs_view.clerk import Clerk
from app.pacs_view.letters import (
    Answer,
    Arrived,
    AskStudies,
    AskWorklist,
    BringStudy,
    Failed,
    LookAtQueue,
    News,
    NobodyToAsk,
    Plan,
    PlanExam,
    Queued,
    QueueState,
    SendExam,
)
from app.pacs_view.office import Office
from app.session.store import ExamStore
from capture.dicom_net.association import Connection
from capture.dicom_net.errors import PeerError
from capture.dicom_net.peer import Peer
from tests.app.review.conftest import make_exam
from tests.capture.dicom_net.objects import cine

PATIENT = Patient("Quibblesworth^Zaphira", "ZQ-4711-X")


class Told(list[Answer]):
    """What was said unasked."""

    def __init__(self) -> None:
        super().__init__()
        self.came = threading.Event()

    def __call__(self, answer: Answer) -> None:
        self.append(answer)
        self.came.set()


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def clerk(told: Told, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clerk]:
    monkeypatch.setattr("os.fsync", lambda fd: None)
    peer = {"ae_title": "PACS", "host": "127.0.0.1", "port": 9, "for": ["store", "query", "worklist"]}
    home_dir().mkdir(parents=True)
    (home_dir() / "pacs.json").write_text(json.dumps({"peers": {"pacs": peer}}))
    made = Clerk(home_dir(), told)
    yield made
    made.stop()


def test_an_exam_is_planned_queued_and_the_outage_told(clerk: Clerk, told: Told) -> None:
    exam = make_exam(home_dir() / "exams")
    plan = clerk.answer(PlanExam(exam.id, named=False))
    assert isinstance(plan, Plan)
    assert plan.objects >= 3 and plan.picture is not None and plan.peer == "pacs" and not plan.named
    assert not any("Zaphira" in line for line in plan.lines)
    assert clerk.answer(PlanExam(exam.id, named=True)) == Failed(
        f"{exam.id}: the order that was chosen for it is no longer here"
    )
    orders(home_dir()).keep(exam.id, PATIENT)
    wishes(home_dir() / "outbox").add(exam.id, named=True)
    queued = clerk.catch_up()
    assert clerk.catch_up() is None, "once"
    assert isinstance(queued, Queued), queued
    state = clerk.answer(LookAtQueue())
    assert isinstance(state, QueueState)
    assert state.waiting == queued.objects
    assert told.came.wait(20)
    assert told == [News("pacs (PACS at 127.0.0.1:9): nothing listens there")], "once, not for each object"
    clerk.stop()
    outbox = home_dir() / "outbox"
    objects = list((outbox / "objects").glob("*.dcm"))
    assert len(objects) == queued.objects
    assert {str(pydicom.dcmread(path).PatientID) for path in objects} == {"ZQ-4711-X"}
    assert not list(outbox.glob("making-*")), "the list of jobs is all that is left of the making"
    audit = (ExamStore(home_dir() / "exams").open(exam.id).folder.path / "audit.jsonl").read_text()
    assert '"to":"pacs"' in audit and "Zaphira" not in audit


def test_what_failed_is_given_up(clerk: Clerk) -> None:
    exam = make_exam(home_dir() / "exams")
    assert isinstance(clerk.answer(SendExam(exam.id, named=False)), Queued)
    queue, sender = clerk._open_queue(), clerk._sender
    assert sender is not None
    sender.stop()
    for job in queue.jobs():
        queue.not_stored(job, "it will never take it", again=False)
    assert clerk.answer(LookAtQueue()) == QueueState(
        failed=len(queue.jobs()), words=("it will never take it",)
    )
    assert clerk.answer(LookAtQueue(drop_failed=True)) == QueueState()


@pytest.mark.parametrize(
    "request_", [AskWorklist(None), AskStudies(None, None, "PLANTEDID77"), BringStudy("1.2.3")]
)
def test_a_pacs_that_is_not_there_is_one_line(clerk: Clerk, request_: AskWorklist) -> None:
    answer = clerk.answer(request_)
    assert isinstance(answer, Failed)
    assert answer.line == "pacs (PACS at 127.0.0.1:9): nothing listens there"


def test_without_settings_and_of_an_exam_that_goes_on(tmp_path: Path) -> None:
    clerk = Clerk(home_dir(), lambda answer: None)
    answer = clerk.answer(AskWorklist(None))
    assert isinstance(answer, NobodyToAsk) and answer.use == "worklist" and answer.folder == home_dir()
    assert "expected a peer for 'worklist', got none; an example" in answer.line, "for the log"
    writer = ExamStore(home_dir() / "exams").new_exam()
    peer = {"ae_title": "PACS", "host": "127.0.0.1", "port": 9, "for": ["store"]}
    (home_dir() / "pacs.json").write_text(json.dumps({"peers": {"pacs": peer}}))
    answer = clerk.answer(PlanExam(writer.id, named=False))
    writer.close()
    assert answer == Failed(f"{writer.id} is still being recorded; it can be sent once it has ended")
    clerk.stop()


def test_in_a_process_of_its_own() -> None:
    answers: list[Answer] = []
    came = threading.Event()

    def take(answer: Answer) -> None:
        answers.append(answer)
        came.set()

    office = Office(home_dir(), take)
    office.ask(AskWorklist(None))
    assert came.wait(50)
    assert isinstance(answers[0], NobodyToAsk) and answers[0].use == "worklist"
    process = office._process
    assert process is not None
    came.clear()
    process.kill()
    assert came.wait(20)
    assert answers[-1] == Failed("the process for PACS has ended; what waits goes on with the next request")
    office.stop()
    assert not office.open


@pytest.mark.parametrize("store", [True, False])
def test_what_a_machine_pushes_arrives_where_it_may(
    told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: bool
) -> None:
    monkeypatch.setattr("os.fsync", lambda fd: None)
    home_dir().mkdir(parents=True)
    listen = {"port": 0, "callers": ["VOLUSON1"], "store": store}
    peer = {"ae_title": "PACS", "host": "127.0.0.1", "port": 9, "for": ["commitment"]}
    (home_dir() / "pacs.json").write_text(json.dumps({"listen": listen, "peers": {"pacs": peer}}))
    cine(tmp_path / "pushed.dcm")
    clerk = Clerk(home_dir(), told)
    try:
        assert clerk.answer(LookAtQueue()) == QueueState()
        assert clerk._listener is not None
        us = Peer("us", "PHILTRUM", "127.0.0.1", clerk._listener.port, own_ae_title="VOLUSON1")
        context = build_context(UltrasoundMultiFrameImageStorage, [JPEGBaseline8Bit])
        if not store:
            with pytest.raises(PeerError), Connection(us, [context]):
                pass
            assert told == []
            return
        with Connection(us, [context]) as connection:
            assert connection.association.send_c_store(tmp_path / "pushed.dcm").Status == 0
            assert told.came.wait(5)
            assert connection.association.send_c_store(tmp_path / "pushed.dcm").Status == 0
    finally:
        clerk.stop()
    (arrived,) = told
    assert isinstance(arrived, Arrived)
    assert (arrived.calling, arrived.cine.frames, arrived.cine.size) == ("VOLUSON1", 3, "64×64")
    assert arrived.cine.path.parent == home_dir() / "inbox" and arrived.cine.path.exists()


def test_a_port_that_is_taken_is_told_and_sending_goes_on(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    home_dir().mkdir(parents=True)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (home_dir() / "pacs.json").write_text(json.dumps({"listen": {"port": port, "store": True}}))
        clerk = Clerk(home_dir(), told)
        try:
            assert clerk.answer(LookAtQueue()) == QueueState()
        finally:
            clerk.stop()
    (news,) = told
    assert isinstance(news, News)
    assert news.line.startswith(f"nobody can call this program: cannot listen on 127.0.0.1:{port} (")
