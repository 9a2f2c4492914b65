"""`philtrum pacs` without a PACS: refusals, what stays in the queue, and listening."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pynetdicom.presentation import build_context

from app.__main__ import main
from app.commands import pacs_ask
from app.home import home_dir
from capture.dicom_net.association import Connection
from capture.dicom_net.peer import Peer
from tests.capture.dicom_net.fakes import LONG, scp
from tests.capture.dicom_net.objects import cine


def settings(**more: Any) -> None:
    home_dir().mkdir(parents=True, exist_ok=True)
    (home_dir() / "pacs.json").write_text(json.dumps(more))


def pacs(port: int, *uses: str) -> dict[str, Any]:
    return {"ae_title": "FAKE", "host": "127.0.0.1", "port": port, "for": list(uses)}


@pytest.mark.parametrize(
    "arguments",
    [
        ["echo"],
        ["worklist"],
        ["find"],
        ["get", "1.2", "--out", "x"],
        ["send", "x.dcm"],
        ["listen", "--out", "x"],
    ],
)
def test_without_settings(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pacs", *arguments]) == 2
    said = capsys.readouterr().err
    assert said.startswith("philtrum pacs: ")
    assert "pacs.json: expected" in said


def test_the_window_starts_without_the_network() -> None:
    """The libraries take a second to load; nobody who only scans waits for them."""
    check = (
        "import sys, app.create, app.commands.pacs, app.pacs_settings;"
        "print([name for name in ('pynetdicom', 'dicomweb_client', 'requests') if name in sys.modules])"
    )
    root = Path(__file__).resolve().parents[3]
    out = subprocess.run([sys.executable, "-c", check], cwd=root, capture_output=True, text=True, timeout=60)
    assert out.stdout.strip() == "[]", out.stderr


def test_a_wrong_day(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["pacs", "worklist", "--day", "22.11."])
    assert ended.value.code == 2
    assert "expected YYYY-MM-DD, today or any, got '22.11.'" in capsys.readouterr().err


def test_what_cannot_go_stays_in_the_queue(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings(peers={"pacs": pacs(1, "store")})
    cine(tmp_path / "cine.dcm")
    (tmp_path / "text.dcm").write_text("no DICOM")
    assert main(["pacs", "echo"]) == 1
    assert main(["pacs", "send", str(tmp_path / "cine.dcm"), str(tmp_path / "text.dcm")]) == 1
    out, err = capsys.readouterr()
    assert "1 to pacs: waits: pacs (FAKE at 127.0.0.1:1): nothing listens there; attempt 2 at " in out
    assert "text.dcm: the file is no DICOM object" in err
    assert main(["pacs", "send", str(tmp_path / "cine.dcm"), "--confirm"]) == 2
    assert "peers.pacs.for: expected 'commitment'" in capsys.readouterr().err
    with scp([], contexts=["1.2.840.10008.1.1"]) as port:
        settings(peers={"pacs": pacs(port, "store")})
        assert main(["pacs", "echo", "pacs"]) == 0
        assert "answers in" in capsys.readouterr().out
    assert main(["pacs", "queue", "--retry"]) == 0
    assert "1 in the queue, 0 failed, 0 done" in capsys.readouterr().out
    assert main(["pacs", "queue", "--remove", "1"]) == 0
    assert main(["pacs", "queue", "--remove", "1"]) == 2
    assert main(["pacs", "queue", "--retry", "7"]) == 2


def test_listen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A machine pushes a cine in the time between the start and Ctrl-C."""
    settings(ae_title="PHILTRUM", listen={"port": 0, "callers": ["VOLUSON1"], "keep_free_mb": 0})
    written = cine(tmp_path / "cine.dcm")
    context = build_context(written.SOPClassUID, [written.file_meta.TransferSyntaxUID])

    @contextmanager
    def a_moment() -> Iterator[Callable[[], None]]:
        def push() -> None:
            port = int(capsys.readouterr().out.split(":")[1].split()[0])
            me = Peer("me", "PHILTRUM", "127.0.0.1", port, own_ae_title="VOLUSON1", time_outs=LONG)
            with Connection(me, [context]) as connection:
                assert connection.association.send_c_store(tmp_path / "cine.dcm").Status == 0

        yield push

    monkeypatch.setattr(pacs_ask, "until_stopped", a_moment)
    assert main(["pacs", "listen", "--out", str(tmp_path / "in")]) == 0
    (path,) = (tmp_path / "in").iterdir()
    assert f"{path.name} from VOLUSON1" in capsys.readouterr().out


def test_sending_until_told_to_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    @contextmanager
    def at_once() -> Iterator[Callable[[], None]]:
        yield lambda: None

    monkeypatch.setattr("app.commands.pacs_queue.until_stopped", at_once)
    assert main(["pacs", "queue", "--run"]) == 0
    assert "0 in the queue" in capsys.readouterr().out
