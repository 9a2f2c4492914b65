"""Does what the window asks of PACS and worklist; in a process of its own (`app.pacs_view.office`)."""

from __future__ import annotations

import logging
import os
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
from pydicom import dcmread

from app.export.archive import DicomArchive
from app.export.chosen import open_exam
from app.export.orders import orders
from app.export.patient import Patient
from app.export.pseudonym import own_pseudonyms
from app.export.routes import Routes, open_archive, open_inbox
from app.export.send_queue import QueueError, SendQueue
from app.export.send_queue_thread import Sender
from app.export.wishes import wishes
from app.pacs_settings import NoPeer, PacsSettings, load_pacs_settings, outbox, pacs_file
from app.pacs_view.letters import (
    Answer,
    Arrived,
    AskStudies,
    AskWorklist,
    BringStudy,
    Brought,
    Cine,
    Expected,
    Failed,
    LookAtQueue,
    News,
    NobodyToAsk,
    Plan,
    PlanExam,
    Queued,
    QueueState,
    Request,
    SendExam,
    Studies,
    Study,
    Worklist,
)
from app.refusal import Refusal
from app.session.errors import SessionError
from capture import dicom_query
from capture.dicom_net.inbox import Received
from capture.dicom_net.listener import Commitment, Listener
from capture.source import SourceError

if TYPE_CHECKING:
    from app.export.dicom_export import DicomExport

log = logging.getLogger(__name__)

_MAKING = "making-"
KEPT_S = 30 * 86400.0
"""Cines that were brought for review are removed after a month."""


class Clerk:
    """Belongs to one thread; what it `tell`s unasked comes from the sending thread.

    Args:
        home: the program's own folder.
        tell: given what the sending has to say.
        clock: seconds since the epoch.
    """

    def __init__(
        self, home: Path, tell: Callable[[Answer], None], clock: Callable[[], float] = time.time
    ) -> None:
        self._home, self._tell, self._clock = home, tell, clock
        self._inbox = home / "inbox"
        self._queue: SendQueue | None = None
        self._sender: Sender | None = None
        self._listener: Listener | None = None
        self._tidy()

    def answer(self, request: Request) -> Answer:
        """Do what is asked; what goes wrong is an answer too, in one line without a patient's value."""
        try:
            return self._do(request)
        except NoPeer as error:
            return NobodyToAsk(error.use, pacs_file().parent, str(error))
        except (Refusal, SourceError, SessionError, QueueError) as error:
            return Failed(" ".join(str(error).partition("; an example")[0].split()))
        except Exception as error:
            log.error("a request of the window failed (%s)", type(error).__name__)
            return Failed(f"failed unexpectedly ({type(error).__name__})")

    def stop(self) -> None:
        """End after the object at hand; what waits goes next time."""
        if self._sender is not None:
            with suppress(TimeoutError):
                self._sender.stop()
        if self._listener is not None:
            with suppress(TimeoutError):
                self._listener.stop()
        if self._queue is not None:
            self._queue.close()

    def _do(self, request: Request) -> Answer:
        if isinstance(request, AskWorklist):
            return self._worklist(request)
        if isinstance(request, AskStudies):
            return self._studies(request)
        if isinstance(request, BringStudy):
            return self._bring(request)
        if isinstance(request, PlanExam):
            return self._plan(request)
        if isinstance(request, SendExam):
            return self._send(request)
        return self._look(request)

    # Asking ------------------------------------------------------------------------------------------------

    def _worklist(self, request: AskWorklist) -> Worklist:
        settings = load_pacs_settings()
        peer = settings.peer(settings.one_for("worklist"), pacs_file().parent)
        found = dicom_query.worklist(peer, request.day)
        items = sorted(found.items, key=lambda item: item.start.isoformat() if item.start else "")
        return Worklist(tuple(_expected(item) for item in items), found.cut_off)

    def _studies(self, request: AskStudies) -> Studies:
        found = open_archive(load_pacs_settings()).studies(request.since, request.until, request.patient_id)
        items = sorted(found.items, key=lambda one: one.day.isoformat() if one.day else "", reverse=True)
        rows = (
            Study(
                one.day.isoformat() if one.day else "", one.patient_name, one.patient_id, one.description,
                one.instances, one.study_uid,
            )
            for one in items
        )  # fmt: skip
        return Studies(tuple(rows), found.cut_off)

    def _bring(self, request: BringStudy) -> Brought:
        settings = load_pacs_settings()
        archive = open_archive(settings)
        inbox = open_inbox(self._inbox, settings.listen)
        called = isinstance(archive, DicomArchive) and archive.listener is not None
        if called:
            self._listen_no_more()  # C-MOVE's objects come to the same port
        try:
            fetched = archive.fetch(inbox, request.study_uid)
        finally:
            if called and self._sender is not None:
                self._listen(settings, self._sender)
        cines = sorted((_cine(path) for path in fetched.paths), key=lambda one: (one.number or 0, one.path))
        return Brought(tuple(cines), len(fetched.refused) + fetched.failed)

    # Sending -----------------------------------------------------------------------------------------------

    def catch_up(self) -> Answer | None:
        """Make what an earlier end of the program left unmade, one exam; None where nothing is."""
        for exam, named in wishes(outbox(self._home)).all():
            answer = self.answer(SendExam(exam, named))
            return News(answer.line) if isinstance(answer, Failed) else answer
        return None

    def _export(self, exam: str, named: bool) -> DicomExport:
        # Here: they take longer to load than a worklist takes to be asked for.
        from app.export.dicom_export import DicomChoice, DicomExport
        from app.export.from_exam import content_of

        reader = open_exam(exam).reader
        patient = orders(self._home).of(exam) if named else None
        if named and patient is None:
            raise Refusal(f"{exam}: the order that was chosen for it is no longer here")
        if reader.exam.state != "closed":
            raise Refusal(f"{exam} is still being recorded; it can be sent once it has ended")
        return DicomExport(reader, content_of(reader), DicomChoice(patient), own_pseudonyms(self._home))

    def _plan(self, request: PlanExam) -> Plan:
        peer = load_pacs_settings().one_for("store")
        plan = self._export(request.exam, request.named).plan()
        lines = tuple(plan.lines())
        return Plan(request.exam, request.named, peer, lines, len(plan.files), plan.picture)

    def _send(self, request: SendExam) -> Queued:
        try:
            return self._queue_exam(request)
        finally:  # what was refused is told, and not tried for ever; a kill does not come past this
            wishes(outbox(self._home)).settle(request.exam)

    def _queue_exam(self, request: SendExam) -> Queued:
        settings = load_pacs_settings()
        peer = settings.one_for("store")
        confirm = "commitment" in settings.part(peer).uses and settings.listen is not None
        export = self._export(request.exam, request.named)
        queue = self._open_queue()
        count = 0
        with tempfile.TemporaryDirectory(prefix=f"{_MAKING}{os.getpid()}-", dir=outbox(self._home)) as folder:
            paths = list(export.write(Path(folder)))  # all made before the first goes
            for path in paths:
                queue.add(path, peer, confirm=confirm)
                count += 1
        if not count:
            raise Refusal("this exam has no kept picture and no clip: there is nothing to send")
        facts = {"what": "dicom", "objects": count, "deidentified": not request.named, "to": peer}
        open_exam(request.exam).audit("export", facts)
        if self._sender is not None:
            self._sender.wake()
        return Queued(request.exam, count, peer)

    def _look(self, request: LookAtQueue) -> QueueState:
        queue = self._open_queue()
        if request.drop_failed:
            for job in queue.jobs("failed"):
                queue.remove(job.number)
        if request.retry:
            queue.retry()
            if self._sender is not None:
                self._sender.wake()
        counts = queue.counts()
        troubled = [job for job in queue.jobs() if job.state != "done" and job.words]
        return QueueState(
            counts.get("waiting", 0),
            counts.get("unconfirmed", 0) + counts.get("asked", 0),
            counts.get("done", 0),
            counts.get("failed", 0),
            tuple(dict.fromkeys(job.words for job in troubled)),
        )

    def _open_queue(self) -> SendQueue:
        if self._queue is None:
            self._queue = queue = SendQueue(outbox(self._home))
            routes = Routes()
            self._sender = sender = Sender(queue, routes, lambda line: self._tell(News(line)))
            routes.on_report = sender.report
            with suppress(Refusal):  # a wrong line in the settings is told at each attempt
                self._listen(load_pacs_settings(), sender)
            sender.start()
        return self._queue

    def _listen(self, settings: PacsSettings, sender: Sender) -> None:
        """For what machines push, and the word of a PACS on what it keeps."""
        listen = settings.listen
        if listen is None or not (listen.store or settings.names_for("commitment")):
            return

        def report(commitment: Commitment) -> None:
            sender.report(commitment)

        def came(received: Received) -> None:
            if not received.known:
                at = time.strftime("%H:%M", time.localtime(self._clock()))
                self._tell(Arrived(_cine(received.path), at, received.calling))

        try:
            inbox = open_inbox(self._inbox, listen) if listen.store else None
            listener = Listener(
                settings.listener(pacs_file().parent), inbox,
                on_object=came, on_refused=lambda line: self._tell(News(line)), on_commitment=report,
            )  # fmt: skip
            listener.start()
        except (SourceError, Refusal) as error:
            self._tell(News(f"nobody can call this program: {error}"))
            return
        self._listener = listener

    def _listen_no_more(self) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.stop()

    def _tidy(self) -> None:
        orders(self._home).tidy()
        with suppress(OSError):
            for path in self._inbox.glob("*.dcm"):
                if self._clock() - path.stat().st_mtime > KEPT_S:
                    path.unlink()
        with suppress(OSError, ValueError):
            for folder in outbox(self._home).glob(f"{_MAKING}*"):  # left by a kill
                if psutil.pid_exists(int(folder.name.split("-")[1])):
                    continue
                for path in folder.iterdir():
                    path.unlink()
                folder.rmdir()


def _expected(item: dicom_query.WorklistItem) -> Expected:
    try:
        sex = item.sex if item.sex in ("F", "M", "O") else ""
        patient = Patient(
            item.patient_name, item.patient_id, birth_date=item.birth_date, sex=sex,  # type: ignore[arg-type]
            accession_number=item.accession_number, study_uid=item.study_uid,
            study_description=item.description[:64],
            requested_procedure_id=item.requested_procedure_id, scheduled_step_id=item.step_id,
        )  # fmt: skip
    except ValueError:
        patient = None
    start = "" if item.start is None else item.start.strftime("%Y-%m-%d %H:%M")
    return Expected(start, item.station, item.description, item.patient_name, item.patient_id, patient)


def _cine(path: Path) -> Cine:
    try:
        header = dcmread(
            path,
            stop_before_pixels=True,
            specific_tags=["InstanceNumber", "NumberOfFrames", "Rows", "Columns"],
        )
        number = header.get("InstanceNumber")
        size = f"{header.get('Columns', '?')}×{header.get('Rows', '?')}"
        return Cine(
            path, None if number is None else int(number), int(header.get("NumberOfFrames") or 1), size
        )
    except Exception:  # pydicom raises nearly anything on garbage; opening it will say what is wrong
        return Cine(path, None, 1, "")
