"""Questions to a PACS that answers too much, nothing that makes sense, or not at all."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest
from pydicom.dataset import Dataset
from pynetdicom import evt

from capture import dicom_query
from capture.dicom_net.errors import PeerError
from capture.dicom_net.peer import TimeOuts
from tests.capture.dicom_net.fakes import peer, reset, scp
from tests.capture.dicom_net.objects import ID, NAME, PLANTED


def study(number: int) -> Dataset:
    answer = Dataset()
    answer.PatientName, answer.PatientID = NAME, ID
    answer.StudyInstanceUID = f"1.2.{number}"
    answer.ModalitiesInStudy = ["US", "SR"]
    answer.StudyDate = "20261122"
    answer.NumberOfStudyRelatedInstances = "4"
    return answer


def test_the_question_and_its_answers(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    asked: list[Dataset] = []

    def find(event: evt.Event) -> Iterator[Any]:
        asked.append(event.identifier)
        yield 0xFF00, study(1)
        nameless = Dataset()
        nameless.PatientName = NAME
        yield 0xFF00, nameless
        yield 0x0000, None

    with scp([(evt.EVT_C_FIND, find)]) as port:
        found = dicom_query.find_studies(
            peer(port), since=date(2026, 11, 1), until=date(2026, 11, 30), patient_id=ID
        )
    assert asked[0].StudyDate == "20261101-20261130"
    assert asked[0].QueryRetrieveLevel == "STUDY"
    assert asked[0].PatientID == ID
    one = found.items[0]
    assert (one.patient_name, one.day, one.modalities) == (NAME, date(2026, 11, 22), ("US", "SR"))
    assert (one.instances, found.unreadable, found.cut_off) == (4, 1, False)
    for planted in PLANTED:
        assert planted not in caplog.text
        assert planted not in repr(found)


def test_more_than_anybody_can_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dicom_query, "MOST_ANSWERS", 3)

    def find(event: evt.Event) -> Iterator[Any]:
        for number in range(10):
            yield 0xFF00, study(number)

    with scp([(evt.EVT_C_FIND, find)]) as port:
        found = dicom_query.find_studies(peer(port))
    assert len(found.items) == 3 and found.cut_off


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (0xA700, r"out of room or memory \(status A700\)"),
        (0xA900, r"data do not fit their class \(status A900\)"),
        (0xC001, r"cannot understand the data \(status C001\)"),
    ],
)
def test_a_refusal(status: int, said: str) -> None:
    def find(event: evt.Event) -> Iterator[Any]:
        yield status, None

    with scp([(evt.EVT_C_FIND, find)]) as port, pytest.raises(PeerError, match=said):
        dicom_query.worklist(peer(port))


def test_garbage_and_silence_between_answers() -> None:
    over = threading.Event()

    def garbage(event: evt.Event) -> Iterator[Any]:
        yield 0xFF00, study(1)
        own: Any = event.assoc.dul.socket
        own.socket.sendall(b"\x04\0\0\0\0\x06\0\0\0\x02\x01\x02")
        over.wait(20)
        yield 0, None

    def silence(event: evt.Event) -> Iterator[Any]:
        yield 0xFF00, study(1)
        over.wait(20)
        yield 0, None

    def breaks_off(event: evt.Event) -> Iterator[Any]:
        yield 0xFF00, study(1)
        own: Any = event.assoc.dul.socket
        reset(own.socket)
        yield 0, None

    cases = ((garbage, "no DICOM", 20.0), (silence, "nothing came for 1 s", 1.0), (breaks_off, "broke", 20.0))
    for find, said, answer_s in cases:
        with scp([(evt.EVT_C_FIND, find)]) as port:
            try:
                with pytest.raises(PeerError, match=said):
                    dicom_query.find_studies(peer(port, TimeOuts(20.0, answer_s)))
            finally:
                over.set()
        over.clear()


def test_values_that_make_no_sense() -> None:
    answer = Dataset()
    answer.add_new(0x00100010, "PN", "A" * 1000)
    step = Dataset()
    step.add_new(0x00400002, "DA", "NOTADAY")
    step.add_new(0x00080060, "CS", "U\x1bS\n")
    answer.ScheduledProcedureStepSequence = [step]

    def find(event: evt.Event) -> Iterator[Any]:
        yield 0xFF00, answer
        yield 0, None

    with scp([(evt.EVT_C_FIND, find)]) as port:
        found = dicom_query.worklist(peer(port))
    one = found.items[0]
    assert len(one.patient_name) == 256
    assert one.start is None
    assert one.modality == "US"


@pytest.mark.parametrize(
    ("day", "time_of_day", "moment"),
    [
        ("20261122", "0930", datetime(2026, 11, 22, 9, 30)),
        ("20261122", "093015.123456", datetime(2026, 11, 22, 9, 30, 15)),
        ("20261122", "", datetime(2026, 11, 22)),
        ("", "0930", None),
        ("20261322", "", None),
    ],
)
def test_moments(day: str, time_of_day: str, moment: datetime | None) -> None:
    assert dicom_query._moment(day, time_of_day) == moment
