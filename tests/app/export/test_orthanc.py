"""Against a real PACS: what other tests say of fake peers holds there too."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from app.__main__ import main
from app.export.dicomweb import WebPeer, WebRoute
from app.export.send_queue import SendQueue
from app.export.send_queue_thread import Sender
from app.export.store import DicomRoute, Instance
from app.home import home_dir
from app.pacs_view.clerk import Clerk
from app.pacs_view.letters import (
    AskStudies,
    BringStudy,
    Brought,
    LookAtQueue,
    Queued,
    QueueState,
    SendExam,
    Studies,
)
from capture import dicom_query
from capture.dicom_net.errors import PeerError
from capture.dicom_net.fetch import fetch
from capture.dicom_net.inbox import Inbox, file_name
from capture.dicom_net.listener import Commitment, Listener
from capture.dicom_net.peer import ListenerSettings, Peer
from capture.open import open_source
from tests.app.export.orthanc import DICOM_PORT, HTTP_PORT, OUR_PORT, NoOrthancError, Orthanc, inside
from tests.app.review.conftest import make_exam
from tests.capture.dicom_net.objects import ID, NAME, PLANTED, cine, still
from tests.inference.tiny_models import write_tiny_model

PEER = Peer("pacs", "ORTHANC", "127.0.0.1", DICOM_PORT)
LISTEN = ListenerSettings(port=OUR_PORT, callers=("ORTHANC",))


@pytest.fixture(scope="module")
def orthanc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orthanc]:
    try:
        server = Orthanc(tmp_path_factory.mktemp("orthanc"))
    except NoOrthancError as reason:
        pytest.skip(str(reason))
    yield server
    server.close()


@inside
def test_echo_and_strangers(orthanc: Orthanc) -> None:
    assert dicom_query.echo(PEER) > 0
    with pytest.raises(PeerError, match="refused the association: its AE title is not OTHER"):
        dicom_query.echo(Peer("pacs", "OTHER", "127.0.0.1", DICOM_PORT))


@inside
def test_stored_found_and_brought_back_as_it_was(
    orthanc: Orthanc, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    study = generate_uid()
    written = cine(tmp_path / "cine.dcm", study=study)
    still(tmp_path / "still.dcm", study=study)
    sent = DicomRoute(PEER).send([tmp_path / "cine.dcm", tmp_path / "still.dcm"])
    assert [one.stored for one in sent] == [True, True], sent

    studies = dicom_query.find_studies(PEER, since=date(2026, 11, 1), until=date(2026, 11, 30))
    found = next(one for one in studies.items if one.study_uid == study)
    assert (found.patient_name, found.patient_id, found.instances) == (NAME, ID, 2)
    assert found.day == date(2026, 11, 22)
    series = dicom_query.find_series(PEER, study)
    assert {one.series_uid for one in series.items} >= {written.SeriesInstanceUID}
    instances = dicom_query.find_instances(PEER, study, written.SeriesInstanceUID)
    assert [one.instance_uid for one in instances.items] == [written.SOPInstanceUID]

    fetched = fetch(PEER, Inbox(tmp_path / "get"), study)
    assert len(fetched.paths) == 2 and not fetched.refused and not fetched.failed
    same = [path for path in fetched.paths if dcmread(path).SOPInstanceUID == written.SOPInstanceUID]
    assert dcmread(same[0]).PixelData == dcmread(tmp_path / "cine.dcm").PixelData
    assert dcmread(same[0]).file_meta.TransferSyntaxUID == written.file_meta.TransferSyntaxUID
    with open_source(str(same[0])) as source:
        frame = source.read(5.0)
        assert frame is not None and frame.pixels.shape == (64, 64)
        assert source.info.frames == 3

    mover = Peer("pacs", "ORTHANC", "127.0.0.1", DICOM_PORT, fetch="move")
    moved = fetch(mover, Inbox(tmp_path / "move"), study, listener=LISTEN)
    assert sorted(path.name for path in moved.paths) == sorted(path.name for path in fetched.paths)
    for planted in (*PLANTED, study, written.SOPInstanceUID):
        assert planted not in caplog.text
        assert not any(planted in path.name for path in tmp_path.rglob("*"))


@inside
def test_queue_with_commitment(orthanc: Orthanc, tmp_path: Path) -> None:
    cine(tmp_path / "cine.dcm")
    lines: list[str] = []
    with SendQueue(tmp_path / "outbox") as queue:
        queue.add(tmp_path / "cine.dcm", "pacs", confirm=True)
        sender = Sender(queue, lambda name: DicomRoute(PEER), lines.append)
        came: list[Commitment] = []

        def report(commitment: Commitment) -> None:
            sender.report(commitment)
            came.append(commitment)
            done.set()

        done = threading.Event()
        with Listener(LISTEN, on_commitment=report):
            assert sender.round()
            assert done.wait(20)
        assert queue.counts() == {"done": 1}
        assert not lines
        assert len(came[0].kept) == 1 and not came[0].not_kept


@inside
def test_commitment_of_what_it_does_not_have(orthanc: Orthanc, tmp_path: Path) -> None:
    cine(tmp_path / "cine.dcm")
    done, came = threading.Event(), []

    def report(commitment: Commitment) -> None:
        came.append(commitment)
        done.set()

    with Listener(LISTEN, on_commitment=report):
        missing = Instance("1.2.840.10008.5.1.4.1.1.3.1", "1.2.3.4")
        DicomRoute(PEER).ask([missing], "1.2.3.99")
        assert done.wait(20)
    assert came == [Commitment("1.2.3.99", (), ("1.2.3.4",))]


@inside
def test_worklist(orthanc: Orthanc) -> None:
    if not orthanc.has_worklists:
        pytest.skip("Orthanc's worklist plugin is not installed")
    for number, (day, station) in enumerate((("20261122", "VOLUSON1"), ("20261123", "VOLUSON2"))):
        item = Dataset()
        item.PatientName, item.PatientID, item.PatientBirthDate = f"{NAME}{number}", ID, "19881224"
        item.AccessionNumber, item.StudyInstanceUID = f"ACC{number}", generate_uid()
        item.SpecificCharacterSet = "ISO_IR 100"
        item.RequestedProcedureID = "RP1"
        item.RequestedProcedureDescription = "Fetal face"
        step = Dataset()
        step.Modality, step.ScheduledStationAETitle = "US", station
        step.ScheduledProcedureStepStartDate, step.ScheduledProcedureStepStartTime = day, "0930"
        step.ScheduledProcedureStepID = "S1"
        item.ScheduledProcedureStepSequence = [step]
        item.SOPClassUID, item.SOPInstanceUID = "1.2.276.0.7230010.3.1.0.1", generate_uid()
        item.file_meta = FileMetaDataset()
        item.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        item.save_as(orthanc.worklists / f"{number}.wl", enforce_file_format=True)
    all_days = dicom_query.worklist(PEER)
    assert len(all_days.items) == 2
    found = dicom_query.worklist(PEER, date(2026, 11, 22), "VOLUSON1")
    assert len(found.items) == 1
    one = found.items[0]
    assert (one.patient_name, one.accession_number, one.description) == (f"{NAME}0", "ACC0", "Fetal face")
    assert one.start is not None and one.start.isoformat() == "2026-11-22T09:30:00"
    assert not any(planted in repr(found) for planted in PLANTED)


@inside
def test_over_the_web(orthanc: Orthanc, tmp_path: Path) -> None:
    if not orthanc.has_web:
        pytest.skip("Orthanc's DICOMweb plugin is not installed")
    route = WebRoute(WebPeer("web", f"http://127.0.0.1:{HTTP_PORT}/dicom-web"))
    study = generate_uid()
    written = cine(tmp_path / "cine.dcm", study=study)
    (tmp_path / "text.dcm").write_text("no DICOM")
    sent = route.send([tmp_path / "cine.dcm", tmp_path / "text.dcm"])
    assert [one.stored for one in sent] == [True, False]
    assert not sent[1].again
    assert study in {one.study_uid for one in route.studies(date(2026, 11, 1)).items}
    assert [one.instance_uid for one in route.instances(study).items] == [written.SOPInstanceUID]
    fetched = route.fetch(Inbox(tmp_path / "web"), study)
    back = dcmread(fetched.paths[0])
    assert back.PixelData == dcmread(tmp_path / "cine.dcm").PixelData
    assert back.file_meta.TransferSyntaxUID == written.file_meta.TransferSyntaxUID
    with pytest.raises(PeerError, match="no DICOMweb, at this address"):
        WebRoute(WebPeer("web", f"http://127.0.0.1:{HTTP_PORT}/nowhere")).studies()


@inside
def test_commands(
    orthanc: Orthanc, tmp_path: Path, own_home: None, capsys: pytest.CaptureFixture[str]
) -> None:
    home_dir().mkdir(parents=True)
    pacs = {"ae_title": "ORTHANC", "host": "127.0.0.1", "port": DICOM_PORT}
    uses = ["worklist", "query", "store", "commitment"]
    (home_dir() / "pacs.json").write_text(
        json.dumps(
            {"listen": {"port": OUR_PORT, "callers": ["ORTHANC"]}, "peers": {"pacs": {**pacs, "for": uses}}}
        )
    )
    study = generate_uid()
    cine(tmp_path / "cine.dcm", study=study)
    assert main(["pacs", "echo"]) == 0
    assert main(["pacs", "send", str(tmp_path / "cine.dcm"), "--confirm", "--wait", "20"]) == 0
    assert "to pacs: done" in capsys.readouterr().out
    assert main(["pacs", "find", "--since", "2026-11-22", "--until", "2026-11-22"]) == 0
    assert study in capsys.readouterr().out
    assert main(["pacs", "find", "--study", study]) == 0
    assert main(["pacs", "get", study, "--out", str(tmp_path / "got")]) == 0
    assert "1 objects in" in capsys.readouterr().out
    assert main(["pacs", "queue"]) == 0
    assert "0 in the queue, 0 failed, 1 done" in capsys.readouterr().out


@inside
def test_a_query_as_the_source_of_an_analysis(
    orthanc: Orthanc, tmp_path: Path, own_home: None, capsys: pytest.CaptureFixture[str]
) -> None:
    home_dir().mkdir(parents=True)
    dicom = {"ae_title": "ORTHANC", "host": "127.0.0.1", "port": DICOM_PORT, "for": ["query"]}
    web = {"url": f"http://127.0.0.1:{HTTP_PORT}/dicom-web", "for": ["query"]}
    (home_dir() / "pacs.json").write_text(json.dumps({"peers": {"pacs": dicom, "web": web}}))
    made, study = [], generate_uid()
    for number in range(2):
        made.append(cine(tmp_path / f"{number}.dcm", study=study))
    assert all(one.stored for one in DicomRoute(PEER).send([tmp_path / "0.dcm", tmp_path / "1.dcm"]))
    model = str(write_tiny_model(tmp_path / "model"))
    options = ["--model", model, "--provider", "cpu", "--region", "whole", "--no-film", "--workers", "0"]

    def analyze(out: str, query: str) -> int:
        return main(["analyze", query, "--out", str(tmp_path / out), *options])

    assert analyze("out", f"pacs:?study={study}") == 0
    assert "2 of 2 done" in capsys.readouterr().out
    names = {file_name(one.SOPInstanceUID)[:-4] for one in made}
    assert {path.name for path in (tmp_path / "out").iterdir() if path.is_dir()} == names
    assert analyze("out", f"pacs:pacs?study={study}") == 0
    assert capsys.readouterr().out.count("done before") == 2
    if orthanc.has_web:
        assert analyze("web", f"pacs:web?study={study}&date=2026-11-22") == 0
        assert "2 of 2 done" in capsys.readouterr().out
    assert analyze("none", "pacs:?date=1999-01-01") == 2
    assert "pacs:pacs: there is no recording of this query" in capsys.readouterr().err


@inside
def test_what_the_window_asks(orthanc: Orthanc, tmp_path: Path, own_home: None) -> None:
    home_dir().mkdir(parents=True)
    pacs = {"ae_title": "ORTHANC", "host": "127.0.0.1", "port": DICOM_PORT}
    uses = ["worklist", "query", "store", "commitment"]
    listen = {"port": OUR_PORT, "callers": ["ORTHANC"]}
    (home_dir() / "pacs.json").write_text(
        json.dumps({"listen": listen, "peers": {"pacs": {**pacs, "for": uses}}})
    )
    exam, study = make_exam(home_dir() / "exams"), generate_uid()
    cine(tmp_path / "cine.dcm", study=study)
    assert DicomRoute(PEER).send([tmp_path / "cine.dcm"])[0].stored
    clerk = Clerk(home_dir(), lambda answer: None)
    try:
        studies = clerk.answer(AskStudies(date(2026, 11, 1), date(2026, 11, 30)))
        assert isinstance(studies, Studies) and study in {one.uid for one in studies.items}
        brought = clerk.answer(BringStudy(study))
        assert isinstance(brought, Brought)
        assert [(one.frames, one.size) for one in brought.cines] == [(3, "64×64")]
        queued = clerk.answer(SendExam(exam.id, named=False))
        assert isinstance(queued, Queued), queued
        ends = time.monotonic() + 40
        while (state := clerk.answer(LookAtQueue())) != QueueState(done=queued.objects):
            assert time.monotonic() < ends, state
            threading.Event().wait(0.1)
    finally:
        clerk.stop()
    assert len(orthanc.rest("GET", "/instances")) > queued.objects
