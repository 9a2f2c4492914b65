"""A PACS as the archive: resumed, failures listed, nothing of it left behind."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from pydicom import dcmread

from app.__main__ import main
from app.analyze.pacs_archive import FOLDER, PacsLoops
from app.analyze.pacs_query import PacsQuery
from app.home import home_dir
from capture.dicom_net.errors import PeerError
from capture.dicom_net.fetch import Fetched
from capture.dicom_net.inbox import Inbox, Received, file_name
from capture.dicom_query import Found, InstanceFound, StudyFound
from tests.capture.dicom_net.objects import PLANTED, cine
from tests.inference.tiny_models import write_tiny_model


class FakeArchive:
    """Studies of one cine each, in a folder; what it is told to fail at, it fails at."""

    name = "pacs"

    def __init__(self, folder: Path, days: Sequence[date], most: int = 500) -> None:
        self.most, self.fetched, self.down = most, list[str](), False
        self.fails: set[str] = set()
        self._folder, self.days, self.uids = folder, dict[str, date](), dict[str, str]()
        folder.mkdir()
        for number, day in enumerate(days):
            written = cine(folder / f"{number}.dcm", frames=2)
            self.days[written.StudyInstanceUID] = day
            self.uids[written.StudyInstanceUID] = written.SOPInstanceUID

    def studies(
        self,
        since: date | None = None,
        until: date | None = None,
        patient_id: str = "",
        accession_number: str = "",
        modality: str = "US",
    ) -> Found[StudyFound]:
        if self.down:
            raise PeerError("pacs (FAKE at 10.0.0.1:104): nothing listens there")
        found = [
            StudyFound("", "", uid, "", day, "")
            for uid, day in self.days.items()
            if (since is None or since <= day) and (until is None or day <= until)
        ]
        return Found(tuple(found[: self.most]), cut_off=len(found) > self.most)

    def instances(self, study_uid: str, modality: str = "") -> Found[InstanceFound]:
        if self.down:
            raise PeerError("pacs (FAKE at 10.0.0.1:104): it stopped answering")
        uid = self.uids[study_uid]
        return Found(
            (InstanceFound(study_uid, "1.2", uid), InstanceFound(study_uid, "1.2", "1.9", kind="1.5"))
        )

    def fetch(
        self,
        inbox: Inbox,
        study_uid: str,
        on_object: Callable[[Received], None] = lambda received: None,
        only: Sequence[InstanceFound] | None = None,
    ) -> Fetched:
        for one in only or ():
            self.fetched.append(one.instance_uid)
            if one.instance_uid in self.fails:
                raise PeerError("pacs (FAKE at 10.0.0.1:104): it stopped answering")
            for path in self._folder.iterdir():
                if dcmread(path, stop_before_pixels=True).SOPInstanceUID == one.instance_uid:
                    (inbox.folder / file_name(one.instance_uid)).write_bytes(path.read_bytes())
        return Fetched(())


@pytest.fixture
def archive(tmp_path: Path) -> FakeArchive:
    return FakeArchive(tmp_path / "in-pacs", [date(2026, 11, day) for day in (1, 2, 2, 20)])


@pytest.fixture
def analyze(tmp_path: Path, archive: FakeArchive, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The command with this PACS at its other end."""
    home_dir().mkdir(parents=True)
    peer = {"ae_title": "FAKE", "host": "127.0.0.1", "port": 104, "for": ["query"]}
    (home_dir() / "pacs.json").write_text(json.dumps({"peers": {"pacs": peer}}))
    monkeypatch.setattr("app.analyze.pacs_archive.open_archive", lambda settings, name: archive)
    model = str(write_tiny_model(tmp_path / "model"))
    return [
        "analyze", "pacs:pacs?since=2026-11-01", "--out", str(tmp_path / "out"), "--model", model,
        "--provider", "cpu", "--region", "whole", "--no-film", "--no-pictures", "--workers", "0",
    ]  # fmt: skip


def test_run_failed_listed_and_gone_on_with(
    analyze: list[str], archive: FakeArchive, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = list(archive.uids.values())[1]
    archive.fails = {bad}
    assert main(analyze) == 1
    out = tmp_path / "out"
    said = capsys.readouterr()
    assert said.out.splitlines()[-1] == "3 of 4 done, 1 failed: see failures.csv"
    line = f"{file_name(bad)}: pacs (FAKE at 10.0.0.1:104): it stopped answering"
    assert said.err.splitlines() == [line]
    assert line in (out / "failures.csv").read_text()
    rows = pq.read_table(out / "loops.parquet").to_pylist()
    assert sorted(row["state"] for row in rows) == ["done", "done", "done", "failed"]
    assert not (out / FOLDER).exists(), "what was brought is gone again"

    archive.fetched.clear()
    archive.fails = set()
    assert main(analyze) == 0
    assert archive.fetched == [bad], "only what has no result is brought"
    assert capsys.readouterr().out.count("done before") == 3
    assert not (out / "failures.csv").exists()
    uids = [uid for pair in archive.uids.items() for uid in pair]
    for path in out.rglob("*"):
        written = path.read_bytes() if path.is_file() else b""
        for planted in (*PLANTED, *uids):
            assert planted not in path.name and planted.encode() not in written


def test_a_pacs_that_is_down_is_one_line_and_nothing_is_done(
    analyze: list[str], archive: FakeArchive, capsys: pytest.CaptureFixture[str]
) -> None:
    archive.down = True
    assert main(analyze) == 2
    assert capsys.readouterr().err == "pacs (FAKE at 10.0.0.1:104): nothing listens there\n"


def test_a_list_that_is_cut_off_is_asked_for_in_halves(archive: FakeArchive, tmp_path: Path) -> None:
    archive.most = 2
    query = PacsQuery(since=date(2026, 11, 1), until=date(2026, 11, 30))
    loops = PacsLoops(archive, query, Inbox(tmp_path / "inbox"))
    (batch,) = loops.batches()
    assert len(batch.items) == 4 and not batch.failures
    (batch,) = PacsLoops(archive, PacsQuery(), Inbox(tmp_path / "inbox")).batches()
    assert len(batch.items) == 2
    assert "more than 2 studies of one day, or no 'since' was given" in batch.failures[0].message


def test_a_pacs_that_goes_away_is_not_asked_for_ever(archive: FakeArchive, tmp_path: Path) -> None:
    many = FakeArchive(tmp_path / "many", [date(2026, 11, 1)] * 5)
    loops = PacsLoops(many, PacsQuery(), Inbox(tmp_path / "inbox"))
    studies = many.studies()
    many.studies = lambda *asked: studies  # type: ignore[method-assign]
    many.down = True
    (batch,) = loops.batches()
    assert [failure.message.partition(": ")[2] for failure in batch.failures] == [
        *(f"study {number} of 5: pacs (FAKE at 10.0.0.1:104): it stopped answering" for number in (1, 2, 3)),
        "it is gone; 2 studies are left for the next run",
    ]


def test_batches_are_bounded_and_what_a_kill_left_is_cleared(archive: FakeArchive, tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "inbox")
    loops = PacsLoops(archive, PacsQuery(), inbox)
    sizes = []
    for batch in loops.batches(at_once=2):
        sizes.append(len(batch.items))
        with loops.brought(batch.items) as (here, failures):
            assert len(here) == len(batch.items) == len(list(inbox.folder.iterdir())) and not failures
            assert all(replace(item, spec="", bytes=None).source_key == key for key, item in here.items())
        assert not list(inbox.folder.iterdir())
    assert sizes == [2, 2, 0]
    (inbox.folder / "left.dcm").touch()
    loops.close()
    assert not inbox.folder.exists()
