"""`philtrum pacs echo|worklist|find|get|listen`: what comes in."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from app.export.archive import Archive, DicomArchive
from app.export.routes import open_archive, open_inbox
from app.pacs_settings import load_pacs_settings, pacs_file
from app.refusal import Refusal
from capture import dicom_query
from capture.dicom_net.errors import PeerError
from capture.dicom_net.inbox import Received
from capture.dicom_net.listener import Listener

DONE, SOMETHING_LEFT = 0, 1


def echo(args: argparse.Namespace) -> int:
    """0 where all answer, 1 where some do not."""
    settings = load_pacs_settings()
    names = args.peer or [name for name, part in settings.peers.items() if part.url is None]
    if not names:
        settings.one_for("store")
    status = DONE
    for name in names:
        peer = settings.peer(name, pacs_file().parent)
        try:
            print(f"{peer.words}: answers in {dicom_query.echo(peer):.0f} ms", flush=True)
        except PeerError as error:
            print(error, file=sys.stderr, flush=True)
            status = SOMETHING_LEFT
    return status


def worklist(args: argparse.Namespace) -> int:
    settings = load_pacs_settings()
    peer = settings.peer(settings.one_for("worklist", args.peer), pacs_file().parent)
    found = dicom_query.worklist(peer, args.day, args.station, args.modality)
    for item in found.items:
        when = "" if item.start is None else item.start.strftime("%Y-%m-%d %H:%M")
        _row(when, item.station, item.patient_name, item.patient_id, item.accession_number, item.description)
    return _end(found, "planned")


def find(args: argparse.Namespace) -> int:
    settings = load_pacs_settings()
    archive = open_archive(settings, args.peer)
    if args.study:
        return _series(_dicom(archive, "--study"), args.study)
    found = archive.studies(args.since, args.until, args.patient_id, args.accession_number)
    for study in found.items:
        when = "" if study.day is None else study.day.isoformat()
        number = "" if study.instances is None else f"{study.instances} objects"
        _row(when, study.patient_name, study.patient_id, study.description, number, study.study_uid)
    return _end(found, "studies")


def _dicom(archive: Archive, option: str) -> DicomArchive:
    if isinstance(archive, DicomArchive):
        return archive
    raise Refusal(f"{option} needs a peer that speaks DICOM, not DICOMweb")


def _series(archive: DicomArchive, study: str) -> int:
    found = archive.series(study)
    for series in found.items:
        number = "" if series.instances is None else f"{series.instances} objects"
        _row(series.modality, series.description, number, series.series_uid)
    return _end(found, "series")


def get(args: argparse.Namespace) -> int:
    """0 where all came, 1 where some did not."""
    settings = load_pacs_settings()
    archive = open_archive(settings, args.peer)
    inbox = open_inbox(args.out, settings.listen)

    def came(received: Received) -> None:
        print(received.path, flush=True)

    if args.series:
        fetched = _dicom(archive, "--series").fetch(inbox, args.study, came, series_uid=args.series)
    else:
        fetched = archive.fetch(inbox, args.study, came)
    for line in fetched.refused:
        print(line, file=sys.stderr)
    if fetched.failed:
        print(f"{archive.name} could not send {fetched.failed} objects", file=sys.stderr)
    print(f"{len(fetched.paths)} objects in {args.out}")
    return SOMETHING_LEFT if fetched.refused or fetched.failed or not fetched.paths else DONE


def listen(args: argparse.Namespace) -> int:
    """Takes objects until Ctrl-C or the end of the service."""
    settings = load_pacs_settings()
    where = settings.listener(pacs_file().parent)

    def came(received: Received) -> None:
        known = ", known before" if received.known else ""
        print(f"{received.path.name} from {received.calling}, {received.size_bytes} bytes{known}", flush=True)

    def refused(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    inbox = open_inbox(args.out, settings.listen)
    with Listener(where, inbox, on_object=came, on_refused=refused) as listener, until_stopped() as wait:
        callers = ", ".join(where.callers) or "anybody"
        print(f"listening as {where.ae_title} on {where.host}:{listener.port} for {callers}", flush=True)
        wait()
    return DONE


@contextmanager
def until_stopped() -> Iterator[Callable[[], None]]:
    """Gives a wait that ends with Ctrl-C or SIGTERM."""
    stopped = threading.Event()
    before = {
        number: signal.signal(number, lambda *_: stopped.set()) for number in (signal.SIGINT, signal.SIGTERM)
    }

    def wait() -> None:
        while not stopped.wait(0.5):  # in steps: on Windows an endless wait hears no Ctrl-C
            pass

    try:
        yield wait
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _row(*cells: str) -> None:
    print("  ".join(cell or "-" for cell in cells), flush=True)


def _end(found: dicom_query.Found[Any], what: str) -> int:
    more = ", and there are more: narrow the search" if found.cut_off else ""
    bad = f", {found.unreadable} answers could not be read" if found.unreadable else ""
    print(f"{len(found.items)} {what}{more}{bad}")
    return SOMETHING_LEFT if found.cut_off or found.unreadable else DONE
