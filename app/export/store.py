"""Sending DICOM files to a PACS (C-STORE), and asking it to answer for them (storage commitment, PS3.4 J)."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.filereader import read_file_meta_info
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import evt
from pynetdicom.presentation import PresentationContext, build_context

from capture.dicom_net.association import Connection
from capture.dicom_net.errors import PeerError
from capture.dicom_net.listener import Commitment, read_report
from capture.dicom_net.peer import Peer
from capture.dicom_net.services import COMMITMENT, COMMITMENT_INSTANCE
from capture.dicom_net.statuses import SUCCESS, is_good, may_help_again, status_words

log = logging.getLogger(__name__)

_MOST_CONTEXTS = 128
"""Of an association: their numbers are odd and below 256 (PS3.8 9.3.2.2)."""
_PLAIN = (ExplicitVRLittleEndian, ImplicitVRLittleEndian)


@dataclass(frozen=True, slots=True)
class Instance:
    """One object as PACSs name it."""

    kind: str
    """SOP Class UID."""
    uid: str
    """SOP Instance UID."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of one file."""

    path: Path
    stored: bool
    words: str = ""
    """What went wrong, or a warning."""
    again: bool = True
    """Whether trying again may help, where it was not stored."""


class Route(Protocol):
    """A way to one peer."""

    def send(self, files: Sequence[Path]) -> list[Sent]:
        """Try each file once; one answer for each, in order. A failing peer is no exception."""
        ...

    def ask(self, instances: Sequence[Instance], transaction: str) -> None:
        """Ask the peer to answer for objects; the answer comes to the listener.

        Raises:
            PeerError: it does not take the question.
        """
        ...


class NotAnObjectError(Exception):
    """A file that cannot be sent: no DICOM, or damaged; one line."""


@dataclass(frozen=True, slots=True)
class _Object:
    path: Path
    instance: Instance
    syntax: UID


class DicomRoute:
    """To a peer that speaks DICOM."""

    def __init__(self, peer: Peer, on_report: Callable[[Commitment], None] | None = None) -> None:
        self.peer = peer
        self._on_report = on_report

    def send(self, files: Sequence[Path]) -> list[Sent]:
        results: dict[Path, Sent] = {}
        objects: list[_Object] = []
        for path in files:
            try:
                objects.append(_read(path))
            except NotAnObjectError as error:
                results[path] = Sent(path, stored=False, words=str(error), again=False)
        if objects:
            try:
                self._send(objects, results)
            except PeerError as error:
                for one in objects:
                    results.setdefault(one.path, Sent(one.path, False, str(error), error.again))
        return [results[path] for path in files]

    def ask(self, instances: Sequence[Instance], transaction: str) -> None:
        request = Dataset()
        request.TransactionUID = transaction
        request.ReferencedSOPSequence = [_reference(one) for one in instances]
        handlers = [(evt.EVT_N_EVENT_REPORT, self._report)]
        with Connection(self.peer, [build_context(COMMITMENT)], handlers=handlers) as connection:
            connection.require(COMMITMENT, "storage commitment")
            answer, _ = connection.association.send_n_action(request, 1, COMMITMENT, COMMITMENT_INSTANCE)
            status = answer.get("Status")
            if status is None:
                raise connection.broken()
            if status != SUCCESS:
                words = f"{self.peer.words}: it does not commit itself: {status_words(status)}"
                raise PeerError(words, again=may_help_again(status))

    def _report(self, event: evt.Event) -> tuple[int, None]:
        """Some peers report at once, on the association on which they were asked."""
        commitment = read_report(event)
        if commitment is not None and self._on_report is not None:
            self._on_report(commitment)
        return SUCCESS, None

    def _send(self, objects: Sequence[_Object], results: dict[Path, Sent]) -> None:
        with Connection(self.peer, _contexts(objects)) as connection:
            for one in objects:
                results[one.path] = self._send_one(connection, one)

    def _send_one(self, connection: Connection, one: _Object) -> Sent:
        words = self.peer.words
        data: Path | Dataset = one.path
        if not connection.accepts(one.instance.kind, one.syntax):
            plain = any(connection.accepts(one.instance.kind, syntax) for syntax in _PLAIN)
            if one.syntax not in _PLAIN or not plain:
                what = f"{UID(one.instance.kind).name} in {one.syntax.name}"
                return Sent(one.path, False, f"{words}: it does not take {what}", again=False)
            data = dcmread(one.path)
        try:
            status = connection.association.send_c_store(data).get("Status")
        except (ValueError, AttributeError, OSError, RuntimeError) as error:
            if not connection.association.is_established:
                raise connection.broken() from error
            log.warning("%s: an object was not sent (%s)", words, type(error).__name__)
            return Sent(one.path, False, "the file is damaged: it cannot be sent", again=False)
        if status is None:
            raise connection.broken()
        if is_good(status):
            warned = "" if status == SUCCESS else f"{words}: {status_words(status)}"
            return Sent(one.path, True, warned)
        said = f"{words}: {status_words(status)}"
        log.warning("%s", said)
        return Sent(one.path, False, said, may_help_again(status))


class Reports:
    """Reports of commitment as they come in, for whoever waits for one."""

    def __init__(self) -> None:
        self._came = threading.Condition()
        self._reports: dict[str, Commitment] = {}

    def add(self, commitment: Commitment) -> None:
        with self._came:
            self._reports[commitment.transaction] = commitment
            self._came.notify_all()

    def wait(self, transaction: str, timeout_s: float) -> Commitment | None:
        """The report of a transaction; None where it did not come in time."""
        with self._came:
            self._came.wait_for(lambda: transaction in self._reports, timeout_s)
            return self._reports.pop(transaction, None)


def read_instance(path: Path) -> Instance:
    """What a file holds, by its meta header alone.

    Raises:
        NotAnObjectError: it is no DICOM file.
    """
    return _read(path).instance


def _read(path: Path) -> _Object:
    try:
        meta = read_file_meta_info(path)
        kind, uid = str(meta.MediaStorageSOPClassUID), str(meta.MediaStorageSOPInstanceUID)
        syntax = UID(str(meta.TransferSyntaxUID))
    except OSError as error:
        raise NotAnObjectError(f"the file cannot be read ({error.strerror})") from error
    except Exception as error:  # pydicom raises nearly anything on garbage
        raise NotAnObjectError("the file is no DICOM object") from error
    return _Object(path, Instance(kind, uid), syntax)


def _contexts(objects: Iterable[_Object]) -> list[PresentationContext]:
    """Each kind in the encoding it has, alone, so that the peer cannot choose another; plain ones in both."""
    made: dict[tuple[str, str], PresentationContext] = {}
    for one in objects:
        for syntax in _PLAIN if one.syntax in _PLAIN else (one.syntax,):
            made[one.instance.kind, syntax] = build_context(one.instance.kind, syntax)
    return list(made.values())[:_MOST_CONTEXTS]


def _reference(instance: Instance) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID = instance.kind
    item.ReferencedSOPInstanceUID = instance.uid
    return item
