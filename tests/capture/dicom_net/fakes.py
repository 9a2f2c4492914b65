"""Peers on the loopback: well-behaved ones with scripted answers, and ones that do not speak DICOM at all."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from pynetdicom import AE, evt

import capture.dicom_net.library  # noqa: F401  before the library is used
from capture.dicom_net.kinds import offered
from capture.dicom_net.peer import Peer, TimeOuts
from capture.dicom_net.services import COMMITMENT, FIND, GET, MOVE, VERIFICATION, WORKLIST
from capture.dicom_net.watch import BoundedSocket, Watch

TITLE = "FAKE"
SHORT = TimeOuts(connect_s=0.3, answer_s=0.3)
"""For peers that are to be given up on."""
LONG = TimeOuts(connect_s=20.0, answer_s=20.0)
"""For peers that answer, on a machine however busy."""


def peer(port: int, time_outs: TimeOuts = LONG, **more: Any) -> Peer:
    return Peer("pacs", TITLE, "127.0.0.1", port, time_outs=time_outs, **more)


@contextmanager
def raw_peer(talk: Callable[[socket.socket, threading.Event], None]) -> Iterator[int]:
    """Takes connections and hands each to `talk` with an event that says that the test is over."""
    over = threading.Event()
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(0.05)

    def serve() -> None:
        while not over.is_set():
            try:
                connection, _ = listening.accept()
            except TimeoutError:
                continue
            connection.settimeout(5.0)
            with connection:
                try:
                    talk(connection, over)
                except OSError:
                    continue

    thread = threading.Thread(target=serve, name="raw-peer")
    thread.start()
    try:
        yield int(listening.getsockname()[1])
    finally:
        over.set()
        thread.join(10)
        listening.close()


@contextmanager
def scp(
    handlers: Sequence[Any],
    *,
    contexts: Sequence[str] | None = None,
    only: Sequence[tuple[str, str]] = (),
    callers: Sequence[str] = (),
) -> Any:
    """A peer that offers everything, or `contexts` alone, or `only` some
    kinds in some encodings; with the test's own handlers. Yields its port."""
    entity = AE(TITLE)
    entity.require_called_aet = True
    entity.require_calling_aet = list(callers)
    entity.maximum_pdu_size = 16382
    for kind, syntax in only:
        entity.add_supported_context(kind, syntax)
    if not only:
        for service in contexts or (VERIFICATION, FIND, WORKLIST, GET, MOVE, COMMITMENT):
            entity.add_supported_context(service)
    if contexts is None and not only:
        for context in offered():
            entity.add_supported_context(
                str(context.abstract_syntax), context.transfer_syntax, scu_role=True, scp_role=True
            )
    opened = (evt.EVT_CONN_OPEN, _closes_well)
    server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=[opened, *handlers])
    assert server is not None
    thread = next(one for one in threading.enumerate() if one.name.startswith("AcceptorServer"))
    try:
        yield int(server.server_address[1])
    finally:
        running = server.active_associations
        server.shutdown()
        for association in running:
            association.abort()
        for one in (thread, *running, *(association.dul for association in running)):
            one.join(10)


def _closes_well(event: evt.Event) -> None:
    """The library's own socket stays open after a reset, which the tests would find."""
    own: Any = event.assoc.dul.socket
    own.__class__ = BoundedSocket
    own.watch = Watch(20.0, 20.0)


def reset(connection: socket.socket) -> None:
    """Close so that the other end gets a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    connection.close()


def reset_after(parts: int) -> tuple[Any, Callable[[evt.Event], None]]:
    """A handler that resets the connection after so many parts of messages have come."""
    seen = [0]

    def on_part(event: evt.Event) -> None:
        seen[0] += 1
        if seen[0] == parts:
            own: Any = event.assoc.dul.socket
            reset(own.socket)

    return evt.EVT_PDU_RECV, on_part
