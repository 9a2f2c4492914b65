"""Bounds on what an association waits for and takes in; pynetdicom by itself would wait and read on.

Its socket has no time-out once it is connected, so that half a message stops its thread for good; the length
that a message claims is believed, whatever it is; what the protocol does not expect ends a thread with a
traceback; the time for an answer runs while a large object is still on its way; and on a busy machine an
answer may get lost between two of its threads.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import socket
import time
from collections.abc import Callable
from io import BytesIO
from typing import Any

from pynetdicom.association import Association
from pynetdicom.pdu_primitives import A_P_ABORT
from pynetdicom.transport import T_CONNECT, AddressInformation, AssociationSocket

import capture.dicom_net.library  # noqa: F401

log = logging.getLogger(__name__)

MAX_PDU = 64 << 10
"""Bytes of a message part that we announce."""
_MOST_OF_A_PART = 1 << 20
"""Bytes above which a part is garbage: requests for an association may be longer than MAX_PDU."""
_PIECE = 64 << 10


class Watch:
    """What one association does, and why it failed. Written by pynetdicom's threads, read by the caller's."""

    def __init__(
        self, connect_s: float, answer_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.connect_s = connect_s
        self.answer_s = answer_s
        self.clock = clock
        self.moved_at = clock()
        self.connected = False
        self.failure: OSError | None = None
        """Of the connection."""
        self.silent = False
        """Nothing came for `answer_s` while an answer was waited for."""
        self.garbage = False

    def moved(self) -> None:
        """Bytes have come or gone."""
        self.moved_at = self.clock()


class BoundedSocket(AssociationSocket):
    """A connection on which no call lasts for ever and no message is of any length."""

    watch: Watch

    def connect(self, primitive: T_CONNECT) -> None:
        """As the original, but with a reason kept and a time-out left set."""
        raw = self.socket
        try:
            if raw is None:
                raise OSError("the connection was closed before it was made")
            raw.settimeout(self.watch.connect_s)
            raw.connect(primitive.address_info.as_tuple)
            if self.tls_args:
                context, host = self.tls_args
                self.socket = raw = context.wrap_socket(raw, server_hostname=host)
            raw.settimeout(self.watch.answer_s)
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.assoc.requestor.address_info = AddressInformation.from_tuple(raw.getsockname())
            self._is_connected = self.watch.connected = True
            self.watch.moved()
            primitive.result = "Evt2"
        except OSError as error:
            self.watch.failure = error
            if raw is not None:
                raw.close()
            self.socket = None
            primitive.result = "Evt17"
        self.provider_queue.put(primitive)
        self._ready.set()

    def recv(self, nr_bytes: int) -> bytearray:
        """Exactly so many bytes, fewer only at the end of the connection.

        Raises:
            OSError: they did not come in time, or nobody means to send so many.
        """
        if self.socket is None:
            raise OSError("the connection is closed")
        if nr_bytes > _MOST_OF_A_PART:
            self.watch.garbage = True
            raise OSError(f"a message part claims {nr_bytes} bytes")
        taken = bytearray()
        ends = self.watch.clock() + self.watch.answer_s
        try:
            while len(taken) < nr_bytes:
                piece = self.socket.recv(min(_PIECE, nr_bytes - len(taken)))
                if not piece:
                    break
                taken += piece
                self.watch.moved()
                if len(taken) < nr_bytes and self.watch.clock() > ends:
                    raise TimeoutError("a message part did not come to its end")
        except OSError as error:
            self.watch.failure = error
            raise
        return taken

    def send(self, bytestream: bytes) -> None:
        """All of it, as long as the other end takes some within the time-out."""
        rest = memoryview(bytestream)
        try:
            while rest:
                if self.socket is None:
                    raise OSError("the connection is closed")
                rest = rest[self.socket.send(rest[:_PIECE]) :]
                self.watch.moved()
        except OSError as error:
            self.watch.failure = self.watch.failure or error
            self.event_queue.put("Evt17")

    def _shutdown_socket(self) -> None:
        """Close it even if there is nothing left to shut down, where the original would leave it open."""
        raw = self.socket
        if raw is None:
            return
        with contextlib.suppress(OSError):
            raw.shutdown(socket.SHUT_RDWR)
        raw.close()


class PatientQueue(queue.Queue[Any]):
    """Messages of an association. The time to wait for one counts from when bytes last moved."""

    def __init__(self, watch: Watch, assoc: Association) -> None:
        super().__init__()
        self._watch = watch
        self._association = assoc

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        # The association's own thread looks for requests without blocking. It may be late to see that it is
        # paused, and would then take the answer away that somebody waits for.
        if not block and not self._association._reactor_checkpoint.is_set():
            raise queue.Empty
        if not block or timeout is None:
            return super().get(block, timeout)
        start = self._watch.clock()
        while True:
            left = max(start, self._watch.moved_at) + timeout - self._watch.clock()
            try:
                return super().get(True, max(left, 0.0) or 0.001)
            except queue.Empty:
                if left <= 0:
                    self._watch.silent = True
                    raise


class _Bin(BytesIO):
    """Takes anything and keeps nothing."""

    def write(self, data: Any, /) -> int:
        return len(data)


def tame(assoc: Association, watch: Watch) -> None:
    """Put the bounds on an association before it starts."""
    assoc.dimse.msg_queue = PatientQueue(watch, assoc)
    act = assoc.dul.state_machine.do_action

    def do_action(event: str) -> None:
        try:
            act(event)
            if event == "Evt19":  # unrecognised or invalid (PS3.8 table 9-10)
                watch.garbage = True
                assoc.dimse.msg_queue.put((None, None))  # whoever waits for an answer need not wait on
        except Exception as error:  # whatever garbage does to a parser
            watch.garbage = True
            log.warning("a DICOM association ended: it met what it cannot read (%s)", type(error).__name__)
            assoc.dul.kill_dul()
            if assoc.dul.socket is not None:
                assoc.dul.socket.close()
            if not assoc.is_acceptor or assoc.requestor.primitive is not None:
                assoc.dul.to_user_queue.put(A_P_ABORT())
            assoc.dimse.msg_queue.put((None, None))
            event = "Evt17"
        if event in ("Evt17", "Evt19") and assoc.is_acceptor:
            wake(assoc)

    setattr(assoc.dul.state_machine, "do_action", do_action)  # noqa: B010  mypy forbids plain assignment


def wake(assoc: Association) -> None:
    """An association that waits for the request of a caller who has gone need not wait on."""
    if assoc.requestor.primitive is None:
        waiting: queue.Queue[Any] = assoc.dul.to_user_queue
        waiting.put(None)


def drop_above(assoc: Association, most_bytes: int) -> bool:
    """Throw away what has come of an object that is too large, and all that is still to come of it.

    Called for each part that comes. Answers whether the object at hand is being thrown away.
    """
    message = assoc.dimse.message
    if message is None or message.data_set is None:
        return False
    if isinstance(message.data_set, _Bin):
        return True
    if message.data_set.tell() <= most_bytes:
        return False
    message.data_set = _Bin()
    return True


def was_dropped(data_set: object) -> bool:
    """Whether `drop_above` has thrown this data set away."""
    return isinstance(data_set, _Bin)
