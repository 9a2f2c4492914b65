"""Bringing stored objects here: over the association itself (C-GET), or sent to our listener (C-MOVE)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from pydicom.dataset import Dataset
from pynetdicom import evt
from pynetdicom.presentation import build_context

from capture.dicom_net.association import Connection
from capture.dicom_net.errors import PeerError, PeerSettingsError
from capture.dicom_net.inbox import Inbox, Received, RefusedObjectError
from capture.dicom_net.kinds import offered, storage_roles
from capture.dicom_net.listener import Listener, put
from capture.dicom_net.peer import ListenerSettings, Peer
from capture.dicom_net.services import GET, MOVE
from capture.dicom_net.statuses import (
    OUT_OF_RESOURCES,
    SUCCESS,
    is_good,
    is_pending,
    may_help_again,
    status_words,
)
from capture.dicom_net.watch import Watch, drop_above

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came, in the order in which it came."""

    paths: tuple[Path, ...]
    refused: tuple[str, ...] = ()
    """Objects that came and were not taken, one line each."""
    failed: int = 0
    """Objects that the peer could not send, by its own count."""


def fetch(
    peer: Peer,
    inbox: Inbox,
    study_uid: str,
    series_uid: str = "",
    instance_uid: str = "",
    *,
    listener: ListenerSettings | None = None,
    on_object: Callable[[Received], None] = lambda received: None,
) -> Fetched:
    """Bring a study, one series of it, or one object. Only pictures and cines come.

    Args:
        peer: Who has them; `peer.fetch` says in which way to ask.
        inbox: Where they go.
        study_uid: Study Instance UID.
        series_uid: Empty for all series.
        instance_uid: Empty for all objects of the series.
        listener: Where the peer can call us; needed where it can only be asked to move.
        on_object: Called for each that came, in a thread of the network.

    Raises:
        PeerError: no answer, or a refusal. What came before is in the inbox.
        PeerSettingsError: a listener is needed and not given, or cannot listen.
    """
    query = Dataset()
    query.QueryRetrieveLevel = "IMAGE" if instance_uid else "SERIES" if series_uid else "STUDY"
    query.StudyInstanceUID = study_uid
    if series_uid:
        query.SeriesInstanceUID = series_uid
    if instance_uid:
        query.SOPInstanceUID = instance_uid
    haul = _Haul(on_object)
    if peer.fetch == "get":
        return _get(peer, inbox, query, haul)
    if listener is None:
        raise PeerSettingsError(f"{peer.words}: fetch is 'move', so `listen` is needed in the settings")
    return _move(peer, inbox, query, listener, haul)


class _Haul:
    """What comes, collected over threads."""

    def __init__(self, on_object: Callable[[Received], None]) -> None:
        self._on_object = on_object
        self.paths: list[Path] = []
        self.refused: list[str] = []

    def came(self, received: Received) -> None:
        if received.path not in self.paths:
            self.paths.append(received.path)
        self._on_object(received)

    def done(self, failed: int) -> Fetched:
        return Fetched(tuple(self.paths), tuple(self.refused), max(0, failed - len(self.refused)))


def _get(peer: Peer, inbox: Inbox, query: Dataset, haul: _Haul) -> Fetched:

    def store(event: evt.Event) -> int:
        try:
            haul.came(put(inbox, event, peer.ae_title))
        except RefusedObjectError as refused:
            haul.refused.append(f"an object from {peer.ae_title} was refused: {refused}")
            log.warning("%s", haul.refused[-1])
            return refused.status
        except Exception as error:
            log.error("an object from %s: %s while storing", peer.ae_title, type(error).__name__)
            haul.refused.append(f"an object from {peer.ae_title} could not be stored")
            return OUT_OF_RESOURCES
        return SUCCESS

    with Connection(
        peer,
        [build_context(GET), *offered()],
        roles=storage_roles(),
        handlers=[
            (evt.EVT_C_STORE, store),
            (evt.EVT_PDU_RECV, lambda event: drop_above(event.assoc, inbox.most_bytes) and None),
        ],
    ) as connection:
        connection.require(GET, "fetching by C-GET; try fetch 'move'")
        failed = _answers(connection, connection.association.send_c_get(query, GET))
    return haul.done(failed)


def _move(peer: Peer, inbox: Inbox, query: Dataset, settings: ListenerSettings, haul: _Haul) -> Fetched:
    watch = Watch(peer.time_outs.connect_s, peer.time_outs.answer_s)

    def came(received: Received) -> None:
        watch.moved()  # the peer is busy sending, not silent
        haul.came(received)

    listener = Listener(settings, inbox, on_object=came, on_refused=haul.refused.append, on_part=watch.moved)
    with listener, Connection(peer, [build_context(MOVE)], watch=watch) as connection:
        connection.require(MOVE, "fetching by C-MOVE")
        failed = _answers(connection, connection.association.send_c_move(query, settings.ae_title, MOVE))
    return haul.done(failed)


def _answers(connection: Connection, answers: Iterable[tuple[Dataset, Dataset | None]]) -> int:
    """Follow the answers to the end; how many objects failed.

    Raises:
        PeerError: the peer broke off or refused.
    """
    failed = 0
    for answer, _ in answers:
        status = answer.get("Status")
        if status is None:
            raise connection.broken()
        failed = int(answer.get("NumberOfFailedSuboperations") or failed)
        if not is_pending(status) and not is_good(status) and not (status == 0xA702 and failed):
            words = f"{connection.peer.words}: {status_words(status)}"
            log.warning("%s", words)
            raise PeerError(words, again=may_help_again(status))
    return failed
