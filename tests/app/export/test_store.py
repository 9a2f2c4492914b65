"""Sending to a PACS that refuses, hangs, breaks off or is choosy: one answer for each file."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from pydicom.uid import ImplicitVRLittleEndian, UltrasoundImageStorage
from pynetdicom import evt

from app.export.store import DicomRoute, Instance
from capture.dicom_net.errors import PeerError
from capture.dicom_net.listener import Commitment
from capture.dicom_net.peer import TimeOuts
from tests.capture.dicom_net.fakes import peer, reset_after, scp
from tests.capture.dicom_net.objects import cine, still


def test_each_status_in_words(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.dcm" for number in range(6)]
    for path in paths[:5]:
        still(path)
    paths[5].write_bytes(b"no DICOM at all")
    answers = iter([0x0000, 0xB000, 0xA700, 0xC000, 0x0124])
    with scp([(evt.EVT_C_STORE, lambda event: next(answers))]) as port:
        sent = DicomRoute(peer(port)).send(paths)
    assert [one.stored for one in sent] == [True, True, False, False, False, False]
    assert [one.again for one in sent[2:]] == [True, False, True, False]
    assert [one.path for one in sent] == paths
    assert sent[2].words.endswith("it is out of room or memory (status A700)")
    assert sent[3].words.endswith("it cannot understand the data (status C000)")
    assert sent[5].words == "the file is no DICOM object"


def test_broken_off_in_the_middle(tmp_path: Path) -> None:
    paths = [tmp_path / "first.dcm", tmp_path / "large.dcm", tmp_path / "third.dcm"]
    still(paths[0])
    still(paths[1], side=1024)
    still(paths[2])
    with scp([(evt.EVT_C_STORE, lambda event: 0), reset_after(12)]) as port:
        sent = DicomRoute(peer(port)).send(paths)
    assert [(one.stored, one.again) for one in sent] == [(True, True), (False, True), (False, True)]
    assert "broke the connection off" in sent[1].words


def test_a_peer_that_takes_all_and_says_nothing(tmp_path: Path) -> None:
    still(tmp_path / "still.dcm")
    over = threading.Event()

    def store(event: evt.Event) -> int:
        over.wait(20)
        return 0

    with scp([(evt.EVT_C_STORE, store)]) as port:
        try:
            sent = DicomRoute(peer(port, TimeOuts(20.0, 1.0))).send([tmp_path / "still.dcm"])
        finally:
            over.set()
    assert not sent[0].stored and sent[0].again
    assert "stopped answering; nothing came for 1 s" in sent[0].words


def test_nobody_there(tmp_path: Path) -> None:
    still(tmp_path / "still.dcm")
    sent = DicomRoute(peer(1)).send([tmp_path / "still.dcm"])
    assert not sent[0].stored and sent[0].again and "nothing listens there" in sent[0].words


def test_a_choosy_peer(tmp_path: Path) -> None:
    """It takes stills alone, and without the kinds of values written out: the still is rewritten for it."""
    written = still(tmp_path / "still.dcm")
    cine(tmp_path / "cine.dcm")
    came: list[Any] = []

    def store(event: evt.Event) -> int:
        came.append((event.dataset.PixelData, event.context.transfer_syntax))
        return 0

    with scp([(evt.EVT_C_STORE, store)], only=[(UltrasoundImageStorage, ImplicitVRLittleEndian)]) as port:
        sent = DicomRoute(peer(port)).send([tmp_path / "still.dcm", tmp_path / "cine.dcm"])
    assert [one.stored for one in sent] == [True, False]
    assert came == [(written.PixelData, ImplicitVRLittleEndian)]
    assert sent[1].words.endswith(
        "it does not take Ultrasound Multi-frame Image Storage in JPEG Baseline (Process 1)"
    )
    assert not sent[1].again


def test_commitment_refused_or_not_offered() -> None:
    one = [Instance(UltrasoundImageStorage, "1.2.3")]
    with scp([(evt.EVT_N_ACTION, lambda event: (0x0213, None))]) as port:
        with pytest.raises(PeerError, match="short of resources") as failed:
            DicomRoute(peer(port)).ask(one, "1.2.4")
        assert failed.value.again
    with scp([], contexts=["1.2.840.10008.1.1"]) as port, pytest.raises(PeerError) as failed:
        DicomRoute(peer(port)).ask(one, "1.2.4")
    assert not failed.value.again


def test_the_question_for_commitment() -> None:
    asked: list[Any] = []

    def action(event: evt.Event) -> tuple[int, None]:
        asked.append((event.action_type, event.action_information))
        return 0, None

    came: list[Commitment] = []
    with scp([(evt.EVT_N_ACTION, action)]) as port:
        DicomRoute(peer(port), came.append).ask([Instance(UltrasoundImageStorage, "1.2.3")], "1.2.4")
    kind, information = asked[0]
    assert kind == 1
    assert information.TransactionUID == "1.2.4"
    assert information.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == "1.2.3"
