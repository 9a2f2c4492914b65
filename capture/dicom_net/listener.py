"""A storage that machines push to and a PACS moves to; it also takes reports of storage commitment."""

from __future__ import annotations

import logging
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pynetdicom import AE, evt
from pynetdicom.association import Association
from pynetdicom.transport import RequestHandler, ThreadedAssociationServer

import capture.dicom_net.library  # noqa: F401
from capture.dicom_net.errors import PeerSettingsError
from capture.dicom_net.inbox import Inbox, Incoming, Received, RefusedObjectError
from capture.dicom_net.kinds import offered
from capture.dicom_net.peer import ListenerSettings
from capture.dicom_net.services import COMMITMENT, VERIFICATION
from capture.dicom_net.statuses import CANNOT_UNDERSTAND, OUT_OF_RESOURCES, SUCCESS
from capture.dicom_net.tls import server_context
from capture.dicom_net.watch import MAX_PDU, BoundedSocket, Watch, drop_above, tame, wake, was_dropped

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Commitment:
    """What a PACS says of objects that it was asked to keep (PS3.4 J.3.3)."""

    transaction: str
    kept: tuple[str, ...]
    """SOP Instance UIDs."""
    not_kept: tuple[str, ...]


class Listener:
    """`with Listener(settings, inbox) as listener:` takes objects until the end of the block.

    The callbacks run in threads of the associations and should be quick.
    """

    def __init__(
        self,
        settings: ListenerSettings,
        inbox: Inbox | None = None,
        *,
        on_object: Callable[[Received], None] = lambda received: None,
        on_refused: Callable[[str], None] = lambda line: None,
        on_commitment: Callable[[Commitment], None] = lambda commitment: None,
        on_part: Callable[[], None] = lambda: None,
    ) -> None:
        self.settings = settings
        self.inbox = inbox
        self._on_object = on_object
        self._on_refused = on_refused
        self._on_commitment = on_commitment
        self._on_part = on_part
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Listener:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def port(self) -> int:
        if self._server is None:
            raise RuntimeError("expected a listener that is started")
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Begin to listen.

        Raises:
            PeerSettingsError: the port is taken or not allowed, or the TLS files are no good.
        """
        settings = self.settings
        tls = None if settings.tls is None else server_context(settings.tls)
        entity = AE(settings.ae_title)
        entity.maximum_associations = settings.associations
        entity.maximum_pdu_size = MAX_PDU
        entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = settings.answer_s
        entity.require_called_aet = True
        entity.require_calling_aet = list(settings.callers)
        entity.add_supported_context(VERIFICATION)
        entity.add_supported_context(COMMITMENT, scu_role=True, scp_role=True)
        if self.inbox is not None:
            for context in offered():
                entity.add_supported_context(str(context.abstract_syntax), context.transfer_syntax)
        try:
            server = entity.make_server(
                (settings.host, settings.port),
                ssl_context=tls,
                evt_handlers=[
                    (evt.EVT_C_ECHO, lambda event: SUCCESS),
                    (evt.EVT_C_STORE, self._store),
                    (evt.EVT_ESTABLISHED, self._may_rest),
                    (evt.EVT_PDU_RECV, self._part),
                    (evt.EVT_DIMSE_RECV, self._may_rest),
                    (evt.EVT_N_EVENT_REPORT, self._report),
                    (evt.EVT_REJECTED, self._rejected),
                ],
                server_class=_Server,
                request_handler=_Handler,
            )
        except (OSError, OverflowError) as error:
            said = getattr(error, "strerror", None) or str(error)
            raise PeerSettingsError(f"cannot listen on {settings.host}:{settings.port} ({said})") from error
        assert isinstance(server, _Server)
        server.answer_s = settings.answer_s
        entity._servers.append(server)  # its shutdown() looks for itself there
        self._server = server
        self._thread = threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.1}, name="dicom-listen"
        )
        self._thread.start()
        log.info("listening as %s on %s:%d", settings.ae_title, settings.host, self.port)

    def stop(self, timeout_s: float = 10.0) -> None:
        """Listen no more; whoever is still sending is cut off and will send again.

        Raises:
            TimeoutError: a thread did not end.
        """
        server, thread = self._server, self._thread
        if server is None or thread is None:
            return
        self._server = self._thread = None
        running = server.active_associations
        server.shutdown()
        for association in running:
            association.abort()
            wake(association)
        for one in (thread, *running, *(association.dul for association in running)):
            one.join(timeout_s)
            if one.is_alive():
                raise TimeoutError(f"expected {one.name} to end within {timeout_s:g} s")

    def _part(self, event: evt.Event) -> None:
        """Each part of a message, before it is added to what came."""
        self._on_part()
        event.assoc.network_timeout = self.settings.answer_s
        if self.inbox is not None:
            drop_above(event.assoc, self.inbox.most_bytes)

    def _may_rest(self, event: evt.Event) -> None:
        """A message is complete."""
        event.assoc.network_timeout = self.settings.idle_s

    def _store(self, event: evt.Event) -> int:
        calling = _calling(event.assoc)
        try:
            received = put(self.inbox, event, calling)
        except RefusedObjectError as refused:
            line = f"an object from {calling} was refused: {refused}"
            log.warning("%s", line)
            self._on_refused(line)
            return refused.status
        except Exception as error:
            log.error("an object from %s was refused: %s while storing", calling, type(error).__name__)
            self._on_refused(f"an object from {calling} was refused: it could not be stored")
            return OUT_OF_RESOURCES
        log.info(
            "%s from %s, %d bytes%s",
            received.path.name,
            calling,
            received.size_bytes,
            ", known before" if received.known else "",
        )
        self._on_object(received)
        return SUCCESS

    def _report(self, event: evt.Event) -> tuple[int, None]:
        commitment = read_report(event)
        if commitment is None:
            log.warning("a report of storage commitment from %s cannot be read", _calling(event.assoc))
            return CANNOT_UNDERSTAND, None
        self._on_commitment(commitment)
        return SUCCESS, None

    def _rejected(self, event: evt.Event) -> None:
        asked = event.assoc.requestor.primitive
        called = _plain(getattr(asked, "called_ae_title", ""))
        line = f"a call from {_calling(event.assoc)} to {called} was refused: not among those that may call"
        if called == self.settings.ae_title and not self._foreign(_calling(event.assoc)):
            line = f"a call from {_calling(event.assoc)} was refused: too many at once"
        elif called != self.settings.ae_title:
            line = f"a call from {_calling(event.assoc)} was refused: it called {called}"
        log.warning("%s", line)
        self._on_refused(line)

    def _foreign(self, calling: str) -> bool:
        return bool(self.settings.callers) and calling not in self.settings.callers


def put(inbox: Inbox | None, event: evt.Event, calling: str) -> Received:
    """Store what a C-STORE request brought.

    Raises:
        RefusedObjectError: it is not taken.
    """
    if inbox is None:
        raise RefusedObjectError(OUT_OF_RESOURCES, "nothing is stored here")
    request: Any = event.request
    if was_dropped(request.DataSet):
        raise inbox.too_large()
    if request.DataSet is None:
        raise RefusedObjectError(CANNOT_UNDERSTAND, "it is empty")
    incoming = Incoming(
        sop_class=str(request.AffectedSOPClassUID),
        sop_instance=str(request.AffectedSOPInstanceUID),
        syntax=str(event.context.transfer_syntax),
        calling=calling,
    )
    return inbox.put(incoming, request.DataSet)


def read_report(event: evt.Event) -> Commitment | None:
    """An N-EVENT-REPORT of storage commitment; None where it makes no sense."""
    try:
        information = event.event_information
        return Commitment(
            transaction=str(information.TransactionUID),
            kept=_instances(information.get("ReferencedSOPSequence")),
            not_kept=_instances(information.get("FailedSOPSequence")),
        )
    except Exception:  # pydicom raises nearly anything on garbage
        return None


def _instances(sequence: Any) -> tuple[str, ...]:
    return tuple(str(item.ReferencedSOPInstanceUID) for item in sequence or ())


def _calling(association: Association) -> str:
    return _plain(association.requestor.ae_title)


def _plain(title: object) -> str:
    """An AE title as somebody else wrote it, fit for one line."""
    return "".join(mark if mark.isprintable() else "?" for mark in str(title))[:16].strip() or "(no title)"


class _Handler(RequestHandler):
    """Starts an association whose waits are bounded."""

    def _create_association(self) -> Association:
        association = super()._create_association()
        server = self.server
        assert isinstance(server, _Server)
        watch = Watch(server.answer_s, server.answer_s)
        # The socket was wrapped as the library's own class; the same one, with bounds.
        wrapped = association.dul.socket
        if wrapped is not None:
            wrapped.__class__ = BoundedSocket
            setattr(wrapped, "watch", watch)  # noqa: B010  of the class it has become
        association.dul.name = "dicom-upper-layer"
        tame(association, watch)
        return association


class _Server(ThreadedAssociationServer):
    """Agrees on TLS in the caller's own thread: a caller that says nothing holds nobody else up."""

    daemon_threads = False
    block_on_close = True
    answer_s = 15.0

    def get_request(self) -> tuple[Any, Any]:
        assert self.socket is not None
        connection, address = self.socket.accept()
        connection.settimeout(self.answer_s)
        return connection, address

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        connection = request
        try:
            if self.ssl_context is not None:
                connection = self.ssl_context.wrap_socket(request, server_side=True)
            self.finish_request(connection, client_address)
        except (OSError, ssl.SSLError) as error:
            log.warning("a connection ended before it began (%s)", type(error).__name__)
            self.shutdown_request(connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        log.warning("a connection failed")  # the original prints a traceback
