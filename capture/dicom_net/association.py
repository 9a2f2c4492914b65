"""One association with a peer, opened, used and closed by one thread; every failure in the user's words."""

from __future__ import annotations

import logging
import queue
import socket
import ssl
from collections.abc import Iterable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from pynetdicom import AE, evt
from pynetdicom.association import Association
from pynetdicom.pdu_primitives import A_ASSOCIATE
from pynetdicom.presentation import PresentationContext
from pynetdicom.transport import AddressInformation, AssociationSocket

import capture.dicom_net.library  # noqa: F401
from capture.dicom_net.errors import PeerError, PeerSettingsError
from capture.dicom_net.peer import Peer
from capture.dicom_net.statuses import rejection_words
from capture.dicom_net.tls import client_context
from capture.dicom_net.watch import MAX_PDU, BoundedSocket, Watch, tame

log = logging.getLogger(__name__)


class _Entity(AE):
    """An application entity whose connections are bounded."""

    def __init__(self, title: str, watch: Watch) -> None:
        super().__init__(title)
        self._watch = watch
        self.acse_timeout = self.dimse_timeout = self.network_timeout = watch.answer_s
        self.connection_timeout = watch.connect_s

    def _create_socket(
        self,
        assoc: Association,
        address: AddressInformation,
        tls_args: tuple[ssl.SSLContext, str] | None,
    ) -> AssociationSocket:
        made = BoundedSocket(assoc, address=address)
        made.watch = self._watch
        made.tls_args = tls_args
        assoc.dul.name = "dicom-upper-layer"
        assoc.network_timeout = None  # the queue of messages knows better when nothing moves
        tame(assoc, self._watch)
        return made


class Connection:
    """`with Connection(peer, contexts) as connection:` opens an association and releases it."""

    def __init__(
        self,
        peer: Peer,
        contexts: Sequence[PresentationContext],
        *,
        roles: Iterable[Any] = (),
        handlers: Iterable[Any] = (),
        watch: Watch | None = None,
    ) -> None:
        self.peer = peer
        self._contexts = list(contexts)
        self._roles = list(roles)
        self._handlers = list(handlers)
        self.watch = watch or Watch(peer.time_outs.connect_s, peer.time_outs.answer_s)
        self._association: Association | None = None

    def __enter__(self) -> Self:
        peer = self.peer
        tls = None if peer.tls is None else (client_context(peer.tls), peer.host)
        entity = _Entity(peer.own_ae_title, self.watch)
        try:
            self._association = entity.associate(
                _address(peer),
                peer.port,
                self._contexts,
                peer.ae_title,
                MAX_PDU,
                ext_neg=self._roles,
                evt_handlers=self._handlers,
                tls_args=tls,
            )
        except OSError as error:
            raise PeerError(f"{peer.words}: no socket can be opened here ({error.strerror})") from error
        if not self._association.is_established:
            failed = self._not_opened(self._association)
            self.close()
            log.warning("%s", failed)
            raise failed
        log.info("%s: association opened", peer.words)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        established = self._association is not None and self._association.is_established
        if kind is not None and established:
            self.association.abort()
        self.close()
        if isinstance(error, RuntimeError) and not established:
            # What pynetdicom says to whoever asks on after the other end has gone.
            raise self.broken() from error

    @property
    def association(self) -> Association:
        if self._association is None:
            raise RuntimeError("expected an open association")
        return self._association

    def accepts(self, sop_class: str, syntax: str | None = None) -> bool:
        """Whether the peer takes a kind of object, or request, in that encoding."""
        return any(
            context.abstract_syntax == sop_class and (syntax is None or syntax in context.transfer_syntax)
            for context in self.association.accepted_contexts
        )

    def require(self, sop_class: str, service: str) -> None:
        """Refuse to go on with a peer that does not offer a service.

        Raises:
            PeerError: it does not.
        """
        if not self.accepts(sop_class):
            raise PeerError(f"{self.peer.words}: it does not offer {service}", again=False)

    def broken(self) -> PeerError:
        """What to say when no answer came."""
        watch, words = self.watch, self.peer.words
        if watch.garbage:
            said = PeerError(f"{words}: it sent something that is no DICOM")
        elif watch.silent or isinstance(watch.failure, TimeoutError):
            said = PeerError(f"{words}: it stopped answering; nothing came for {watch.answer_s:g} s")
        else:
            said = PeerError(f"{words}: it broke the connection off")
        log.warning("%s", said)
        return said

    def close(self) -> None:
        """Release, or abort where the peer no longer answers; no thread of it is left."""
        association = self._association
        if association is None:
            return
        if association.is_established:
            association.release()
        if association.dul.is_alive():
            association.kill()
        # A refused peer is told by the socket's end.
        if association.dul.socket is not None:
            association.dul.socket.close()
        for thread in (association.dul, association):
            if thread.ident is not None:
                thread.join(self.watch.answer_s + self.watch.connect_s)

    def _not_opened(self, association: Association) -> PeerError:
        peer, watch, words = self.peer, self.watch, self.peer.words
        failure = watch.failure
        rejection = _unread_rejection(association)
        if association.is_rejected or rejection is not None:
            answer = rejection or association.acceptor.primitive
            source, reason = getattr(answer, "result_source", None), getattr(answer, "diagnostic", None)
            said = rejection_words(source, reason, peer.own_ae_title, peer.ae_title)
            return PeerError(f"{words}: it refused the association: {said}")
        if watch.garbage:
            return PeerError(f"{words}: what answers there does not speak DICOM")
        if association.acceptor.primitive is not None and not association.accepted_contexts:
            return PeerError(f"{words}: it offers nothing of what was asked for", again=False)
        if watch.connected:
            # It is only ever we who end an association that nobody has answered.
            if isinstance(failure, TimeoutError) or (failure is None and association._sent_abort):
                limit = f"waited {watch.answer_s:g} s"
                return PeerError(f"{words}: it takes connections but does not answer; {limit}")
            if not isinstance(failure, ssl.SSLError):
                return PeerError(f"{words}: it broke the connection off without an answer")
        if isinstance(failure, ssl.SSLCertVerificationError):
            return PeerError(f"{words}: its certificate is not trusted ({failure.verify_message})")
        if isinstance(failure, ssl.SSLError):
            return PeerError(f"{words}: TLS could not be agreed on ({failure.reason or 'no reason given'})")
        if isinstance(failure, ConnectionRefusedError):
            return PeerError(f"{words}: nothing listens there")
        if isinstance(failure, TimeoutError):
            return PeerError(f"{words}: no answer within {watch.connect_s:g} s")
        reason = failure.strerror if failure is not None else None
        return PeerError(f"{words}: cannot be reached ({reason or 'no reason given'})")


def _unread_rejection(association: Association) -> A_ASSOCIATE | None:
    """The refusal of a peer that was quicker than pynetdicom.

    Its thread that waits for the connection may look only when the other one has read the refusal and closed
    the connection again; it then takes it for one that was never made, and leaves the answer unread.
    """
    answers: queue.Queue[Any] = association.dul.to_user_queue
    with suppress(queue.Empty):
        while True:
            answer = answers.get_nowait()
            if isinstance(answer, A_ASSOCIATE) and answer.result:
                return answer
    return None


def _address(peer: Peer) -> str:
    """The address behind a host name.

    Raises:
        PeerError: the name is not known.
    """
    try:
        found = socket.getaddrinfo(peer.host, peer.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise PeerError(f"{peer.words}: the name of the host is not known") from error
    if not found:
        raise PeerError(f"{peer.words}: the host has no address")
    found.sort(key=lambda entry: entry[0] != socket.AF_INET)
    return str(found[0][4][0])


def handlers_for_storage(on_store: Any) -> list[Any]:
    """What an association needs on which the peer sends objects back (C-GET)."""
    return [(evt.EVT_C_STORE, on_store)]


__all__ = ["Connection", "PeerError", "PeerSettingsError", "handlers_for_storage"]
