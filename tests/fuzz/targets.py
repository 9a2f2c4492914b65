"""What is fuzzed: for each kind of input how it is damaged, and what must hold whatever the damage.

Each `check` gets a folder of its own and hands the input to the program. It may be refused with the program's
own errors, in one line for a person; any other exception is a fault, and so is one that takes too long.
"""

from __future__ import annotations

import json
import shutil
import socket
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pyigtl
from hypothesis import strategies as st
from pydicom.uid import UID, JPEGBaseline8Bit, RLELossless

from app.commands.audit import check_folder
from app.pacs_settings import load_pacs_settings
from app.refusal import Refusal
from app.review.opened_exam import OpenedExam
from app.session.errors import SessionError
from app.session.exam_file import _sum
from app.session.folder import ExamFolder
from app.session.journal import _canonical, _crc
from app.session.quality import quality_rows, summary
from app.session.reader import ExamReader
from app.session.recorder import RecordingSettings
from app.session.second_look import queue
from app.session.store import ExamStore
from app.session.synthetic import prediction_of
from app.session.table import FRAMES, HEADER_BYTES, PREDICTIONS, RowFormat
from app.settings import load_settings, save_settings
from capture.dicom_file import DicomFile
from capture.igtl import IgtlDriver
from capture.source import EndOfSource, SourceError, SourceLostError
from inference.engine import OnnxEngine
from inference.evidence import EvidenceReader
from inference.manifest import ModelRefusedError, load_model
from inference.outputs import EngineError
from tests.app.session.conftest import Hands, fresh_reader, look
from tests.capture.dicom_play import jpeg
from tests.capture.media import numbered, us_region, write_dicom
from tests.fuzz.mutations import ODD_FILES, as_text, damaged_bytes, damaged_json
from tests.inference.scans import scan_of
from tests.inference.tiny_models import picture, write_tiny_model

LONGEST_LINE = 600


@dataclass(frozen=True, slots=True)
class Target:
    """One kind of input."""

    name: str
    made: Callable[[Path], st.SearchStrategy[Any]]
    """From a folder that outlives the examples, what to draw from."""
    check: Callable[[Path, Any], None]
    """Gets an empty folder and what was drawn."""


def said(error: Exception) -> None:
    """The words of a refusal are one line that a person can read."""
    line = str(error)
    assert line and "\n" not in line and len(line) < LONGEST_LINE, line
    assert "Traceback" not in line


# Manifests --------------------------------------------------------------------------------------------------


def _manifests(folder: Path) -> st.SearchStrategy[Any]:
    path = write_tiny_model(folder)
    good = json.loads(path.read_text())
    texts = damaged_json(good).map(as_text) | damaged_bytes(path.read_bytes()) | st.sampled_from(ODD_FILES)
    return texts.map(lambda text: ((folder / "tiny.onnx").read_bytes(), text))


def _check_manifest(folder: Path, drawn: tuple[bytes, bytes]) -> None:
    network, text = drawn
    (folder / "tiny.onnx").write_bytes(network)
    path = folder / "tiny.json"
    path.write_bytes(text)
    try:
        model = load_model(path)
        engine = OnnxEngine.load(model, ["cpu"], threads=1)
        scan = scan_of(picture(20, 200))
        EvidenceReader(engine.manifest).update(engine.predict(scan))
    except (ModelRefusedError, EngineError) as error:
        said(error)


# Settings ---------------------------------------------------------------------------------------------------

_SETTINGS = {
    "version": 1, "language": "zh", "heatmap": "fill", "opacity": 0.3, "view": "whole", "ai_on": False,
    "recording": "clips", "reading": "second-reader", "operator": "AB", "preset": "OB", "full_screen": True,
    "model": "m.json", "recent_sources": ["card:0", "demo"], "keys": {"keep_frame": "F2", "peek": ""},
    "pedals": {"freeze": "PgUp"},
}  # fmt: skip
_PACS = {
    "version": 1, "ae_title": "PHILTRUM", "time_outs": {"connect_s": 3, "answer_s": 4},
    "listen": {"host": "0.0.0.0", "port": 11112, "callers": ["PACS"], "tls": {"ca": "ca.pem"}},
    "peers": {
        "pacs": {"ae_title": "PACS", "host": "10.1.2.3", "port": 104, "for": ["query"], "fetch": "move"},
        "web": {"url": "https://pacs.example/dicom-web", "for": ["query"], "user": "u", "password_env": "P"},
    },
}  # fmt: skip


def _texts(good: Any) -> st.SearchStrategy[bytes]:
    return damaged_json(good).map(as_text) | damaged_bytes(as_text(good)) | st.sampled_from(ODD_FILES)


def _settings(folder: Path) -> st.SearchStrategy[Any]:
    return st.tuples(st.just("settings"), _texts(_SETTINGS)) | st.tuples(st.just("pacs"), _texts(_PACS))


def _check_settings(folder: Path, drawn: tuple[str, bytes]) -> None:
    kind, text = drawn
    path = folder / f"{kind}.json"
    path.write_bytes(text)
    if kind == "pacs":
        try:
            found = load_pacs_settings(path)
            for name in found.peers:
                part = found.part(name)
                if part.ae_title is not None:
                    found.peer(name, folder)
            if found.listen is not None:
                found.listener(folder)
        except Refusal as error:
            said(error)
        return
    settings, warnings = load_settings(path)
    for line in warnings:
        assert line and "\n" not in line and len(line) < LONGEST_LINE, line
    save_settings(settings, path)
    assert load_settings(path) == (settings, []), "what was understood is written and read again"


# Exams ------------------------------------------------------------------------------------------------------


def _whole_exam(folder: Path) -> Path:
    """Twelve pictures in two files, a flag's worth of everything else."""
    hands = Hands()
    store = ExamStore(folder, now_s=hands.now_s, now_ns=lambda: hands.now_ns)
    writer, evidence = (
        store.new_exam(operator="AB", recording=RecordingSettings(segment_s=0.2)),
        fresh_reader(),
    )
    look(writer, hands, evidence, 11, score=0.9)
    scan = hands.scan()
    writer.offer(scan)
    writer.keep(scan, prediction_of(scan))
    writer.note("text", scan.frame.captured_ns)
    writer.override("A", 1, "disagree", "a cord")
    writer.close()
    return store.open(writer.id).folder.path


@st.composite
def _damage(draw: st.DrawFn, exam: Path) -> tuple[Path, dict[str, bytes | None]]:
    """One or two files of an exam damaged, some so that their check sums hold."""
    names = [str(path.relative_to(exam)) for path in sorted(exam.rglob("*")) if path.is_file()]
    damage: dict[str, bytes | None] = {}
    for name in draw(st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True)):
        good = (exam / name).read_bytes()
        deed = draw(st.sampled_from(("bytes", "meaning", "meaning", "gone")))
        if deed == "gone":
            damage[name] = None
        elif deed == "meaning" and name == "exam.json":
            damage[name] = draw(_exam_json(good))
        elif deed == "meaning" and name.endswith(".jsonl"):
            damage[name] = draw(_lines(good, summed=name == "events.jsonl"))
        elif deed == "meaning" and name.endswith(".bin"):
            damage[name] = draw(_rows(good, FRAMES if name == "frames.bin" else PREDICTIONS))
        else:
            damage[name] = draw(damaged_bytes(good))
    return exam, damage


@st.composite
def _exam_json(draw: st.DrawFn, good: bytes) -> bytes:
    body = draw(damaged_json({key: value for key, value in json.loads(good).items() if key != "sum"}))
    if isinstance(body, dict):
        try:
            body["sum"] = _sum(body)
        except UnicodeEncodeError:
            body["sum"] = "0"
    return as_text(body)


@st.composite
def _lines(draw: st.DrawFn, good: bytes, summed: bool) -> bytes:
    lines = [json.loads(line) for line in good.splitlines()]
    if draw(st.booleans()):
        lines = list(draw(st.permutations(lines)))[: draw(st.integers(1, len(lines)))]
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(lines) - 1))
        body = draw(damaged_json(lines[at]))
        if summed and isinstance(body, dict):
            body.pop("crc", None)
            try:
                body["crc"] = _crc(body)
                body = json.loads(_canonical(body))
            except UnicodeEncodeError:
                body["crc"] = "0"
        lines[at] = body
    return b"".join(as_text(line) + b"\n" for line in lines)


@st.composite
def _rows(draw: st.DrawFn, good: bytes, form: RowFormat) -> bytes:
    size, data = form.dtype.itemsize, bytearray(good)
    count = (len(good) - HEADER_BYTES) // size
    for _ in range(draw(st.integers(1, 5))):
        at = HEADER_BYTES + size * draw(st.integers(0, count - 1))
        field = draw(st.sampled_from([name for name in form.dtype.names or () if name != "crc"]))
        kind, offset = form.dtype.fields[field][:2]  # type: ignore[index]
        same = draw(st.sampled_from((b"\0", b"\xff", b"\x7f"))) * kind.itemsize
        value = draw(st.binary(min_size=kind.itemsize, max_size=kind.itemsize) | st.just(same))
        data[at + offset : at + offset + kind.itemsize] = value
        data[at + size - 4 : at + size] = zlib.crc32(data[at : at + size - 4]).to_bytes(4, "little")
    return bytes(data)


def _exams(folder: Path) -> st.SearchStrategy[Any]:
    exam = _whole_exam(folder)
    index = (exam.parents[1] / "index.sqlite").read_bytes()
    return _damage(exam) | damaged_bytes(index).map(lambda data: (exam, {"../../index.sqlite": data}))


def _check_exam(folder: Path, drawn: tuple[Path, dict[str, bytes | None]]) -> None:
    whole, damage = drawn
    path = folder / whole.parent.name / whole.name
    shutil.copytree(whole, path)
    for name, data in damage.items():
        if data is None:
            (path / name).unlink()
        else:
            (path / name).write_bytes(data)
    exam = ExamFolder(path)
    try:
        _read_all(ExamReader(exam))
    except (SessionError, SourceError) as error:
        said(error)
    for fault in check_folder(exam).faults:
        assert fault and "\n" not in fault
    store = ExamStore(folder)
    try:
        store.recover()
        store.exams()
        summary(quality_rows(store))
        queue(store)
    except SessionError as error:
        said(error)
    try:
        _read_all(ExamReader(exam))
    except (SessionError, SourceError) as error:
        said(error)


def _read_all(reader: ExamReader) -> None:
    for line in reader.check():
        assert line and "\n" not in line and len(line) < LONGEST_LINE, line
    reader.predictions_of_frames()
    opened = OpenedExam(reader)
    opened.read_pictures()
    with reader.source() as source:
        count = len(source.times_s)
        for index in (0, count - 1, count // 2):
            source.seek(index)
            try:
                frame = source.read()
            except EndOfSource:
                continue
            if frame is not None:
                assert source.region(frame.index).fits(frame.width, frame.height)
    _ = opened.regions


# DICOM ------------------------------------------------------------------------------------------------------


PHOTOMETRIC = (
    "", "RGB", "YBR_FULL_422", "YBR_FULL", "PALETTE COLOR", "MONOCHROME1", "X", "YBR_ICT"
)  # fmt: skip
DECIMALS = ("FrameTime", "CineRate", "WindowCenter", "WindowWidth", "RescaleSlope", "RescaleIntercept")
SHORTS = (
    "Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "SamplesPerPixel",
    "PlanarConfiguration",
)  # fmt: skip
SYNTAXES = (RLELossless, JPEGBaseline8Bit, "1.2.3", "1.2.840.10008.1.2.4.102", "1.2.840.10008.1.2.1.99")


@cache
def _dicoms(folder: Path) -> tuple[tuple[bytes, int], ...]:
    """Files, each with the length of its header."""
    frames = [numbered(i) for i in range(3)]
    elements = {
        "FrameTime": "40",
        "SequenceOfUltrasoundRegions": [us_region(2, 2, 60, 40)],
        "FrameTimeVector": ["0", "40", "40"],
    }
    colour = [np.dstack([frame] * 3) for frame in frames]
    made = [
        write_dicom(folder / "a.dcm", frames, elements=elements),
        write_dicom(folder / "b.dcm", colour, elements=elements),
        write_dicom(
            folder / "c.dcm",
            frames[:1],
            fragments=[jpeg(f) for f in frames],
            syntax=JPEGBaseline8Bit,
            elements=elements,
        ),
        write_dicom(folder / "d.dcm", [frame.astype(np.uint16) * 16 for frame in frames]),
    ]
    files = [path.read_bytes() for path in made]
    return tuple((data, data.rindex(b"\xe0\x7f\x10\x00")) for data in files)


@st.composite
def _elements(draw: st.DrawFn, folder: Path) -> bytes:
    """A header whose elements hold other values than they may."""
    path = folder / "drawn.dcm"
    texts = st.sampled_from(("", "0", "-1", "1e400", "nan", "abc", "99999999999", "1\\2\\3", "0.0001"))
    shorts = st.sampled_from((0, 1, 2, 3, 7, 8, 12, 16, 32, 64, 255, 4096, 65535))
    values: dict[str, st.SearchStrategy[Any]] = {
        "NumberOfFrames": st.sampled_from(("0", "-3", "2", "7", "2147483647")),
        "FrameTimeVector": st.lists(texts, max_size=4),
        "PhotometricInterpretation": st.sampled_from(PHOTOMETRIC),
        "PixelAspectRatio": st.lists(texts, max_size=3),
        "RedPaletteColorLookupTableDescriptor": st.lists(shorts, max_size=4),
    }
    values |= dict.fromkeys(DECIMALS, texts) | dict.fromkeys(SHORTS, shorts)
    data, _ = draw(st.sampled_from(_dicoms(folder)))
    with pydicom.config.disable_value_validation():
        dataset = pydicom.dcmread(BytesIO(data))
        for keyword in draw(st.lists(st.sampled_from(sorted(values)), min_size=1, max_size=4, unique=True)):
            if draw(st.integers(0, 4)) == 0:
                if keyword in dataset:
                    delattr(dataset, keyword)
                continue
            value: Any = draw(values[keyword])
            try:
                setattr(dataset, keyword, value)
            except Exception:
                continue
        if draw(st.integers(0, 5)) == 0:
            dataset.file_meta.TransferSyntaxUID = UID(draw(st.sampled_from(SYNTAXES)))
        try:
            dataset.save_as(path, enforce_file_format=False)
        except Exception:  # values that cannot be written
            return data
    return path.read_bytes()


def _headers(folder: Path) -> st.SearchStrategy[Any]:
    files = _dicoms(folder)
    bytes_ = st.sampled_from(files).flatmap(lambda one: damaged_bytes(one[0], within=one[1] + 32))
    return bytes_ | _elements(folder)


def _check_dicom(folder: Path, drawn: bytes) -> None:
    path = folder / "a.dcm"
    path.write_bytes(drawn)
    try:
        with DicomFile(path) as source:
            assert len(source.times_s) == source.info.frames
            for _ in range(6):
                frame = source.read(5.0)
                if frame is not None:
                    assert frame.width > 0 and frame.height > 0
    except EndOfSource as end:
        assert end.missing is None or "\n" not in end.missing
    except SourceError as error:
        said(error)


# OpenIGTLink ------------------------------------------------------------------------------------------------


def _messages(folder: Path) -> st.SearchStrategy[Any]:
    grey = np.arange(8 * 6, dtype=np.uint8).reshape(1, 6, 8)
    wide = np.arange(8 * 6, dtype=np.float32).reshape(1, 6, 8)
    colour = np.zeros((1, 6, 8, 3), np.uint8)
    made = [
        pyigtl.ImageMessage(image, np.eye(4), device_name="Image").pack() for image in (grey, wide, colour)
    ]
    extended = pyigtl.ImageMessage(grey, np.eye(4), device_name="Image")
    extended.header_version, extended.metadata = 2, {"a": "b"}
    made += [extended.pack(), pyigtl.TransformMessage(np.eye(4), device_name="T").pack()]
    piece = st.sampled_from(made).flatmap(
        lambda good: damaged_bytes(good, within=58 + 90) | _sized(good) | st.just(good)
    )
    return st.lists(piece, min_size=1, max_size=4).map(b"".join)


@st.composite
def _sized(draw: st.DrawFn, good: bytes) -> bytes:
    """A damaged body under a header that tells its true length, so that it is unpacked."""
    body = draw(damaged_bytes(good[58:], within=90))
    return good[:42] + len(body).to_bytes(8, "big") + good[50:58] + body


def _check_message(folder: Path, drawn: bytes) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(drawn)
        theirs.shutdown(socket.SHUT_WR)
        ours.settimeout(1.0)
        driver = IgtlDriver("fuzz", 0, None, "none")
        driver._socket = ours
        try:
            while True:
                shot = driver.read()
                if shot is not None:
                    assert shot.pixels.dtype == np.uint8 and shot.pixels.size > 0
        except SourceLostError as error:
            said(error)


TARGETS = (
    Target("manifest", _manifests, _check_manifest),
    Target("settings", _settings, _check_settings),
    Target("exam", _exams, _check_exam),
    Target("dicom", _headers, _check_dicom),
    Target("openigtlink", _messages, _check_message),
)
