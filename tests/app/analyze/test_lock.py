from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import filelock
import pytest

from app.analyze.lock import FolderInUseError, one_run_in

HOLD = """
import sys
from pathlib import Path
from app.analyze.lock import one_run_in
with one_run_in(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_one_run_at_a_time(tmp_path: Path) -> None:
    with one_run_in(tmp_path):
        with pytest.raises(FolderInUseError, match="another run is writing to"), one_run_in(tmp_path):
            pass
        (tmp_path / "other").mkdir()
        with one_run_in(tmp_path / "other"):
            pass
    with one_run_in(tmp_path):
        pass


def test_a_killed_run_holds_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline().strip() == b"held"
        with pytest.raises(FolderInUseError), one_run_in(tmp_path):
            pass
        other.kill()
        other.wait(10)
    with one_run_in(tmp_path):
        pass


def test_a_failure_inside_gives_the_folder_back(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), one_run_in(tmp_path):
        raise ZeroDivisionError
    with one_run_in(tmp_path):
        pass


def test_a_file_system_without_locks_is_used_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def acquire(self: filelock.FileLock) -> None:
        raise NotImplementedError("FileSystem does not appear to support flock")

    monkeypatch.setattr(filelock.FileLock, "acquire", acquire)
    with one_run_in(tmp_path):
        pass
    assert "knows no locks" in caplog.text


def test_a_folder_that_is_not_there_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError), one_run_in(tmp_path / "file"):
        pass
