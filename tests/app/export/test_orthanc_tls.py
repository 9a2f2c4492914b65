"""TLS with a real PACS, in both directions: who shows no good certificate gets in nowhere."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import trustme
from pydicom.uid import generate_uid

from app.export.store import DicomRoute, read_instance
from capture import dicom_query
from capture.dicom_net.errors import PeerError
from capture.dicom_net.fetch import fetch
from capture.dicom_net.inbox import Inbox
from capture.dicom_net.listener import Commitment, Listener
from capture.dicom_net.peer import ListenerSettings, Peer, TlsFiles
from tests.app.export.orthanc import DICOM_PORT, OUR_PORT, NoOrthancError, Orthanc, inside
from tests.capture.dicom_net.objects import cine

PEER = Peer("pacs", "ORTHANC", "127.0.0.1", DICOM_PORT)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`ca`, `server` and `client` of one authority, `stranger` and `other` of another one."""
    folder = tmp_path_factory.mktemp("keys")
    for authority, names in (("ca", ("server", "client")), ("other", ("stranger",))):
        made = trustme.CA()
        made.cert_pem.write_to_path(folder / f"{authority}.pem")
        for name in names:
            issued = made.issue_cert("127.0.0.1")
            issued.cert_chain_pems[0].write_to_path(folder / f"{name}.crt")
            issued.private_key_pem.write_to_path(folder / f"{name}.key")
    return folder


@pytest.fixture(scope="module")
def orthanc(keys: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orthanc]:
    more = {
        "DicomTlsEnabled": True,
        "DicomTlsCertificate": str(keys / "server.crt"),
        "DicomTlsPrivateKey": str(keys / "server.key"),
        "DicomTlsTrustedCertificates": str(keys / "ca.pem"),
        "DicomTlsRemoteCertificateRequired": True,
        "Plugins": [],
    }
    try:
        server = Orthanc(tmp_path_factory.mktemp("orthanc"), more, tls=True)
    except NoOrthancError as reason:
        pytest.skip(str(reason))
    yield server
    server.close()


def files(keys: Path, ca: str, ours: str) -> TlsFiles:
    return TlsFiles(keys / f"{ca}.pem", keys / f"{ours}.crt", keys / f"{ours}.key")


@inside
def test_sent_confirmed_found_and_fetched_with_tls(orthanc: Orthanc, keys: Path, tmp_path: Path) -> None:
    tls = files(keys, "ca", "client")
    peer = replace(PEER, tls=tls)
    study = generate_uid()
    cine(tmp_path / "cine.dcm", study=study)
    assert dicom_query.echo(peer) > 0
    assert [one.stored for one in DicomRoute(peer).send([tmp_path / "cine.dcm"])] == [True]
    assert study in {one.study_uid for one in dicom_query.find_studies(peer).items}
    got = fetch(peer, Inbox(tmp_path / "get"), study)
    assert len(got.paths) == 1
    # Orthanc calls us: C-MOVE's objects and its word on what it keeps.
    listen = ListenerSettings(port=OUR_PORT, callers=("ORTHANC",), tls=tls)
    moved = fetch(replace(peer, fetch="move"), Inbox(tmp_path / "move"), study, listener=listen)
    assert [path.name for path in moved.paths] == [path.name for path in got.paths]
    done, came = threading.Event(), list[Commitment]()

    def report(commitment: Commitment) -> None:
        came.append(commitment)
        done.set()

    with Listener(listen, on_commitment=report):
        DicomRoute(peer).ask([read_instance(tmp_path / "cine.dcm")], "1.2.3.98")
        assert done.wait(20)
    assert len(came[0].kept) == 1


@inside
def test_whom_it_cannot_trust_it_refuses_and_so_do_we(orthanc: Orthanc, keys: Path) -> None:
    with pytest.raises(PeerError, match="its certificate is not trusted"):
        dicom_query.echo(replace(PEER, tls=files(keys, "other", "client")))
    with pytest.raises(PeerError):
        dicom_query.echo(replace(PEER, tls=files(keys, "ca", "stranger")))
    with pytest.raises(PeerError):
        dicom_query.echo(PEER)
