"""From a peer's name in the settings to the way to it."""

from __future__ import annotations

from collections.abc import Callable

from app.export.dicomweb import WebPeer, WebRoute
from app.export.store import DicomRoute, Route
from app.pacs_settings import PacsSettings, load_pacs_settings, pacs_file
from capture.dicom_net.listener import Commitment
from capture.dicom_net.peer import TimeOuts


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
        if settings.part(name).url is not None:
            return WebRoute(web_peer(settings, name))
        return DicomRoute(settings.peer(name, pacs_file().parent), self.on_report)


def web_peer(settings: PacsSettings, name: str) -> WebPeer:
    """A peer that speaks DICOMweb.

    Raises:
        Refusal: there is none of that name.
    """
    part = settings.part(name)
    return WebPeer(
        name=name,
        url=part.url or "",
        user=part.user,
        password_env=part.password_env,
        tls=None if part.tls is None else part.tls.files(pacs_file().parent),
        time_outs=TimeOuts(settings.time_outs.connect_s, settings.time_outs.answer_s),
    )
