from __future__ import annotations

import os
import sys
from pathlib import Path
from types import ModuleType

import cv2
import pytest

from capture.dicom_file import DicomFile
from capture.image_folder import ImageFolder
from capture.open import open_source
from capture.source import SourceInfo, UnreadableSourceError
from capture.still import Still
from capture.video_file import VideoFile
from tests.capture.media import numbered, write_dicom, write_film


class Made:
    """Stands in for a live source: remembers how it was made."""

    def __init__(self, *arguments: object, **options: object) -> None:
        self.arguments = arguments
        self.options = options
        self.info = SourceInfo("card", "made", 1, 1, True)


@pytest.fixture
def factories(monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of the modules of the live kinds."""
    for name, factory in (
        ("capture.card", "open_card"),
        ("capture.screen", "open_screen"),
        ("capture.stream", "open_stream"),
        ("capture.igtl", "open_igtl"),
        ("capture.phantom.source", "open_phantom"),
    ):
        module = ModuleType(name)
        setattr(module, factory, Made)
        monkeypatch.setitem(sys.modules, name, module)


def test_files_are_told_apart_by_content(tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.mp4", 2)
    cv2.imwrite(str(tmp_path / "still.png"), numbered(1))
    write_dicom(tmp_path / "one.dcm", [numbered(1)])
    for source, kind, disguise in (
        (film, VideoFile, "film.png"),
        (tmp_path / "still.png", Still, "still.dcm"),
        (tmp_path / "one.dcm", DicomFile, "one.mp4"),
    ):
        assert isinstance(open_source(str(source)), kind)
        disguised = tmp_path / disguise
        disguised.write_bytes(source.read_bytes())
        assert isinstance(open_source(str(disguised)), kind)
        with open_source(str(disguised)) as opened:
            assert opened.info.frames
    assert isinstance(open_source(str(tmp_path)), ImageFolder)


def test_paths_may_be_urls_or_begin_at_home_or_hold_a_colon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cv2.imwrite(str(tmp_path / "my scan.png"), numbered(1))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert isinstance(open_source((tmp_path / "my scan.png").as_uri()), Still)
    assert isinstance(open_source("~/my scan.png"), Still)
    if os.name != "nt":
        (tmp_path / "card:1.png").write_bytes((tmp_path / "my scan.png").read_bytes())
        assert isinstance(open_source("card:1.png"), Still)


def test_a_drive_letter_is_no_kind_of_source() -> None:
    with pytest.raises(UnreadableSourceError, match="no such file or folder"):
        open_source(r"C:\scans\exam.mp4")


@pytest.mark.parametrize(
    ("spec", "target", "options"),
    [
        ("card:0", "0", {}),
        ("card:USB Capture?size=1920x1080&fps=59.94", "USB Capture", {"size": "1920x1080", "fps": "59.94"}),
        ("screen:", "", {}),
        ("SCREEN::0.0+10,20?fps=30", ":0.0+10,20", {"fps": "30"}),
        ("igtl://10.0.0.5:18944?device=B", "10.0.0.5:18944", {"device": "B"}),
        ("udp://127.0.0.1:5000?fifo=3", "udp://127.0.0.1:5000?fifo=3", {}),
        ("rtsp://host/a?b=c", "rtsp://host/a?b=c", {}),
        ("phantom:seed=3&cleft=none", {"seed": "3", "cleft": "none"}, {}),
        ("phantom:", {}, {}),
    ],
)
def test_live_kinds_get_their_target_and_options(
    spec: str, target: object, options: dict[str, str], factories: None
) -> None:
    made = open_source(spec)
    assert isinstance(made, Made)
    assert made.arguments == (target,)
    assert made.options == options


def test_typed_options_win(factories: None) -> None:
    made = open_source("card:0?fps=30", fps="60", size="640x480")
    assert isinstance(made, Made)
    assert made.options == {"fps": "30", "size": "640x480"}


def test_options_of_recordings_reach_them(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "0.png"), numbered(0))
    cv2.imwrite(str(tmp_path / "1.png"), numbered(1))
    with open_source(str(tmp_path), fps=50) as folder:
        assert folder.info.fps == 50
    with pytest.raises(UnreadableSourceError, match="no option called speed"):
        open_source(str(tmp_path / "0.png"), speed=2)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("", "expected a source"),
        ("   ", "expected a source"),
        ("nowhere.mp4", "no such file or folder"),
        ("carp:0", "no kind of source called carp"),
        ("phantom:seed", "expected options like key=value"),
        ("x" * 5000, "cannot be read|no such file"),
        ("a\0b", "cannot be read|no such file"),
        ("card:0?size", "expected options like key=value"),
        ("file:///nowhere/at/all.mp4", "no such file"),
    ],
)
def test_nonsense_is_refused_in_one_line(spec: str, words: str) -> None:
    with pytest.raises(UnreadableSourceError, match=words) as refused:
        open_source(spec)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 300


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes on this system")
def test_pipes_and_devices_are_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path(os.devnull)):
        with pytest.raises(UnreadableSourceError, match="device or pipe"):
            open_source(str(path))


def test_every_real_file_opens_or_is_refused_in_one_line(shared_data: Path) -> None:
    refused = set()
    for path in sorted(p for p in shared_data.rglob("*") if p.is_file()):
        try:
            with open_source(str(path)) as source:
                assert source.read(5.0) is not None, path.name
        except UnreadableSourceError as error:
            assert "\n" not in str(error)
            refused.add(path.name)
    assert refused == {
        "ATTRIBUTION.md", "MANIFEST.tsv", "README.md", "Thumbs.db", "audio_only.mp4", "dicom_no_pixels.dcm",
        "itkpocus_sonivate-anechoic.nrrd", "still_truncated.png", "text_named.dcm", "text_named.mp4",
        "truncated_no_moov.mp4", "zero_length.dcm", "zero_length.mp4",
    }  # fmt: skip
