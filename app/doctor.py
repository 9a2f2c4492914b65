"""What this machine offers the program, one finding a line; nothing here may crash it."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from app.home import made
from app.system_check import display_available, install_hint, missing_packages
from resources.files import resource_path

PROBE_TIMEOUT_S = 30.0
"""A driver that hangs must not hang the doctor."""


class State(StrEnum):
    OK = "ok"
    NOTE = "note"
    """Works, with less than one could wish for."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at, in words; `data` is for machines."""

    check: str
    state: State
    text: str
    data: dict[str, object]


def examine() -> Iterator[Finding]:
    """Every check in turn; a check that breaks becomes a finding of its own."""
    checks: dict[str, Callable[[], Finding]] = {
        "python": _python,
        "system libraries": _libraries,
        "packages": _packages,
        "screen": _screen,
        "qt": _qt,
        "providers": _providers,
        "capture": _capture,
        "write access": _write_access,
        "model": _model,
    }
    for name, check in checks.items():
        try:
            yield check()
        except Exception as error:
            yield Finding(name, State.FAILED, f"could not be checked: {_one_line(error)}", {})


def healthy(findings: list[Finding]) -> bool:
    return all(finding.state is not State.FAILED for finding in findings)


def as_json(findings: list[Finding]) -> str:
    return json.dumps({"healthy": healthy(findings), "checks": [asdict(f) for f in findings]}, indent=2)


def _python() -> Finding:
    version = platform.python_version()
    good = sys.version_info >= (3, 11)
    text = f"Python {version} on {platform.system()} {platform.machine()}"
    return Finding(
        "python",
        State.OK if good else State.FAILED,
        text if good else f"{text}; expected 3.11 or newer",
        {"version": version, "system": platform.system(), "machine": platform.machine()},
    )


def _libraries() -> Finding:
    missing = missing_packages(with_window=display_available())
    if missing:
        return Finding("system libraries", State.FAILED, install_hint(missing), {"missing": missing})
    return Finding("system libraries", State.OK, "all that Qt loads are there", {"missing": []})


def _packages() -> Finding:
    names = ("PySide6-Essentials", "pyqtgraph", "opencv-python-headless", "av", "numpy", "pydicom")
    versions: dict[str, object] = {name: importlib.metadata.version(name) for name in names}
    for name in ("onnxruntime-gpu", "onnxruntime"):
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    text = ", ".join(f"{name} {version}" for name, version in versions.items())
    return Finding("packages", State.OK, text, versions)


def _screen() -> Finding:
    if display_available():
        return Finding("screen", State.OK, "a screen answers", {"display": True})
    return Finding(
        "screen", State.NOTE, "no screen answers: the demo is rendered to a film instead", {"display": False}
    )


_QT_PROBE = """
import json
from PySide6 import QtCore, QtGui, QtWidgets
app = QtWidgets.QApplication([])
out = {"version": QtCore.qVersion(), "platform": app.platformName()}
try:
    context = QtGui.QOpenGLContext()
    surface = QtGui.QOffscreenSurface()
    surface.create()
    if context.create() and context.makeCurrent(surface):
        functions = context.functions()
        out["gl"] = str(functions.glGetString(0x1F01))
        context.doneCurrent()
except Exception as error:
    out["gl_error"] = str(error)
print(json.dumps(out))
"""


def _qt() -> Finding:
    environment = dict(os.environ)
    if not display_available():
        environment["QT_QPA_PLATFORM"] = "offscreen"
    found = _probe(_QT_PROBE, environment)
    gl = found.get("gl")
    text = f"Qt {found['version']} on {found['platform']}, OpenGL: {gl or 'none (not needed)'}"
    return Finding("qt", State.OK, text, found)


_PROVIDER_PROBE = """
import json, sys
import onnxruntime
onnxruntime.set_default_logger_severity(4)
out = {"version": onnxruntime.__version__, "built_with": onnxruntime.get_available_providers(), "works": []}
for name in out["built_with"]:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(sys.argv[1], options, providers=[name])
        if session.get_providers()[0] == name:
            out["works"].append(name)
    except Exception:
        pass
print(json.dumps(out))
"""


def _providers() -> Finding:
    found = _probe(_PROVIDER_PROBE, dict(os.environ), str(_model_files()[0][0]))
    works, built = _strings(found["works"]), _strings(found["built_with"])
    idle = [name for name in built if name not in works]
    text = f"onnxruntime {found['version']} runs on {', '.join(works)}"
    if idle:
        text += f"; {', '.join(idle)} would not load its libraries or device here"
    state = State.OK if any(not name.startswith("CPU") for name in works) else State.NOTE
    if not works:
        state = State.FAILED
    elif state is State.NOTE:
        text += " (no GPU in use: a lower AI rate, said in the window)"
    return Finding("providers", state, text, found)


def _capture() -> Finding:
    import cv2

    wanted = ("v4l2", "x11grab", "dshow", "gdigrab", "avfoundation", "rtsp", "mpegts")
    formats = [name for name in wanted if _has_input_format(name)]
    backends = [cv2.videoio_registry.getBackendName(b) for b in cv2.videoio_registry.getCameraBackends()]
    text = f"PyAV {importlib.metadata.version('av')}: {', '.join(formats)}; OpenCV: {', '.join(backends)}"
    return Finding("capture", State.OK, text, {"av_formats": formats, "opencv_backends": backends})


def _has_input_format(name: str) -> bool:
    import av.format

    try:
        return av.format.ContainerFormat(name, "r").is_input
    except ValueError:
        return False


def _write_access() -> Finding:
    folder = made()
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(b"philtrum")
    return Finding(
        "write access", State.OK, f"settings and logs can be written to {folder}", {"home": str(folder)}
    )


def _model() -> Finding:
    files = _model_files()
    wrong = [
        path.name for path, expected in files if hashlib.sha256(path.read_bytes()).hexdigest() != expected
    ]
    data: dict[str, object] = {path.name: expected for path, expected in files}
    if wrong:
        return Finding("model", State.FAILED, f"the hash of {', '.join(wrong)} is not the manifest's", data)
    names = ", ".join(f"{path.name} {expected[:12]}" for path, expected in files)
    return Finding("model", State.OK, f"hashes agree with the manifest: {names}", data)


def _model_files() -> list[tuple[Path, str]]:
    """The shipped model's files with the hash that its manifest gives."""
    manifest = resource_path("models", "philtrum-standin.json")
    entries = json.loads(manifest.read_text("utf-8"))["files"]
    return [(manifest.parent / str(entry["path"]), str(entry["sha256"])) for entry in entries]


def _probe(code: str, environment: dict[str, str], *arguments: str) -> dict[str, object]:
    """Run a small program apart, since a bad driver may abort it, and read its one line of JSON."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=PROBE_TIMEOUT_S,
        check=False,
    )
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines()
        raise RuntimeError(f"ended with status {done.returncode}: {lines[-1] if lines else 'no message'}")
    answer: dict[str, object] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer


def _strings(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []


def _one_line(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0]
