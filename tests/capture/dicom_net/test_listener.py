"""What machines push: taken whole or refused in words, and nobody's bad manners harm anybody else."""

from __future__ import annotations

import contextlib
import logging
import socket
import struct
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, JPEGBaseline8Bit, UltrasoundImageStorage
from pynetdicom.dsutils import encode
from pynetdicom.presentation import build_context, build_role

from capture.dicom_net.association import Connection
from capture.dicom_net.errors import PeerError, PeerSettingsError
from capture.dicom_net.inbox import Inbox, Received
from capture.dicom_net.kinds import PICTURES
from capture.dicom_net.listener import Commitment, Listener
from capture.dicom_net.peer import ListenerSettings, Peer
from capture.dicom_net.services import COMMITMENT, COMMITMENT_INSTANCE, VERIFICATION
from capture.dicom_query import echo
from capture.open import open_source
from tests.capture.dicom_net.fakes import LONG
from tests.capture.dicom_net.objects import PLANTED, cine, still

SETTINGS = ListenerSettings(port=0, callers=("VOLUSON1",), answer_s=20.0)


class Told:
    """What a listener has told."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.refused: list[str] = []

    def listener(self, inbox: Inbox | None, settings: ListenerSettings = SETTINGS) -> Listener:
        return Listener(settings, inbox, on_object=self.received.append, on_refused=self.refused.append)


def machine(listener: Listener, title: str = "VOLUSON1") -> Peer:
    """The listener as the ultrasound machine calls it."""
    return Peer("philtrum", "PHILTRUM", "127.0.0.1", listener.port, own_ae_title=title, time_outs=LONG)


def push(listener: Listener, *paths: Path) -> list[int]:
    contexts = [build_context(kind, [JPEGBaseline8Bit]) for kind in PICTURES]
    contexts += [build_context(kind, [ExplicitVRLittleEndian]) for kind in PICTURES]
    with Connection(machine(listener), contexts) as connection:
        return [int(connection.association.send_c_store(path).Status) for path in paths]


def test_objects_are_stored_as_they_came(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    written = cine(tmp_path / "cine.dcm")
    still(tmp_path / "still.dcm")
    told = Told()
    with told.listener(Inbox(tmp_path / "in")) as listener:
        assert echo(machine(listener)) > 0
        assert push(listener, tmp_path / "cine.dcm", tmp_path / "still.dcm") == [0, 0]
        assert push(listener, tmp_path / "cine.dcm") == [0]
    assert [one.known for one in told.received] == [False, False, True]
    first = told.received[0].path
    assert dcmread(first).PixelData == dcmread(tmp_path / "cine.dcm").PixelData
    assert dcmread(first).PatientName == written.PatientName
    with open_source(str(first)) as source:
        assert source.info.frames == 3
    for secret in (*PLANTED, written.SOPInstanceUID, written.StudyInstanceUID):
        assert secret not in caplog.text
        assert secret not in first.name
    assert sorted(path.suffix for path in (tmp_path / "in").iterdir()) == [".dcm", ".dcm"]


def test_strangers_and_wrong_numbers_do_not_get_in(tmp_path: Path) -> None:
    told = Told()
    with told.listener(Inbox(tmp_path / "in")) as listener:
        with pytest.raises(PeerError, match="does not know our AE title STRANGER"):
            echo(machine(listener, "STRANGER"))
        wrong = Peer("x", "OTHER", "127.0.0.1", listener.port, own_ae_title="VOLUSON1", time_outs=LONG)
        with pytest.raises(PeerError, match="its AE title is not OTHER"):
            echo(wrong)
    assert told.refused == [
        "a call from STRANGER to PHILTRUM was refused: not among those that may call",
        "a call from VOLUSON1 was refused: it called OTHER",
    ]


def test_too_large(tmp_path: Path) -> None:
    still(tmp_path / "large.dcm", side=512)
    cine(tmp_path / "small.dcm")
    told = Told()
    with told.listener(Inbox(tmp_path / "in", most_bytes=100_000)) as listener:
        assert push(listener, tmp_path / "large.dcm", tmp_path / "small.dcm") == [0xA700, 0]
    assert told.refused == ["an object from VOLUSON1 was refused: it is larger than 0 MiB, the limit"]
    assert len(list((tmp_path / "in").iterdir())) == 1


def test_disk_nearly_full(tmp_path: Path) -> None:
    cine(tmp_path / "cine.dcm")
    told = Told()
    inbox = Inbox(tmp_path / "in", keep_free_bytes=50 << 20, free_bytes=lambda folder: 50 << 20)
    with told.listener(inbox) as listener:
        assert push(listener, tmp_path / "cine.dcm") == [0xA700]
    assert told.refused == [
        "an object from VOLUSON1 was refused: the disk is nearly full: 50 MiB left, 50 MiB are kept free"
    ]
    assert list((tmp_path / "in").iterdir()) == []


def test_garbage_and_what_it_is_not(tmp_path: Path) -> None:
    good = still(tmp_path / "still.dcm")
    body = (tmp_path / "still.dcm").read_bytes()
    start = body.index(b"\x08\0\x16\0UI")
    (tmp_path / "garbage.dcm").write_bytes(body[:start] + b"\xff\xfe garbage" * 50)
    other = good.SOPInstanceUID.encode()
    changed = body[start:].replace(other, b"1.2.3".ljust(len(other), b"4"))
    (tmp_path / "other.dcm").write_bytes(body[:start] + changed)
    told = Told()
    with told.listener(Inbox(tmp_path / "in")) as listener:
        assert push(listener, tmp_path / "garbage.dcm", tmp_path / "other.dcm") == [0xC000, 0xA900]
        assert push(listener, tmp_path / "still.dcm") == [0]
    assert told.refused == [
        "an object from VOLUSON1 was refused: its data cannot be read",
        "an object from VOLUSON1 was refused: its data are of another object than announced",
    ]
    assert len(list((tmp_path / "in").iterdir())) == 1


def test_broken_off_in_the_middle(tmp_path: Path) -> None:
    """The connection goes while an object is on its way: nothing of it is seen, the next one is taken."""
    still(tmp_path / "large.dcm", side=1024)
    seen = threading.Event()
    told = Told()
    settings = ListenerSettings(port=0, answer_s=20.0)
    with Listener(
        settings, Inbox(tmp_path / "in"), on_object=told.received.append, on_part=seen.set
    ) as listener:
        context = [build_context(UltrasoundImageStorage, [ExplicitVRLittleEndian])]
        connection = Connection(machine(listener), context)
        with connection:
            own: Any = connection.association.dul.socket
            half = (tmp_path / "large.dcm").read_bytes()[:300_000]
            own.socket.sendall(command_and_data(half))
            assert seen.wait(20)
            connection.association.abort()
        assert push(listener, tmp_path / "large.dcm") == [0]
    assert [path.suffix for path in (tmp_path / "in").iterdir()] == [".dcm"]


def test_half_an_object_and_then_nothing(tmp_path: Path) -> None:
    """A caller may rest between two objects, not in the middle of one."""
    still(tmp_path / "large.dcm", side=512)
    settings = ListenerSettings(port=0, answer_s=1.0, idle_s=3600.0)
    told = Told()
    context = [build_context(UltrasoundImageStorage, [ExplicitVRLittleEndian]), build_context(VERIFICATION)]
    with told.listener(Inbox(tmp_path / "in"), settings) as listener:
        connection = Connection(machine(listener), context)
        with connection:
            assert connection.association.send_c_echo().Status == 0
            (acceptor,) = [one for one in threading.enumerate() if one.name.startswith("AcceptorThread")]
            assert getattr(acceptor, "network_timeout") == 3600.0  # noqa: B009  of a class of the library
            own: Any = connection.association.dul.socket
            own.socket.sendall(command_and_data((tmp_path / "large.dcm").read_bytes()[:100_000]))
            connection.association.join(20)
            assert not connection.association.is_alive()
    assert list((tmp_path / "in").iterdir()) == []


def command_and_data(data: bytes) -> bytes:
    """A C-STORE request whose data do not come to an end, in parts of messages (PS3.8 9.3.5)."""
    command = Dataset()
    command.AffectedSOPClassUID, command.CommandField, command.MessageID = UltrasoundImageStorage, 1, 1
    command.Priority, command.CommandDataSetType, command.AffectedSOPInstanceUID = 2, 1, "1.2.3"
    encoded = encode(command, True, True)
    assert encoded is not None
    parts = [(3, encoded)] + [(0, data[at : at + 16000]) for at in range(0, len(data), 16000)]
    out = b""
    for control, part in parts:
        value = struct.pack(">IBB", len(part) + 2, 1, control) + part
        out += struct.pack(">BBI", 4, 0, len(value)) + value
    return out


def random_bytes(connection: socket.socket) -> None:
    connection.sendall(bytes(range(256)) * 4)


def claims_4_gib(connection: socket.socket) -> None:
    connection.sendall(struct.pack(">BBI", 1, 0, 0xFFFFFFFF) + b"\0" * 1000)


def half_a_request(connection: socket.socket) -> None:
    connection.sendall(struct.pack(">BBI", 1, 0, 300) + b"\0" * 20)


def says_nothing(connection: socket.socket) -> None:
    pass


@pytest.mark.parametrize(
    ("talk", "answer_s"),
    [(random_bytes, 20.0), (claims_4_gib, 20.0), (half_a_request, 0.3), (says_nothing, 0.3)],
)
def test_bad_callers_are_cut_off(
    talk: Callable[[socket.socket], None], answer_s: float, tmp_path: Path
) -> None:
    settings = ListenerSettings(port=0, answer_s=answer_s)
    with (
        Listener(settings, Inbox(tmp_path / "in")) as listener,
        socket.create_connection(("127.0.0.1", listener.port)) as connection,
    ):
        connection.settimeout(20)
        talk(connection)
        with contextlib.suppress(ConnectionResetError):
            while connection.recv(1024):  # until the listener hangs up
                continue
        if answer_s > 1:
            assert echo(machine(listener)) > 0


def test_too_many_at_once(tmp_path: Path) -> None:
    settings = ListenerSettings(port=0, associations=1, answer_s=20.0)
    told = Told()
    context = [build_context(VERIFICATION)]
    with told.listener(None, settings) as listener, Connection(machine(listener), context):
        with pytest.raises(PeerError, match="too many connections already"):
            echo(machine(listener))
        assert told.refused == ["a call from VOLUSON1 was refused: too many at once"]


def test_stop_cuts_off_whoever_is_still_there(tmp_path: Path) -> None:
    listener = Listener(ListenerSettings(port=0, answer_s=20.0), Inbox(tmp_path / "in"))
    listener.start()
    connection = Connection(machine(listener), [build_context(VERIFICATION)])
    with pytest.raises(PeerError, match="broke the connection off"), connection:
        listener.stop()
        if connection.association.send_c_echo().get("Status") is None:
            raise connection.broken()
    listener.stop()


def test_a_report_of_commitment(tmp_path: Path) -> None:
    came: list[Commitment] = []
    role = build_role(COMMITMENT, scp_role=True)
    report = Dataset()
    report.TransactionUID = "1.2.3"
    kept, lost = Dataset(), Dataset()
    kept.ReferencedSOPClassUID, kept.ReferencedSOPInstanceUID = UltrasoundImageStorage, "1.2.4"
    lost.ReferencedSOPClassUID, lost.ReferencedSOPInstanceUID = UltrasoundImageStorage, "1.2.5"
    lost.FailureReason = 0x0112
    report.ReferencedSOPSequence, report.FailedSOPSequence = [kept], [lost]
    nonsense = Dataset()
    nonsense.PatientID = "1"
    with (
        Listener(ListenerSettings(port=0, answer_s=20.0), on_commitment=came.append) as listener,
        Connection(machine(listener), [build_context(COMMITMENT)], roles=[role]) as connection,
    ):
        for told, answer in ((report, 0), (nonsense, 0xC000)):
            status, _ = connection.association.send_n_event_report(told, 2, COMMITMENT, COMMITMENT_INSTANCE)
            assert status.Status == answer
    assert came == [Commitment("1.2.3", ("1.2.4",), ("1.2.5",))]


def test_a_port_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PeerSettingsError, match=f"cannot listen on 127.0.0.1:{port}"):
            Listener(ListenerSettings(port=port)).start()
