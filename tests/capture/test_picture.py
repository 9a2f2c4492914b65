from __future__ import annotations

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from capture import limits
from capture.picture import read_picture
from capture.source import UnreadableSourceError
from capture.still import Still
from tests.capture.media import number_of, numbered

RAMP = np.tile(np.arange(0, 256, 4, dtype=np.uint8), (48, 1))


@pytest.mark.parametrize("name", ["p.png", "p.jpg", "p.bmp", "p.tif", "p.webp", "p.jp2", "p.pgm"])
def test_usual_formats(name: str, tmp_path: Path) -> None:
    Image.fromarray(numbered(77)).save(tmp_path / name)
    picture = read_picture(tmp_path / name)
    assert picture.pixels.shape[:2] == (64, 96)
    assert number_of(picture.pixels) == 77


def test_sixteen_bits_become_eight(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "p.png"), RAMP.astype(np.uint16) * 257)
    picture = read_picture(tmp_path / "p.png")
    assert (picture.pixels == RAMP).all()
    assert picture.warnings == ()


def test_twelve_bits_in_sixteen_are_told(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "p.png"), RAMP.astype(np.uint16) * 16)
    picture = read_picture(tmp_path / "p.png")
    assert (picture.pixels == RAMP).all()
    assert "12 of its 16 bits" in picture.warnings[0]


def test_palette_alpha_and_single_bits(tmp_path: Path) -> None:
    red = Image.new("RGB", (20, 10), (200, 10, 10))
    red.convert("P", palette=Image.Palette.ADAPTIVE).save(tmp_path / "palette.png")
    assert np.abs(read_picture(tmp_path / "palette.png").pixels[5, 5].astype(int) - (200, 10, 10)).max() < 4
    Image.new("RGBA", (20, 10), (200, 100, 0, 128)).save(tmp_path / "alpha.png")
    assert read_picture(tmp_path / "alpha.png").pixels[5, 5].tolist() == [100, 50, 0]
    clear = Image.new("P", (20, 10), 0)
    clear.putpalette([250, 0, 0] * 256)
    clear.save(tmp_path / "clear.png", transparency=0)
    assert read_picture(tmp_path / "clear.png").pixels.max() == 0
    Image.fromarray(RAMP > 100).save(tmp_path / "bits.png")
    assert (read_picture(tmp_path / "bits.png").pixels == (RAMP > 100) * 255).all()


def test_a_photograph_is_turned_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn 90 degrees clockwise
    Image.fromarray(RAMP).save(tmp_path / "p.jpg", exif=exif)
    assert read_picture(tmp_path / "p.jpg").pixels.shape == (64, 48)


def test_real_numbers_are_stretched_and_told(tmp_path: Path) -> None:
    Image.fromarray(RAMP.astype(np.float32) / 10 - 3).save(tmp_path / "p.tif")
    picture = read_picture(tmp_path / "p.tif")
    assert (picture.pixels.min(), picture.pixels.max()) == (0, 255)
    assert "grey values from -3 to 22.2" in picture.warnings[0]


def test_further_pages_are_told(tmp_path: Path) -> None:
    pages = [Image.fromarray(numbered(i)) for i in range(3)]
    pages[0].save(tmp_path / "p.tif", save_all=True, append_images=pages[1:])
    assert "first of 3 pages" in read_picture(tmp_path / "p.tif").warnings[0]


def write_huge_png(path: Path, width: int, height: int, whole: bool = True) -> None:
    """A black 1-bit PNG, written row by row; not whole: a header that promises what never comes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer = zlib.compressobj(9)
    rows = height if whole else 1
    data = b"".join(packer.compress(b"\0" * (1 + (width + 7) // 8)) for _ in range(rows)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(("width", "height"), [(12000, 12000), (60000, 60000)])
def test_monstrous_pictures_are_refused_unread(width: int, height: int, tmp_path: Path) -> None:
    write_huge_png(tmp_path / "p.png", width, height, whole=False)
    with pytest.raises(UnreadableSourceError, match=r"too large.* limit is 35 megapixels") as refused:
        read_picture(tmp_path / "p.png")
    assert "\n" not in str(refused.value)


def test_large_pictures_are_shown_smaller(tmp_path: Path) -> None:
    write_huge_png(tmp_path / "p.png", 8000, 4200)
    with Still(tmp_path / "p.png") as still:
        assert (still.info.width, still.info.height) == (4000, 2100)
        assert still.info.warnings == ("8000 x 4200 is shown at 1/2 of its size: 4000 x 2100",)
        assert still.info.width * still.info.height <= limits.MAX_FRAME_PIXELS


@pytest.mark.parametrize("share", [0.02, 0.5, 0.95])
@pytest.mark.parametrize("name", ["p.png", "p.jpg", "p.tif"])
def test_cut_pictures_are_refused_in_one_line(name: str, share: float, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (64, 96), np.uint8)
    path = tmp_path / name
    cv2.imwrite(str(path), noise)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(UnreadableSourceError) as refused, Still(path):
        pass
    assert str(refused.value) == f"{name}: the picture is damaged or cut off"


def test_real_odd_pictures(shared_data: Path) -> None:
    deep = read_picture(shared_data / "bad" / "still_16bit_gray.png")
    assert deep.pixels.shape == (600, 800)
    assert deep.pixels.max() == 51000 >> 8
    assert read_picture(shared_data / "bad" / "png_named.dcm").format == "png"
    with pytest.raises(UnreadableSourceError, match="cut off"):
        read_picture(shared_data / "bad" / "still_truncated.png")
