"""Peers that refuse, hang, break off or talk nonsense: one line each, in bounded time, no thread left."""

from __future__ import annotations

import logging
import socket
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme
from pynetdicom import evt

from capture.dicom_net.errors import PeerError, PeerSettingsError
from capture.dicom_net.inbox import Inbox
from capture.dicom_net.listener import Listener
from capture.dicom_net.peer import ListenerSettings, Peer, TimeOuts, TlsFiles, checked_ae_title
from capture.dicom_net.watch import BoundedSocket
from capture.dicom_query import echo
from tests.capture.dicom_net.fakes import LONG, SHORT, TITLE, peer, raw_peer, reset, scp

AT_MOST_S = 20.0
"""Far more than the time-outs of 0.3 s, for busy machines; without bounds it would be for ever."""


def silent(connection: socket.socket, over: threading.Event) -> None:
    over.wait(30)


def talks_http(connection: socket.socket, over: threading.Event) -> None:
    connection.recv(1024)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    over.wait(30)


def half_an_answer(connection: socket.socket, over: threading.Event) -> None:
    connection.recv(1024)
    connection.sendall(struct.pack(">BBI", 2, 0, 200) + b"\0" * 50)
    over.wait(30)


def trickles(connection: socket.socket, over: threading.Event) -> None:
    """A byte now and then, for ever: no single wait is ever long."""
    connection.recv(1024)
    connection.sendall(struct.pack(">BBI", 2, 0, 60000))
    while not over.wait(0.05):
        connection.sendall(b"\0")


def claims_4_gib(connection: socket.socket, over: threading.Event) -> None:
    connection.recv(1024)
    connection.sendall(struct.pack(">BBI", 2, 0, 0xFFFFFFFF) + b"\0" * 4096)
    over.wait(30)


def nonsense(connection: socket.socket, over: threading.Event) -> None:
    """An acceptance of nothing in particular."""
    connection.recv(1024)
    connection.sendall(struct.pack(">BBI", 2, 0, 120) + bytes(range(120)))
    over.wait(30)


def resets(connection: socket.socket, over: threading.Event) -> None:
    connection.recv(1024)
    reset(connection)


def hangs_up(connection: socket.socket, over: threading.Event) -> None:
    connection.recv(1024)


@pytest.mark.parametrize(
    ("talk", "said"),
    [
        (silent, "takes connections but does not answer; waited 0.3 s"),
        (half_an_answer, "takes connections but does not answer; waited 0.3 s"),
        (trickles, "takes connections but does not answer; waited 0.3 s"),
        (talks_http, "does not speak DICOM"),
        (claims_4_gib, "does not speak DICOM"),
        (nonsense, "does not speak DICOM"),
        (resets, "broke the connection off"),
        (hangs_up, "broke the connection off"),
    ],
)
def test_no_association(talk: Callable[[socket.socket, threading.Event], None], said: str) -> None:
    began = time.monotonic()
    with raw_peer(talk) as port, pytest.raises(PeerError, match=said) as failed:
        echo(peer(port, SHORT))
    assert time.monotonic() - began < AT_MOST_S
    assert failed.value.again
    assert str(failed.value).startswith(f"pacs (FAKE at 127.0.0.1:{port}): ")
    assert "\n" not in str(failed.value)


def test_a_refusal_that_is_quicker_than_our_own_thread_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    class Late(threading.Event):
        """Tells of the connection when that is closed again."""

        made: BoundedSocket

        def wait(self, timeout: float | None = None) -> bool:
            super().wait(timeout)
            while self.made._is_connected:
                pause.wait(0.001)
            return True

    def refuses(connection: socket.socket, over: threading.Event) -> None:
        connection.recv(1024)
        connection.sendall(struct.pack(">BBIBBBB", 3, 0, 4, 0, 1, 1, 7))
        over.wait(30)

    def late(self: BoundedSocket, *args: Any, **options: Any) -> None:
        begin(self, *args, **options)
        self._ready = ready = Late()
        ready.made = self

    begin, pause = BoundedSocket.__init__, threading.Event()
    monkeypatch.setattr(BoundedSocket, "__init__", late)
    with raw_peer(refuses) as port, pytest.raises(PeerError, match="refused the association: its AE title"):
        echo(peer(port, LONG))


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(PeerError, match="nothing listens there"):
        echo(peer(port, SHORT))
    with pytest.raises(PeerError, match="name of the host is not known"):
        echo(Peer("pacs", TITLE, "no.such.host.invalid", 104))


def test_refused_for_its_title() -> None:
    with scp([(evt.EVT_C_ECHO, lambda event: 0)], callers=["OTHER"]) as port:
        with pytest.raises(PeerError, match="does not know our AE title PHILTRUM: enter it there"):
            echo(peer(port))
        assert echo(peer(port, own_ae_title="OTHER")) > 0


def test_a_service_that_is_not_there() -> None:
    said = "offers nothing of what was asked for"
    with scp([], contexts=["1.2.840.10008.5.1.4.31"]) as port, pytest.raises(PeerError, match=said) as failed:
        echo(peer(port))
    assert not failed.value.again


def own_socket(event: evt.Event) -> socket.socket:
    own: Any = event.assoc.dul.socket
    found: socket.socket = own.socket
    return found


def garbage_part(event: evt.Event) -> int:
    """A part of a message of a context that was never agreed on, with a command that is none."""
    body = struct.pack(">IBB", 12, 99, 3) + b"\xff" * 10
    own_socket(event).sendall(struct.pack(">BBI", 4, 0, len(body)) + body)
    return 0


def unknown_part(event: evt.Event) -> int:
    own_socket(event).sendall(b"\x63\0\0\0\0\x04abcd")
    return 0


def break_off(event: evt.Event) -> int:
    reset(own_socket(event))
    return 0


def abort(event: evt.Event) -> int:
    event.assoc.abort()
    return 0


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (garbage_part, "sent something that is no DICOM"),
        (unknown_part, "sent something that is no DICOM"),
        (break_off, "broke the connection off"),
        (abort, "broke the connection off"),
        (lambda event: 0x0211, r"does not know the operation \(status 0211\)"),
    ],
)
def test_no_answer_that_makes_sense(answer: Callable[[evt.Event], int], said: str) -> None:
    with scp([(evt.EVT_C_ECHO, answer)]) as port, pytest.raises(PeerError, match=said):
        echo(peer(port))


def test_silence_after_the_question() -> None:
    over = threading.Event()

    def wait(event: evt.Event) -> int:
        over.wait(30)
        return 0

    began = time.monotonic()
    with scp([(evt.EVT_C_ECHO, wait)]) as port:
        try:
            with pytest.raises(PeerError, match=r"stopped answering; nothing came for 1 s"):
                echo(peer(port, TimeOuts(20.0, 1.0)))
        finally:
            over.set()
    assert time.monotonic() - began < AT_MOST_S


def test_tls_both_ways(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    ours = certificate(tmp_path, "ours")
    strangers = certificate(tmp_path, "strangers")
    with Listener(
        ListenerSettings(ae_title=TITLE, port=0, tls=ours, answer_s=20.0), Inbox(tmp_path / "in")
    ) as listener:
        assert echo(peer(listener.port, tls=ours)) > 0
        with pytest.raises(PeerError, match="certificate is not trusted"):
            echo(peer(listener.port, tls=strangers))
        nameless = TlsFiles(ca=ours.ca)
        with pytest.raises(PeerError):
            echo(peer(listener.port, SHORT, tls=nameless))
        with pytest.raises(PeerError):  # no TLS at all
            echo(peer(listener.port, SHORT))
        assert echo(peer(listener.port, tls=ours)) > 0


def test_a_silent_caller_holds_nobody_up_in_tls(tmp_path: Path) -> None:
    ours = certificate(tmp_path, "ours")
    settings = ListenerSettings(ae_title=TITLE, port=0, tls=ours, answer_s=1.0)
    with Listener(settings) as listener, socket.create_connection(("127.0.0.1", listener.port)):
        assert echo(peer(listener.port, tls=ours)) > 0


def test_tls_against_a_peer_that_speaks_none(tmp_path: Path) -> None:
    ours = certificate(tmp_path, "ours")
    with raw_peer(talks_http) as port, pytest.raises(PeerError, match="TLS could not be agreed on"):
        echo(peer(port, LONG, tls=ours))


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (TlsFiles(ca=Path("missing.pem")), "TLS: missing.pem: cannot be read"),
        (TlsFiles(certificate=Path(__file__)), "expected certificate and key in PEM"),
        (TlsFiles(ca=Path(__file__)), "expected authorities in PEM"),
    ],
)
def test_tls_files_that_are_none(files: TlsFiles, said: str) -> None:
    with pytest.raises(PeerSettingsError, match=said):
        echo(peer(1, tls=files))


def certificate(folder: Path, name: str) -> TlsFiles:
    """A certificate for this machine, of an authority of its own."""
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    files = TlsFiles(folder / f"{name}-ca.pem", folder / f"{name}.pem", folder / f"{name}.key")
    assert files.ca and files.certificate and files.key
    authority.cert_pem.write_to_path(files.ca)
    issued.cert_chain_pems[0].write_to_path(files.certificate)
    issued.private_key_pem.write_to_path(files.key)
    return files


@pytest.mark.parametrize("title", ["", " ", "SEVENTEEN_LETTERS", "BACK\\SLASH", "UML\u00c4UT", "TAB\t"])
def test_no_ae_title(title: str) -> None:
    with pytest.raises(ValueError, match="expected an AE title"):
        checked_ae_title(title)


def test_an_ae_title() -> None:
    assert checked_ae_title("  VOLUSON E10 ") == "VOLUSON E10"
