from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.session.encoders import make_encoder
from app.session.folder import open_new
from app.session.playback import open_segment
from app.session.segment import SegmentFile
from app.session.synthetic import SyntheticScans
from capture.decode import FrameConverter
from capture.frame import Pixels


def through_a_file(tmp_path: Path, codec: str, pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    encoder, trouble = make_encoder(codec, width, height, pixels.ndim == 3)
    assert trouble is None
    file = SegmentFile(tmp_path / "1.mkv", open_new, encoder.codec, width, height, {"a": 1})
    for at in range(3):
        file.add(encoder.encode(pixels), at * 33)
    file.close()
    encoder.close()
    with open_segment(tmp_path / "1.mkv") as container:
        frames = list(container.decode(video=0))
    assert [frame.pts for frame in frames] == [0, 33, 66]
    return FrameConverter(full_range=True).pixels(frames[1])


@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize(
    ("codec", "mean", "most"), [("jpeg", 1.5, 24), ("ffv1", 0.0, 0), ("mjpeg", 4.0, 130)]
)
def test_pictures_come_back_as_good_as_promised(
    tmp_path: Path, codec: str, mean: float, most: int, colour: bool
) -> None:
    pixels = SyntheticScans(160, 120, colour).pixels(1234)
    back = through_a_file(tmp_path, codec, pixels)
    # FFmpeg gives grey pictures back as grey, whatever they were coded as.
    assert back.shape[:2] == pixels.shape[:2]
    grey = pixels if pixels.ndim == back.ndim else pixels[..., 0]
    error = np.abs(back.astype(int) - grey)
    assert error.mean() <= mean
    assert error.max() <= most


def test_an_encoder_that_is_not_there_is_said_and_replaced() -> None:
    encoder, trouble = make_encoder("mjpeg_none", 64, 48, False)
    assert encoder.codec == "mjpeg"
    assert trouble is not None and trouble.startswith("recording by mjpeg_none is not possible here")
    assert encoder.encode(np.zeros((48, 64), np.uint8)).startswith(b"\xff\xd8")
