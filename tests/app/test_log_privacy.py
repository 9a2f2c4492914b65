"""What the log file keeps of a patient: nothing, whoever wrote the line."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import pydicom
import pytest
from pytestqt.qtbot import QtBot

from app import log_privacy
from app.errors import CrashGuard, Notices, close_log, open_log
from app.log_privacy import error_words, hide_source
from app.opening import SourceOpener, is_remembered
from capture.source import SourceError
from tests.capture.dicom_net.objects import PLANTED, cine


@pytest.fixture(autouse=True)
def nothing_opened_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names that other tests opened are not looked for."""
    monkeypatch.setattr(log_privacy, "_hidden", {})


@pytest.fixture
def log_file(tmp_path: Path) -> Iterator[Path]:
    handler = open_log(tmp_path / "logs")
    yield tmp_path / "logs" / "philtrum.log"
    close_log(handler)


def test_words_of_libraries_and_of_their_errors_stay_out(log_file: Path, qtbot: QtBot) -> None:
    logging.getLogger("pydicom").log(logging.CRITICAL, "value %r is invalid", PLANTED[0])
    log = logging.getLogger("app.somewhere")
    notices = Notices()
    with CrashGuard(notices):
        try:
            int(PLANTED[2])
        except ValueError as error:
            log.exception("a number was none")
            try:
                raise SourceError("the file is damaged") from error
            except SourceError:
                log.exception("not opened")
        thread = threading.Thread(target=pydicom.dcmread, args=(f"{PLANTED[0]}.dcm",), name="reader")
        thread.start()
        thread.join()
    text = log_file.read_text("utf-8")
    assert "pydicom: (words of a library, not kept)" in text
    assert "a number was none" in text and "ValueError\n" in text and "test_log_privacy.py" in text
    assert "SourceError: the file is damaged" in text, "what this program says stays"
    assert "reader: FileNotFoundError: No such file or directory" in text
    assert not [planted for planted in PLANTED if planted in text]
    assert notices.all()[-1].text == "reader: FileNotFoundError: No such file or directory"


def test_an_opened_file_is_a_number_in_every_line(log_file: Path, tmp_path: Path, qtbot: QtBot) -> None:
    path = tmp_path / "PLANTEDNAME_ALMA.dcm"
    SourceOpener(str(path))
    with pytest.raises(SourceError) as refused:
        SourceOpener(str(path))().__enter__()
    Notices().tell(str(refused.value))
    Notices().tell(f"{path}: again, and PLANTEDNAME_ALMA alone")
    text = log_file.read_text("utf-8")
    assert "<source " in text and "PLANTEDNAME" not in text
    hide_source("abc")
    logging.getLogger("app").warning("abc stays: too short to be looked for")
    assert "abc stays" in log_file.read_text("utf-8")


def test_dicom_files_are_not_among_the_recent_sources(tmp_path: Path) -> None:
    cine(tmp_path / "PLANTEDNAME")
    assert not is_remembered(str(tmp_path / "PLANTEDNAME"))
    assert is_remembered("card:0") and is_remembered("demo") and is_remembered(str(tmp_path / "gone.mp4"))


def test_error_words() -> None:
    assert error_words(None) == "nothing is known of it"
    try:
        raise RuntimeError("our own words")
    except RuntimeError as error:
        assert error_words(error) == "RuntimeError: our own words"
    try:
        float("PLANTEDNAME")
    except ValueError as error:
        assert error_words(error) == "ValueError"
