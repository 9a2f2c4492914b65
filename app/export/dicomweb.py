"""A PACS over HTTP: storing (STOW-RS), searching (QIDO-RS) and retrieving (WADO-RS), PS3.18."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar

import requests
from dicomweb_client.web import DICOMwebClient
from pydicom import dcmread
from pydicom.dataset import Dataset
from pynetdicom.dsutils import encode

from app.export.store import Instance, NotAnObjectError, Sent, read_instance
from capture.dicom_net.errors import PeerError, PeerSettingsError
from capture.dicom_net.fetch import Fetched
from capture.dicom_net.inbox import Inbox, Incoming, Received, RefusedObjectError
from capture.dicom_net.kinds import PICTURES
from capture.dicom_net.peer import TimeOuts, TlsFiles
from capture.dicom_net.statuses import may_help_again, status_words
from capture.dicom_query import Found, InstanceFound, StudyFound, date_range
from capture.dicom_query import read_instance as read_found_instance
from capture.dicom_query import read_study as read_found_study

log = logging.getLogger(__name__)

# They log addresses, and those hold what was searched for.
for _name in ("dicomweb_client", "urllib3"):
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)

_MOST_LIST_BYTES = 64 << 20
_MOST_ANSWERS = 500
_OVERHEAD_BYTES = 64 << 10
"""Of a multipart message around one object."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class WebPeer:
    """A DICOMweb server."""

    name: str
    url: str
    user: str | None = None
    password_env: str | None = None
    """Name of the environment variable that holds the password."""
    tls: TlsFiles | None = None
    time_outs: TimeOuts = field(default_factory=TimeOuts)

    @property
    def words(self) -> str:
        return f"{self.name} ({self.url})"


class WebRoute:
    """One server. Opens a connection for each call and closes it."""

    def __init__(self, peer: WebPeer) -> None:
        self.peer = peer

    @property
    def name(self) -> str:
        return self.peer.name

    def send(self, files: Sequence[Path]) -> list[Sent]:
        """Store each file; one answer for each, in order."""
        results: list[Sent] = []
        for path in files:
            try:
                results.append(self._send_one(path))
            except NotAnObjectError as error:
                results.append(Sent(path, False, str(error), again=False))
            except PeerError as error:
                results.append(Sent(path, False, str(error), error.again))
                if error.again:  # gone, most likely: the rest need not wait for it one by one
                    results += [Sent(rest, False, str(error)) for rest in files[len(results) :]]
                    break
        return results

    def ask(self, instances: Sequence[Instance], transaction: str) -> None:
        """There is no storage commitment here; the server's answer to the storing is all there is."""
        raise PeerError(f"{self.peer.words}: DICOMweb knows no storage commitment", again=False)

    def studies(
        self,
        since: date | None = None,
        until: date | None = None,
        patient_id: str = "",
        accession_number: str = "",
        modality: str = "US",
    ) -> Found[StudyFound]:
        """Studies of a range of days, a patient or an order.

        Raises:
            PeerError: no answer, or a refusal.
        """
        wanted = {
            "ModalitiesInStudy": modality,
            "PatientID": patient_id,
            "AccessionNumber": accession_number,
            "StudyDate": date_range(since, until),
        }
        filters = {key: value for key, value in wanted.items() if value}
        with self._client(_MOST_LIST_BYTES) as client:
            answers = client.search_for_studies(
                limit=_MOST_ANSWERS,
                search_filters=filters,
                fields=["StudyDescription", "NumberOfStudyRelatedInstances"],
            )
            return _read(answers, read_found_study)

    def instances(self, study_uid: str, modality: str = "") -> Found[InstanceFound]:
        """The objects of a study, of any modality: a server need not tell an object's.

        Raises:
            PeerError: no answer, or a refusal.
        """
        with self._client(_MOST_LIST_BYTES) as client:
            answers = client.search_for_instances(study_instance_uid=study_uid, limit=10 * _MOST_ANSWERS)
            return _read(answers, read_found_instance)

    def fetch(
        self,
        inbox: Inbox,
        study_uid: str,
        on_object: Callable[[Received], None] = lambda received: None,
        only: Sequence[InstanceFound] | None = None,
    ) -> Fetched:
        """Bring the pictures and cines of a study, as they are stored there.

        Args:
            inbox: Where they go.
            study_uid: Study Instance UID.
            on_object: Called for each that came.
            only: Of these objects; None for all.

        Raises:
            PeerError: no answer, or a refusal. What came before is in the inbox.
        """
        paths: list[Path] = []
        refused: list[str] = []
        wanted = None if only is None else {one.instance_uid for one in only}
        for one in self.instances(study_uid).items:
            if one.kind and one.kind not in PICTURES:
                continue
            if wanted is not None and one.instance_uid not in wanted:
                continue
            with self._client(inbox.most_bytes + _OVERHEAD_BYTES) as client:
                dataset = client.retrieve_instance(
                    study_uid, one.series_uid, one.instance_uid, media_types=(("application/dicom", "*"),)
                )
            try:
                received = inbox.put(*_unpacked(dataset, self.peer.name))
            except RefusedObjectError as error:
                refused.append(f"an object from {self.peer.name} was refused: {error}")
                log.warning("%s", refused[-1])
                continue
            paths.append(received.path)
            on_object(received)
        return Fetched(tuple(paths), tuple(refused))

    def _send_one(self, path: Path) -> Sent:
        instance = read_instance(path)
        try:
            dataset = dcmread(path)
        except Exception as error:  # pydicom raises nearly anything on damaged files
            raise NotAnObjectError("the file is damaged: it cannot be sent") from error
        with self._client(_MOST_LIST_BYTES) as client:
            answer = client.store_instances([dataset])
        for failed in answer.get("FailedSOPSequence") or ():
            status = int(failed.get("FailureReason") or 0x0110)
            words = f"{self.peer.words}: {status_words(status)}"
            log.warning("%s", words)
            return Sent(path, False, words, may_help_again(status))
        stored = {str(item.ReferencedSOPInstanceUID) for item in answer.get("ReferencedSOPSequence") or ()}
        if instance.uid not in stored:
            return Sent(path, False, f"{self.peer.words}: it did not say that it stored the object")
        return Sent(path, True)

    @contextmanager
    def _client(self, most_bytes: int) -> Iterator[DICOMwebClient]:
        """A client whose waits and answers are bounded; what it raises, in words."""
        peer = self.peer
        with self._session(most_bytes) as session:
            try:
                client = DICOMwebClient(
                    peer.url.rstrip("/"),
                    session=session,
                    timeout=(peer.time_outs.connect_s, peer.time_outs.answer_s),
                )
                client.set_http_retry_params(retry=False)
                yield client
            except PeerError:
                raise
            except requests.HTTPError as error:
                code = error.response.status_code if error.response is not None else 0
                raise self._failed(*_http_words(code)) from error
            except requests.exceptions.SSLError as error:
                raise self._failed("its certificate is not trusted, or TLS could not be agreed on") from error
            except requests.Timeout as error:
                limit = peer.time_outs.answer_s
                raise self._failed(f"it stopped answering; nothing came for {limit:g} s") from error
            except requests.ConnectionError as error:
                raise self._failed("cannot be reached, or it broke the connection off") from error
            except requests.RequestException as error:
                raise self._failed("the request failed") from error
            except (ValueError, KeyError, TypeError, AttributeError, EOFError, OSError) as error:
                raise self._failed("it sent something that is no DICOMweb") from error

    def _failed(self, words: str, again: bool = True) -> PeerError:
        error = PeerError(f"{self.peer.words}: {words}", again=again)
        log.warning("%s", error)
        return error

    def _session(self, most_bytes: int) -> requests.Session:
        peer = self.peer
        session = requests.Session()
        session.trust_env = False  # no proxy or stored password that nobody meant for pictures of patients
        if peer.user is not None:
            password = os.environ.get(peer.password_env or "")
            if password is None:
                raise PeerSettingsError(
                    f"{peer.name}: expected the password in the environment variable {peer.password_env},"
                    " got none"
                )
            session.auth = (peer.user, password)
        if peer.tls is not None:
            if peer.tls.ca is not None:
                session.verify = str(peer.tls.ca)
            if peer.tls.certificate is not None:
                key = peer.tls.key or peer.tls.certificate
                session.cert = (str(peer.tls.certificate), str(key))

        def bounded(response: requests.Response, *_: Any, **__: Any) -> requests.Response:
            pieces = response.iter_content

            def counted(*args: Any, **options: Any) -> Iterator[Any]:
                taken = 0
                for piece in pieces(*args, **options):
                    taken += len(piece)
                    if taken > most_bytes:
                        response.close()
                        raise self._failed(f"it sent more than {most_bytes >> 20} MiB", again=False)
                    yield piece

            setattr(response, "iter_content", counted)  # noqa: B010  mypy forbids plain assignment
            return response

        session.hooks["response"].append(bounded)
        return session


def _read(answers: Sequence[Any], read: Callable[[Dataset], T]) -> Found[T]:
    items: list[T] = []
    unreadable = 0
    for answer in answers:
        try:
            items.append(read(Dataset.from_json(answer)))
        except Exception:  # pydicom raises nearly anything on garbage
            unreadable += 1
    return Found(tuple(items), cut_off=len(items) >= _MOST_ANSWERS, unreadable=unreadable)


def _unpacked(dataset: Dataset, sender: str) -> tuple[Incoming, BytesIO]:
    """An object as C-STORE would have brought it.

    Raises:
        RefusedObjectError: it makes no sense.
    """
    try:
        syntax = dataset.file_meta.TransferSyntaxUID
        body = encode(dataset, syntax.is_implicit_VR, syntax.is_little_endian, syntax.is_deflated)
        incoming = Incoming(str(dataset.SOPClassUID), str(dataset.SOPInstanceUID), str(syntax), sender)
    except Exception as error:  # pydicom raises nearly anything on garbage
        raise RefusedObjectError(0xC000, "its data cannot be read") from error
    if body is None:
        raise RefusedObjectError(0xC000, "its data cannot be read")
    return incoming, BytesIO(body)


def _http_words(code: int) -> tuple[str, bool]:
    """What a status of HTTP means here, and whether to try again."""
    known = {
        400: ("it did not understand the request (HTTP 400)", False),
        401: ("it wants another user or password (HTTP 401)", True),
        403: ("it does not allow us to (HTTP 403)", True),
        404: ("there is no such thing, or no DICOMweb, at this address (HTTP 404)", True),
        409: ("it did not store the object (HTTP 409)", False),
        413: ("the object is too large for it (HTTP 413)", False),
        415: ("it does not take this kind of object (HTTP 415)", False),
        503: ("it is busy (HTTP 503)", True),
        507: ("it is out of room (HTTP 507)", True),
    }
    return known.get(code, (f"it failed (HTTP {code})", code >= 500))
