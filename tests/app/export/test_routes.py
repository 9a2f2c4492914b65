"""One place decides how a peer is spoken to."""

from __future__ import annotations

import pytest

from app.export.archive import DicomArchive
from app.export.dicomweb import WebRoute
from app.export.routes import Routes, open_archive
from app.export.store import DicomRoute
from app.pacs_settings import PacsSettings
from app.refusal import Refusal

TITLE = {"ae_title": "PACS", "host": "10.0.0.1", "port": 104, "for": ["query", "store"]}
SETTINGS = PacsSettings.model_validate(
    {
        "listen": {"port": 11112},
        "peers": {
            "moves": {**TITLE, "fetch": "move"},
            "gets": TITLE,
            "web": {"url": "https://10.0.0.1/dicom-web", "for": ["query", "store"]},
            "ris": {**TITLE, "for": ["worklist"]},
        },
    }
)


def test_a_title_is_spoken_to_in_dicom_and_an_address_of_the_web_over_http() -> None:
    first = open_archive(SETTINGS)
    assert isinstance(first, DicomArchive) and first.name == "moves"
    assert first.listener is not None and first.listener.port == 11112, "it has to call us"
    gets = open_archive(SETTINGS, "gets")
    assert isinstance(gets, DicomArchive) and gets.listener is None
    web = open_archive(SETTINGS, "web")
    assert isinstance(web, WebRoute) and web.name == "web" and web.peer.url.endswith("/dicom-web")
    with pytest.raises(Refusal, match=r"peers\.ris\.for: expected 'query'"):
        open_archive(SETTINGS, "ris")
    routes = Routes(lambda: SETTINGS)
    assert isinstance(routes("gets"), DicomRoute) and isinstance(routes("web"), WebRoute)
