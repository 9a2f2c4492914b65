"""A DICOMweb server that refuses, hangs, breaks off or sends something else. What works: test_orthanc."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from pydicom.uid import UltrasoundImageStorage

from app.export.dicomweb import WebPeer, WebRoute
from app.export.store import Instance
from capture.dicom_net.errors import PeerError, PeerSettingsError
from capture.dicom_net.peer import TimeOuts
from tests.capture.dicom_net.fakes import raw_peer, reset
from tests.capture.dicom_net.objects import ID, still

Talk = Callable[[socket.socket, threading.Event], None]


def answers(head: str, body: bytes = b"") -> Talk:
    def talk(connection: socket.socket, over: threading.Event) -> None:
        connection.recv(65536)
        connection.sendall(f"HTTP/1.1 {head}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)

    return talk


def silent(connection: socket.socket, over: threading.Event) -> None:
    over.wait(30)


def resets(connection: socket.socket, over: threading.Event) -> None:
    connection.recv(1024)
    reset(connection)


def garbage(connection: socket.socket, over: threading.Event) -> None:
    connection.recv(65536)
    connection.sendall(bytes(range(256)))


def without_end(connection: socket.socket, over: threading.Event) -> None:
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/dicom+json\r\n\r\n")
    while not over.is_set():
        connection.sendall(b" " * 65536)


JSON = "200 OK\r\nContent-Type: application/dicom+json"


@pytest.mark.parametrize(
    ("talk", "said"),
    [
        (answers("401 No"), "wants another user or password"),
        (answers("403 No"), "does not allow us to"),
        (answers("500 Oh"), r"it failed \(HTTP 500\)"),
        (answers("503 Oh"), "it is busy"),
        (answers(JSON, b"<html>"), "something that is no DICOMweb|the request failed"),
        (garbage, "broke the connection off"),
        (resets, "broke the connection off"),
        (silent, "stopped answering; nothing came for 0.5 s"),
        (without_end, "it sent more than 1 MiB"),
    ],
)
def test_questions(
    talk: Talk, said: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr("app.export.dicomweb._MOST_LIST_BYTES", 1 << 20)
    with raw_peer(talk) as port, pytest.raises(PeerError, match=said):
        route(port, 0.5 if talk is silent else 20.0).studies(date(2026, 11, 1), patient_id=ID)
    assert ID not in caplog.text


def test_answers_that_cannot_be_read() -> None:
    body = b'[{"0020000D": {"vr": "UI", "Value": ["1.2.3"]}}, {"00100010": {"vr": "PN"}}, {"x": 1}]'
    with raw_peer(answers(JSON, body)) as port:
        found = route(port).studies()
    assert [one.study_uid for one in found.items] == ["1.2.3"]
    assert found.unreadable == 2


def test_storing(tmp_path: Path) -> None:
    still(tmp_path / "still.dcm")
    refused = b'{"00081198": {"vr": "SQ", "Value": [{"00081197": {"vr": "US", "Value": [42752]}}]}}'
    with raw_peer(answers(JSON, refused)) as port:
        (sent,) = route(port).send([tmp_path / "still.dcm"])
    assert not sent.stored and sent.again and "out of room or memory (status A700)" in sent.words
    with raw_peer(answers(JSON, b"{}")) as port:
        (sent,) = route(port).send([tmp_path / "still.dcm"])
    assert not sent.stored and "did not say that it stored the object" in sent.words
    with raw_peer(answers("413 Large")) as port:
        (sent,) = route(port).send([tmp_path / "still.dcm"])
    assert not sent.stored and not sent.again
    results = route(1).send([tmp_path / "still.dcm"] * 3)
    assert [one.again for one in results] == [True] * 3


def test_a_password_is_needed_and_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PACS_PASSWORD", raising=False)
    peer = WebPeer("web", "http://127.0.0.1:1", user="me", password_env="PACS_PASSWORD")
    with pytest.raises(PeerSettingsError, match="in the environment variable PACS_PASSWORD"):
        WebRoute(peer).studies()


def test_no_commitment() -> None:
    with pytest.raises(PeerError, match="knows no storage commitment") as failed:
        route(1).ask([Instance(UltrasoundImageStorage, "1.2.3")], "1.2.4")
    assert not failed.value.again


def route(port: int, answer_s: float = 20.0) -> WebRoute:
    time_outs = TimeOuts(connect_s=20.0, answer_s=answer_s)
    return WebRoute(WebPeer("web", f"http://127.0.0.1:{port}/dicom-web", time_outs=time_outs))
