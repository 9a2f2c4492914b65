from __future__ import annotations

import logging
import struct
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from pydicom.uid import (
    MPEG2MPML,
    MPEG4HP41,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
)

from capture.dicom_file import DicomFile
from capture.dicom_pixels import StoredFrames
from capture.source import UnreadableSourceError
from tests.capture.dicom_play import RAMP, jpeg, play
from tests.capture.media import (
    number_of,
    numbered,
    write_dicom,
    write_film,
)


def test_a_cine_plays_at_its_frame_time(tmp_path: Path) -> None:
    frames = [numbered(i) for i in range(6)]
    info, shown, missing = play(write_dicom(tmp_path / "a.dcm", frames, elements={"FrameTime": "54.241"}))
    assert [number_of(frame.pixels) for frame in shown] == list(range(6))
    assert [frame.media_s for frame in shown] == pytest.approx([0.054241 * i for i in range(6)])
    assert info.fps == pytest.approx(18.436, rel=1e-3)
    assert info.duration_s == pytest.approx(6 * 0.054241, rel=1e-3)
    assert (info.kind, info.container, info.frames) == ("dicom", "dicom", 6)
    assert info.warnings == ()
    assert missing is None


STORED: dict[str, tuple[str, Any]] = {
    "JPEG baseline": (JPEGBaseline8Bit, lambda p: jpeg(p, quality=95)),
    "JPEG 2000": (JPEG2000Lossless, lambda p: jpeg(p, "JPEG2000", irreversible=False)),
}


@pytest.mark.parametrize("bot", [True, False], ids=["offsets", "no offsets"])
@pytest.mark.parametrize("stored", STORED.values(), ids=STORED)
def test_compressed_cines(stored: tuple[str, Any], bot: bool, tmp_path: Path) -> None:
    syntax, pack = stored
    fragments = [pack(numbered(i)) for i in range(5)]
    path = write_dicom(tmp_path / "a.dcm", [numbered(0)], fragments=fragments, syntax=syntax, bot=bot)
    info, shown, _ = play(path)
    assert [number_of(frame.pixels) for frame in shown] == list(range(5))
    assert "JPEG" in (info.codec or "")


@pytest.mark.parametrize(
    ("syntax", "codec", "name"), [(MPEG4HP41, "libx264", "a.mp4"), (MPEG2MPML, "mpeg2video", "a.mpg")]
)
def test_encapsulated_films(syntax: str, codec: str, name: str, tmp_path: Path) -> None:
    data = write_film(tmp_path / name, 8, codec=codec).read_bytes()
    third = len(data) // 3 // 2 * 2
    fragments = [data[:third], data[third : 2 * third], data[2 * third :]]
    elements = {"NumberOfFrames": 8, "FrameTime": "50"}
    path = write_dicom(tmp_path / "a.dcm", fragments=fragments, syntax=syntax, elements=elements, bot=False)
    info, shown, missing = play(path)
    assert [number_of(frame.pixels) for frame in shown] == list(range(8))
    assert info.fps == pytest.approx(20)
    assert missing is None


def test_a_file_without_preamble_opens(tmp_path: Path) -> None:
    def element(group: int, number: int, value: bytes) -> bytes:
        return struct.pack("<HHI", group, number, len(value)) + value

    us, pixels = struct.Struct("<H").pack, RAMP.tobytes()
    (tmp_path / "old.img").write_bytes(
        element(8, 5, b"ISO_IR 100") + element(8, 0x60, b"US") + element(0x28, 2, us(1))
        + element(0x28, 4, b"MONOCHROME2 ") + element(0x28, 0x10, us(48)) + element(0x28, 0x11, us(64))
        + element(0x28, 0x100, us(8)) + element(0x28, 0x101, us(8)) + element(0x28, 0x102, us(7))
        + element(0x28, 0x103, us(0)) + element(0x7FE0, 0x10, pixels)
    )  # fmt: skip
    _, shown, _ = play(tmp_path / "old.img")
    assert (shown[0].pixels == RAMP).all()


@pytest.mark.parametrize("compressed", [False, True])
def test_a_cut_cine_plays_its_whole_frames(compressed: bool, tmp_path: Path) -> None:
    noise = [np.random.default_rng(i).integers(0, 255, (64, 96), np.uint8) for i in range(10)]
    path = tmp_path / "a.dcm"
    if compressed:
        fragments = [jpeg(picture, "JPEG2000", irreversible=False) for picture in noise]
        write_dicom(path, noise, fragments=fragments, syntax=JPEG2000Lossless, elements={"FrameTime": "40"})
    else:
        write_dicom(path, noise, elements={"FrameTime": "40"})
    data = path.read_bytes()
    for share in (0.25, 0.58, 0.9):
        path.write_bytes(data[: int(len(data) * share)])
        info, shown, missing = play(path)
        assert 1 <= len(shown) <= 10 * share
        assert len(shown) >= 10 * share - 2.5
        assert all((frame.pixels == noise[frame.index]).all() for frame in shown)
        assert missing == f"the file ends early: {len(shown)} of 10 frames could be read"
        assert missing in info.warnings


def test_one_damaged_frame_does_not_stop_the_others(tmp_path: Path) -> None:
    fragments = [jpeg(numbered(i), "JPEG2000", irreversible=False) for i in range(5)]
    fragments[2] = b"\0" * 40
    path = write_dicom(tmp_path / "a.dcm", [numbered(0)], fragments=fragments, syntax=JPEG2000Lossless)
    _, shown, missing = play(path)
    assert [frame.index for frame in shown] == [0, 1, 3, 4]
    assert missing == "1 of 5 frames are damaged and were left out"


def test_frames_of_several_fragments(tmp_path: Path) -> None:
    fragments = []
    for i in range(4):
        data = jpeg(numbered(i), quality=95)
        half = len(data) // 2 // 2 * 2
        fragments += [data[:half], data[half:]]
    path = write_dicom(
        tmp_path / "a.dcm",
        [numbered(0)],
        fragments=fragments,
        syntax=JPEGBaseline8Bit,
        elements={"NumberOfFrames": 4},
        bot=False,
    )
    _, shown, _ = play(path)
    assert [number_of(frame.pixels) for frame in shown] == list(range(4))


def test_only_one_frame_is_held_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Opening and reading frame 3 decodes the first frame and frame 3, no others."""
    decoded: list[int] = []
    decode = StoredFrames.pixels

    def counting(self: StoredFrames, index: int) -> Any:
        decoded.append(index)
        return decode(self, index)

    monkeypatch.setattr(StoredFrames, "pixels", counting)
    with DicomFile(write_dicom(tmp_path / "a.dcm", [numbered(i) for i in range(10)])) as source:
        source.seek(3)
        source.read()
    assert decoded == [0, 3]


def test_no_patient_reaches_messages_or_logs(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with DicomFile(write_dicom(tmp_path / "a.dcm", [numbered(0)])) as source:
        source.read()
        header = source._header
        assert header is not None
        assert "PatientName" not in header.dataset
        assert "Secret" not in str(header.dataset)
        assert "Secret" not in repr(source.info)
    assert "ecret" not in caplog.text
    assert "SECRET" not in caplog.text


def no_pixels(path: Path) -> None:
    write_dicom(path, [RAMP])
    data = path.read_bytes()
    path.write_bytes(data[: data.rindex(b"\xe0\x7f\x10\0")])


def without_rows(path: Path) -> None:
    write_dicom(path, [RAMP], elements={"Rows": 0})


def cut_in_the_header(path: Path) -> None:
    write_dicom(path, [RAMP])
    path.write_bytes(path.read_bytes()[:400])


def cut_in_the_frame(path: Path) -> None:
    write_dicom(path, [RAMP])
    path.write_bytes(path.read_bytes()[:-1500])


def monstrous(path: Path) -> None:
    write_dicom(path, [RAMP], elements={"Rows": 60000, "Columns": 60000})


def lying(path: Path) -> None:
    """The JPEG 2000 stream inside is far larger than the header says."""
    stream = bytearray(jpeg(RAMP, "JPEG2000", irreversible=False))
    at = stream.index(b"\xff\x51") + 6
    stream[at : at + 8] = (60000).to_bytes(4, "big") * 2
    write_dicom(path, [RAMP], fragments=[bytes(stream)], syntax=JPEG2000Lossless)


def inflating(path: Path) -> None:
    """A deflated file that grows without end."""
    write_dicom(path, [RAMP])
    data = path.read_bytes()
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = b"".join(packer.compress(b"\0" * 2**18) for _ in range(8)) + packer.flush()
    meta_end = 144 + int.from_bytes(data[140:144], "little")
    uid = b"1.2.840.10008.1.2.1.99"
    meta = data[:meta_end].replace(
        b"\x10\0UI\x14\x001.2.840.10008.1.2.1\0", b"\x10\0UI" + len(uid).to_bytes(2, "little") + uid
    )
    meta = meta[:140] + (int.from_bytes(data[140:144], "little") + 2).to_bytes(4, "little") + meta[144:]
    path.write_bytes(meta + body)


REFUSED = {
    "no pixel data": (no_pixels, "no pixel data"),
    "no rows": (without_rows, "no picture"),
    "cut in the header": (cut_in_the_header, "no pi"),
    "cut in the only frame": (cut_in_the_frame, "cut off before the end of its first frame"),
    "monstrous": (monstrous, "too large"),
    "lying": (lying, "not one frame"),
    "inflating": (inflating, "too large"),
    "HTJ2K": (
        lambda path: write_dicom(path, [RAMP], fragments=[b"\xff\x4f"], syntax="1.2.840.10008.1.2.4.201"),
        "High-Throughput JPEG 2000",
    ),
    "32 bits": (lambda path: write_dicom(path, [RAMP], elements={"BitsAllocated": 32}), "8 or 16 bits"),
}


@pytest.mark.parametrize("made", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_shown_is_refused_in_one_line(
    made: tuple[Any, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("capture.dicom_header._MAX_INFLATED", 2**20)
    write, words = made
    write(tmp_path / "a.dcm")
    with pytest.raises(UnreadableSourceError, match=words) as refused, DicomFile(tmp_path / "a.dcm"):
        pass
    assert str(refused.value).startswith("a.dcm: ")
    assert "\n" not in str(refused.value)


def test_real_files_look_alike_in_every_syntax(shared_data: Path) -> None:
    _, reference, _ = play(shared_data / "US1_UNCR.dcm")
    for name, limit in (("US1_J2KR.dcm", 0), ("US1_J2KI.dcm", 12)):
        _, shown, _ = play(shared_data / name)
        assert np.abs(shown[0].pixels.astype(int) - reference[0].pixels).mean() <= limit
    film = play(shared_data / "plax_doppler_30f_h264.dcm")[1]
    pictures = play(shared_data / "plax_doppler_30f_jpegbaseline.dcm")[1]
    assert len(film) == len(pictures) == 30
    for one, other in zip(film[::10], pictures[::10], strict=True):
        assert np.abs(one.pixels.astype(int) - other.pixels).mean() < 3
    small = cv2.resize(pictures[0].pixels, (400, 300), interpolation=cv2.INTER_AREA)
    deep = play(shared_data / "derived_plax_12bit_4f.dcm")[1][0].pixels
    assert np.corrcoef(deep.ravel(), small.mean(axis=2).ravel())[0, 1] > 0.9


def test_a_damaged_length_brings_no_name_into_words(tmp_path: Path) -> None:
    """The transfer syntax then reads on into the patient's name."""
    path = write_dicom(tmp_path / "a.dcm", [numbered(0)])
    data = bytearray(path.read_bytes())
    at = data.index(b"\x02\x00\x10\x00UI") + 6
    data[at : at + 2] = (300).to_bytes(2, "little")
    path.write_bytes(data)
    with pytest.raises(UnreadableSourceError) as refused, DicomFile(path):
        pass
    assert "Secret" not in str(refused.value) and len(str(refused.value)) < 100


def test_regions_that_are_no_sequence_are_none(tmp_path: Path) -> None:
    path = write_dicom(tmp_path / "a.dcm", [numbered(0)], elements={"SequenceOfUltrasoundRegions": []})
    data = path.read_bytes()
    path.write_bytes(
        data.replace(
            b"\x18\x00\x11\x60SQ\x00\x00\x00\x00\x00\x00", b"\x18\x00\x11\x60US\x04\x00\x05\x00\x06\x00"
        )
    )
    info, shown, _ = play(path)
    assert len(shown) == 1 and info.claimed_region is None
