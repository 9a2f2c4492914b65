"""From a peer's name in the settings to the way to it: the one place where DICOM and DICOMweb part."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app.export.archive import Archive, DicomArchive
from app.export.dicomweb import WebPeer, WebRoute
from app.export.store import DicomRoute, Route
from app.pacs_settings import ListenPart, PacsSettings, load_pacs_settings, pacs_file
from app.refusal import Refusal
from capture.dicom_net.inbox import Inbox
from capture.dicom_net.listener import Commitment
from capture.dicom_net.peer import TimeOuts

_MIB = 1 << 20


class Routes:
    """Looks into the settings at every call: a mended line there is used by the next attempt."""

    def __init__(
        self,
        settings: Callable[[], PacsSettings] = load_pacs_settings,
        on_report: Callable[[Commitment], None] | None = None,
    ) -> None:
        self._settings = settings
        self.on_report = on_report

    def __call__(self, name: str) -> Route:
        """The way to a peer.

        Raises:
            Refusal: there is no such peer, or it is not for storing.
        """
        settings = self._settings()
        settings.one_for("store", name)
        web = _web_route(settings, name)
        if web is not None:
            return web
        return DicomRoute(settings.peer(name, pacs_file().parent), self.on_report)


def open_archive(settings: PacsSettings, name: str | None = None) -> Archive:
    """The PACS that is asked for studies: the one named, else the first for 'query'.

    Raises:
        Refusal: there is none, or it is not for querying.
    """
    name = settings.one_for("query", name)
    web = _web_route(settings, name)
    if web is not None:
        return web
    folder = pacs_file().parent
    peer = settings.peer(name, folder)
    return DicomArchive(peer, settings.listener(folder) if peer.fetch == "move" else None)


def open_inbox(folder: Path, part: ListenPart | None) -> Inbox:
    """The folder for what comes, with the limits of the settings.

    Raises:
        Refusal: it cannot be used.
    """
    limits = part or ListenPart()
    try:
        return Inbox(
            folder, most_bytes=limits.max_object_mb * _MIB, keep_free_bytes=limits.keep_free_mb * _MIB
        )
    except OSError as error:
        raise Refusal(f"{folder}: cannot be written to ({error.strerror})") from error


def _web_route(settings: PacsSettings, name: str) -> WebRoute | None:
    """The way to a peer that speaks DICOMweb; None to one that speaks DICOM."""
    part = settings.part(name)
    if part.url is None:
        return None
    return WebRoute(
        WebPeer(
            name=name,
            url=part.url,
            user=part.user,
            password_env=part.password_env,
            tls=None if part.tls is None else part.tls.files(pacs_file().parent),
            time_outs=TimeOuts(settings.time_outs.connect_s, settings.time_outs.answer_s),
        )
    )
