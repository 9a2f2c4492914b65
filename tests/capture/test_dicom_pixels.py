from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pydicom.data
import pytest
from pydicom.uid import (
    JPEGBaseline8Bit,
)

from tests.capture.dicom_play import RAMP, jpeg, packaged, play
from tests.capture.media import (
    coloured,
    numbered,
    write_dicom,
)

GREY: dict[str, tuple[Any, dict[str, Any], Any]] = {
    "white is low": (RAMP, {"PhotometricInterpretation": "MONOCHROME1"}, 255 - RAMP),
    "12 bits, full range": (RAMP.astype(np.uint16) * 16, {"BitsStored": 12, "HighBit": 11}, RAMP),
    "16 bits, full range": (RAMP.astype(np.uint16) * 257, {}, RAMP),
    "12 bits, window": (
        RAMP.astype(np.uint16) + 1000,
        {"BitsStored": 12, "HighBit": 11, "WindowCenter": "1128", "WindowWidth": "256"},
        RAMP,
    ),
    "8 bits, identity window": (RAMP, {"WindowCenter": "128", "WindowWidth": "256"}, RAMP),
    "rescaled, window": (
        RAMP.astype(np.uint16),
        {"BitsStored": 8, "HighBit": 7, "RescaleSlope": "2", "RescaleIntercept": "-100"}
        | {"WindowCenter": "156", "WindowWidth": "512"},
        RAMP,
    ),
    "signed": (
        RAMP.astype(np.uint16) * 16 ^ 0x800,
        {"BitsStored": 12, "HighBit": 11, "PixelRepresentation": 1},
        RAMP,
    ),
}


@pytest.mark.parametrize("case", GREY.values(), ids=GREY)
def test_grey_values(case: tuple[Any, dict[str, Any], Any], tmp_path: Path) -> None:
    stored, elements, expected = case
    if elements.get("PixelRepresentation"):  # 12-bit two's complement, sign extended as it is stored
        stored = (stored.astype(np.int16) << 4 >> 4).view(np.uint16)
    _, shown, _ = play(write_dicom(tmp_path / "a.dcm", [stored], elements=elements))
    assert np.abs(shown[0].pixels.astype(int) - expected).max() <= 1


@pytest.mark.parametrize(
    "elements",
    [
        {"RescaleSlope": "1e400", "RescaleIntercept": "-1e300"},
        {"RescaleSlope": "1e-320", "WindowCenter": "nan", "WindowWidth": "inf"},
        {"WindowCenter": "1e308", "WindowWidth": "1e308", "VOILUTFunction": "SIGMOID"},
    ],
)
@pytest.mark.filterwarnings("ignore:.*:UserWarning")
def test_numbers_beyond_reason_are_no_fault(elements: dict[str, str], tmp_path: Path) -> None:
    with pydicom.config.disable_value_validation():
        path = write_dicom(tmp_path / "a.dcm", [RAMP], elements=elements)
    _, shown, _ = play(path)
    assert shown[0].pixels.shape == RAMP.shape


def test_colour_by_plane_and_by_pixel(tmp_path: Path) -> None:
    picture = coloured(5)
    _, by_pixel, _ = play(write_dicom(tmp_path / "a.dcm", [picture]))
    assert (by_pixel[0].pixels == picture).all()
    planes = np.ascontiguousarray(picture.transpose(2, 0, 1)).reshape(picture.shape)
    _, by_plane, _ = play(write_dicom(tmp_path / "b.dcm", [planes], elements={"PlanarConfiguration": 1}))
    assert (by_plane[0].pixels == picture).all()


def test_jpeg_colours_are_converted_once(tmp_path: Path) -> None:
    elements = {"PhotometricInterpretation": "YBR_FULL_422"}
    data = [jpeg(coloured(5), quality=95)]
    path = write_dicom(
        tmp_path / "a.dcm", [coloured(0)], fragments=data, syntax=JPEGBaseline8Bit, elements=elements
    )
    _, shown, _ = play(path)
    assert np.abs(shown[0].pixels[56, 10].astype(int) - (220, 30, 30)).max() <= 6


COLOUR_BARS = {
    "uncompressed 4:2:2": "SC_ybr_full_422_uncompressed.dcm",
    "RLE": "SC_rgb_rle.dcm",
    "RLE 16 bit": "SC_rgb_rle_16bit.dcm",
    "JPEG lossless": "SC_rgb_jpeg_gdcm.dcm",
    "JPEG-LS": "SC_rgb_jls_lossy_line.dcm",
    "JPEG 2000": "SC_rgb_gdcm_KY.dcm",
    "JPEG as RGB": "SC_rgb_dcmtk_+eb+cr.dcm",
    "JPEG 4:1:1": "SC_rgb_dcmtk_+eb+cy+s4.dcm",
}


@pytest.mark.parametrize("name", COLOUR_BARS.values(), ids=COLOUR_BARS)
def test_transfer_syntaxes_agree_on_the_colour_bars(name: str) -> None:
    """Red, green, blue, black and white bars, written by other programs."""
    info, shown, _ = play(packaged(name))
    column = shown[0].pixels[[5, 25, 45, 65, 95], 50].astype(int)
    expected = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (0, 0, 0), (255, 255, 255)]
    assert np.abs(column - expected).max() <= 6  # 4:2:2 mixes the bars' edges
    assert any("expected ultrasound" in warning for warning in info.warnings)


@pytest.mark.parametrize(
    "name", ["image_dfl.dcm", "MR_small_bigendian.dcm", "MR_small_implicit.dcm", "examples_palette.dcm"]
)
def test_other_encodings_of_the_whole_file(name: str) -> None:
    """Compared with pydicom's own reading."""
    _, shown, _ = play(packaged(name))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = pydicom.dcmread(packaged(name)).pixel_array.astype(float)
    ours = shown[0].pixels
    assert ours.shape[:2] == theirs.shape
    if ours.ndim == 2:
        assert np.corrcoef(ours.ravel(), theirs.ravel())[0, 1] > 0.9
    else:
        assert len(np.unique(ours)) > 10


def test_pixels_that_are_not_square_are_made_so(tmp_path: Path) -> None:
    info, _, _ = play(
        write_dicom(tmp_path / "a.dcm", [numbered(0)], elements={"PixelAspectRatio": ["2", "1"]})
    )
    assert (info.width, info.height) == (96, 128)
