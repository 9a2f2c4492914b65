"""A real Orthanc in a network of its own, for the length of a test module.

Orthanc listens on every address that it finds. In a network namespace of its own it finds none but the
loopback's; a thread that has entered the namespace, and every thread and process that it starts, can talk to
it, nobody else.
"""

from __future__ import annotations

import ctypes
import fcntl
import functools
import http.client
import json
import queue
import shutil
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

HTTP_PORT, DICOM_PORT, OUR_PORT = 8042, 4242, 11112
_CLONE_NEWNET = 0x40000000
_SIOCSIFFLAGS, _IFF_UP_RUNNING = 0x8914, 0x41
_PLUGINS = Path("/usr/share/orthanc/plugins")

P = ParamSpec("P")
T = TypeVar("T")


class NoOrthancError(Exception):
    """Why there can be no Orthanc here."""


class Orthanc:
    """Starts one; `run` calls a function where it can be reached."""

    def __init__(self, folder: Path, more: Mapping[str, object] | None = None, tls: bool = False) -> None:
        """Start it.

        Args:
            folder: for all that it writes.
            more: further settings of its own.
            tls: whether it calls us with TLS.
        """
        program = shutil.which("Orthanc", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
        if program is None:
            raise NoOrthancError("Orthanc is not installed (Debian package orthanc)")
        self.folder, self._more, self._tls = folder, dict(more or {}), tls
        self.has_web = (_PLUGINS / "libOrthancDicomWeb.so").exists()
        self.has_worklists = (_PLUGINS / "libModalityWorklists.so").exists()
        self.worklists = folder / "worklists"
        self.worklists.mkdir()
        self._calls: queue.Queue[Callable[[], None] | None] = queue.Queue()
        self._thread = threading.Thread(target=self._serve, name="island")
        self._thread.start()
        try:
            self.run(_enter_network)
            self._process = self.run(functools.partial(self._start, program))
            self.run(self._await_start)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        process: subprocess.Popen[bytes] | None = getattr(self, "_process", None)
        if process is not None:
            process.kill()  # an end in order takes seconds, for a storage that is thrown away
            process.wait()
        self._calls.put(None)
        self._thread.join(10)

    def run(self, call: Callable[[], T]) -> T:
        answers: queue.Queue[tuple[T | None, BaseException | None]] = queue.Queue()

        def answer() -> None:
            try:
                answers.put((call(), None))
            except BaseException as error:
                answers.put((None, error))

        self._calls.put(answer)
        result, error = answers.get()
        if error is not None:
            raise error
        return result  # type: ignore[return-value]

    def rest(self, method: str, path: str, body: object = None) -> Any:
        """Orthanc's own interface, from inside."""
        connection = http.client.HTTPConnection("127.0.0.1", HTTP_PORT, timeout=10)
        try:
            connection.request(method, path, None if body is None else json.dumps(body))
            text = connection.getresponse().read()
        finally:
            connection.close()
        return json.loads(text) if text else None

    def _serve(self) -> None:
        while (call := self._calls.get()) is not None:
            call()

    def _start(self, program: str) -> subprocess.Popen[bytes]:
        ours = {
            "AET": "PHILTRUM",
            "Host": "127.0.0.1",
            "Port": OUR_PORT,
            "AllowGet": True,
            "AllowFindWorklist": True,
            "AllowStorageCommitment": True,
            "UseDicomTls": self._tls,
        }
        plugins = [self.has_web and "libOrthancDicomWeb.so", self.has_worklists and "libModalityWorklists.so"]
        settings = {
            "StorageDirectory": str(self.folder / "storage"),
            "HttpPort": HTTP_PORT,
            "RemoteAccessAllowed": False,
            "AuthenticationEnabled": False,
            "DicomAet": "ORTHANC",
            "DicomPort": DICOM_PORT,
            "DicomCheckCalledAet": True,
            "DicomAlwaysAllowEcho": False,
            "DicomAlwaysAllowStore": False,
            "DicomModalities": {"philtrum": ours},
            "Plugins": [str(_PLUGINS / name) for name in plugins if name],
            "Worklists": {"Enable": True, "Database": str(self.worklists)},
            "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
            **self._more,
        }
        path = self.folder / "orthanc.json"
        path.write_text(json.dumps(settings))
        with (self.folder / "orthanc.log").open("wb") as log:
            return subprocess.Popen([program, str(path)], stdout=log, stderr=log)

    def _await_start(self) -> None:
        ends = time.monotonic() + 40
        while True:
            try:
                self.rest("GET", "/system")
                return
            except OSError:
                if time.monotonic() > ends or self._process.poll() is not None:
                    log = (self.folder / "orthanc.log").read_text(errors="replace")
                    raise RuntimeError(f"Orthanc did not start: {log[-800:]}") from None
                threading.Event().wait(0.05)


def inside(test: Callable[P, None]) -> Callable[P, None]:
    """A test that is run in Orthanc's network; it must have `orthanc` among its arguments."""

    @functools.wraps(test)
    def run(*args: P.args, **named: P.kwargs) -> None:
        orthanc: Any = named["orthanc"]
        orthanc.run(functools.partial(test, *args, **named))

    return run


def _enter_network() -> None:
    """Give the calling thread a network of its own, with nothing but a loopback."""
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        failed = libc.unshare(_CLONE_NEWNET) != 0
    except (OSError, AttributeError):
        failed = True
    if failed:
        raise NoOrthancError("Orthanc listens on every address, and a network of its own needs root on Linux")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        fcntl.ioctl(handle, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _IFF_UP_RUNNING))
