"""One file that names its patient wherever it can: tags, private tags, pixels, its own name, its folder.

What analysis and send queue write beside the object itself is searched for those names; de-identified copies,
DICOM objects, reports, PACS and log have such tests of their own (`test_deidentify`, `test_dicom_export`,
`test_report`, `test_orthanc`, `tests/app/test_log_privacy.py`).
"""

from __future__ import annotations

import json
import logging
import sqlite3
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pydicom
import pytest

from app.__main__ import main
from app.errors import close_log, open_log
from app.home import home_dir
from tests.app.export.conftest import PLANTED
from tests.app.export.test_deidentify import GIVEN, NAME, cine_frames, planted_cine
from tests.inference.tiny_models import write_tiny_model

WORDS = (*PLANTED, NAME.upper(), GIVEN.upper())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A good cine and one whose pixels are cut off, both called after the patient, in her folder."""
    folder = tmp_path / "in" / NAME
    folder.mkdir(parents=True)
    planted_cine(folder / f"{NAME}_{GIVEN}.dcm", cine_frames()[0])
    broken = pydicom.dcmread(folder / f"{NAME}_{GIVEN}.dcm")
    broken.PixelData = broken.PixelData[:100]
    broken.save_as(folder / f"{GIVEN}_broken.dcm")
    return folder


def written(out: Path) -> dict[str, bytes]:
    return {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}


def nameless(texts: dict[str, bytes]) -> None:
    for name, data in texts.items():
        for word in WORDS:
            assert word not in name, (name, word)
            assert word.encode() not in data, (name, word)


def banner_in(picture: np.ndarray[Any, Any]) -> float:
    """How surely the first letters of the name stand in a picture, at any size: 1 is certain."""
    banner = cine_frames(1)[0][0][:26, :]
    rows, columns = np.nonzero(banner > 128)
    letters = banner[rows.min() : rows.max() + 1, columns.min() : columns.min() + 90]
    found = []
    for scale in np.arange(0.6, 2.01, 0.1):
        looked = cv2.resize(letters, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        found.append(cv2.matchTemplate(picture, looked, cv2.TM_CCOEFF_NORMED).max())
    return float(max(found))


def test_analysis(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = str(write_tiny_model(tmp_path / "model"))
    handler = open_log(tmp_path / "logs")
    out = tmp_path / "out"
    try:
        assert main(["analyze", str(folder), "--out", str(out), "--model", model, "--workers", "0"]) == 1
    finally:
        close_log(handler)
    said = capsys.readouterr()
    files = written(out)
    assert "1 of 2 done, 1 failed" in said.out and "failures.csv" in files
    nameless(files | written(tmp_path / "logs"))
    nameless({"out": said.out.replace(str(out), "").encode(), "err": said.err.encode()})
    (film,) = out.rglob("annotated.mkv")
    with av.open(str(film)) as container:
        shown = next(container.decode(video=0)).to_ndarray(format="gray")
    frame = cine_frames()[0][0]
    assert banner_in(frame) > 0.85 and banner_in(cv2.resize(frame, None, fx=1.33, fy=1.33)) > 0.85
    for picture in [shown, *(cv2.imread(str(path), 0) for path in out.rglob("*.png"))]:
        assert picture is not None
        assert banner_in(picture) < 0.75


def test_send_queue(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    home_dir().mkdir(parents=True)
    peer = {"ae_title": "PACS", "host": "127.0.0.1", "port": 9, "for": ["store"]}
    (home_dir() / "pacs.json").write_text(json.dumps({"peers": {"pacs": peer}}))
    good = folder / f"{NAME}_{GIVEN}.dcm"
    assert main(["pacs", "send", str(good)]) == 1
    said = capsys.readouterr()
    assert "nothing listens there" in said.out
    outbox = home_dir() / "outbox"
    base = sqlite3.connect(outbox / "queue.sqlite")
    jobs = base.execute("SELECT * FROM jobs").fetchall()
    base.close()
    assert len(jobs) == 1
    kept = {name: b"" if name.startswith("objects") else data for name, data in written(outbox).items()}
    assert any(name.startswith("objects") for name in kept), "the object alone is as it was"
    nameless(kept | {"jobs": repr(jobs).encode(), "log": caplog.text.encode()})
    nameless({"out": said.out.encode(), "err": said.err.encode()})
