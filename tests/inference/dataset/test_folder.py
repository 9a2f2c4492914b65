from __future__ import annotations

from pathlib import Path

import av
import cv2
import numpy as np
import pydicom
import pytest
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, UltrasoundMultiFrameImageStorage, generate_uid

from capture.frame import Pixels
from capture.geometry import Box, Sector, region_mask
from capture.phantom.render import render
from capture.phantom.sampling import sample
from inference.dataset import DataSetError, read_dataset
from tests.inference.dataset.site_folder import ROW, picture, write_about, write_png, write_set


def write_film(path: Path, count: int) -> None:
    """Lossless; the grey level of a frame tells its index."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "gray"
        for index in range(count):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64), 10 * index + 5, np.uint8), format="gray")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def write_dicom(path: Path, frames: Pixels) -> None:
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = UltrasoundMultiFrameImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid()
    data = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    data.SOPClassUID, data.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    data.Modality = "US"
    data.NumberOfFrames, data.Rows, data.Columns = frames.shape
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 8, 8, 7, 0
    data.FrameTime = "40"
    data.PixelData = frames.tobytes()
    pydicom.dcmwrite(path, data)


def test_rows_carry_what_the_table_says(tmp_path: Path) -> None:
    write_set(
        tmp_path,
        [
            ROW
            | {
                "cleft": 1,
                "judgeable": "",
                "kind": "uni_left",
                "extent": "lip",
                "quality": 0.8,
                "width_mm": 3,
            }
            | {"look_alikes": "cord; hand", "exam": "E1", "clip": "2", "time_s": 1.5, "mm_per_px": 0.11}
            | {"x0": 3, "y0": 4, "x1": 50, "y1": 51, "box_x0": 9.5, "box_y0": 8, "box_x1": 12.2, "box_y1": 11}
            | {"sector": "convex;26;-40;50;100;-0.4;0.4", "seed": 77}
        ],
    )
    data = read_dataset(tmp_path)
    row = data.rows[0]
    assert (data.name, data.synthetic, data.domain) == ("tiny", True, "")
    assert (row.file, row.frame, row.fetus, row.site, row.view) == ("a.png", 0, "F1", "S1", "lip")
    assert row.cleft is True
    assert row.judgeable
    assert (row.kind, row.extent, row.quality, row.width_mm) == ("uni_left", "lip", 0.8, 3.0)
    assert (row.exam, row.clip, row.time_s, row.mm_per_px) == ("E1", "2", 1.5, 0.11)
    assert row.look_alikes == ("cord", "hand")
    assert row.scan == Box(3, 4, 50, 51)
    assert row.finding == Box(9, 8, 13, 11)
    assert row.sector == Sector("convex", 26, -40, 50, 100, -0.4, 0.4)
    assert row.column("seed") == "77"
    _, pixels, region = next(data.frames())
    assert np.array_equal(pixels, picture(0))
    assert (region.box, region.sector, region.mm_per_px) == (row.scan, row.sector, 0.11)


def test_pictures_films_and_dicom_come_by_the_same_door(tmp_path: Path) -> None:
    write_film(tmp_path / "film.mkv", 6)
    cine = np.stack([np.full((48, 64), 20 * i + 3, np.uint8) for i in range(4)])
    cine[:, 0, 0] = 255
    write_dicom(tmp_path / "cine.dcm", cine)
    cv2.imwrite(str(tmp_path / "b.jpg"), picture(1))
    cv2.imwrite(str(tmp_path / "c.tif"), picture(2))
    rows = [ROW | {"file": "film.mkv", "frame": i} for i in (5, 0, 3)]
    rows += [ROW | {"file": "cine.dcm", "frame": i} for i in (1, 3)]
    rows += [ROW | {"file": name, "frame": 0} for name in ("b.jpg", "c.tif", "a.png")]
    seen = list(read_dataset(write_set(tmp_path, rows)).frames())
    assert [(row.file, row.frame) for row, _, _ in seen[:5]] == [
        *[("film.mkv", i) for i in (0, 3, 5)],
        *[("cine.dcm", i) for i in (1, 3)],
    ]
    assert [int(pixels.reshape(-1)[1]) // 10 for _, pixels, _ in seen[:3]] == [0, 3, 5]
    assert [int(pixels[5, 5]) for _, pixels, _ in seen[3:5]] == [23, 63]
    assert np.array_equal(seen[6][1] if seen[6][1].ndim == 2 else seen[6][1][..., 0], picture(2))
    assert all(region.fits(pixels.shape[1], pixels.shape[0]) for _, pixels, region in seen)


def test_a_scan_that_nobody_placed_is_found(tmp_path: Path) -> None:
    made = render(sample(4, "plain", view="lip"))
    screen = np.zeros((400, 500), np.uint8)
    height, width = made.pixels.shape
    screen[60 : 60 + height, 90 : 90 + width] = made.pixels
    write_png(tmp_path / "a.png", screen)
    _, _, region = next(read_dataset(write_set(tmp_path, [ROW | {"mm_per_px": 0.2}])).frames())
    assert region.box.iou(Box(90, 60, 90 + width, 60 + height)) > 0.9
    assert (region.mm_per_px, region.mm_per_px_from) == (0.2, "labels")


def test_a_sector_that_is_named_is_the_one_that_was_drawn(tmp_path: Path) -> None:
    made = render(sample(4, "plain", view="lip"))
    s = made.region.sector
    assert s is not None
    place = dict(zip(("x0", "y0", "x1", "y1"), (0, 0, *made.pixels.shape[::-1]), strict=True))
    text = f"{s.kind};{s.apex_x};{s.apex_y};{s.r0_px};{s.r1_px};{s.angle0_rad};{s.angle1_rad}"
    write_png(tmp_path / "a.png", made.pixels)
    _, _, region = next(read_dataset(write_set(tmp_path, [ROW | place | {"sector": text}])).frames())
    assert np.array_equal(region_mask(region), region_mask(made.region))


def test_masks_are_above_the_middle_and_of_the_pictures_size(tmp_path: Path) -> None:
    drawn = np.array([[0, 127, 128, 255]] * 4, np.uint8).repeat(15, 0).repeat(20, 1)
    write_png(tmp_path / "m.png", drawn)
    write_png(tmp_path / "wrong.png", drawn[:, :70])
    rows = [ROW | {"mask": "m.png"}, ROW | {"file": "b.png", "mask": "wrong.png"}]
    data = read_dataset(write_set(tmp_path, rows))
    frames = data.frames()
    row, pixels, _ = next(frames)
    mask = data.mask(row)
    assert mask is not None
    assert mask.shape == pixels.shape
    assert np.array_equal(mask > 0, drawn > 127)
    with pytest.raises(DataSetError, match=r"labels\.csv row 3: expected a mask of .* 80x60, got 70x60"):
        next(frames)


def test_a_box_stands_in_for_a_mask_and_nothing_for_nothing(tmp_path: Path) -> None:
    box = {"box_x0": 10, "box_y0": 20, "box_x1": 30, "box_y1": 999}
    data = read_dataset(write_set(tmp_path, [ROW | box, ROW | {"file": "b.png"}]))
    mask = data.mask(data.rows[0])
    assert mask is not None
    assert mask.shape == (60, 80)
    assert mask[20:, 10:30].all()
    assert mask.sum() == 255 * 40 * 20
    assert data.mask(data.rows[1]) is None


def test_exams_come_in_time(tmp_path: Path) -> None:
    rows = [ROW | {"file": f"{t}.png", "exam": "E1", "time_s": t} for t in (3, 1, 2)]
    rows.append(ROW | {"file": "x.png", "exam": "", "time_s": ""})
    exams = read_dataset(write_set(tmp_path, rows)).exams()
    assert {name: [row.time_s for row in of] for name, of in exams.items()} == {"E1": [1.0, 2.0, 3.0]}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"file": "gone.jpg"}, "row 3: gone.jpg: there is no such file"),
        ({"file": "../b.png"}, "row 3: expected file as a path inside"),
        ({"file": "/b.png"}, "row 3: expected file as a path inside"),
        ({"mask": "no.png"}, "row 3: no.png: there is no such file"),
        ({"view": "nose"}, "row 3: expected view as lip or palate or other, got nose"),
        ({"cleft": 2}, "row 3: expected cleft as 0, 1 or nothing, got 2"),
        ({"cleft": 1, "view": "other"}, "row 3: expected cleft 0 or empty with view other"),
        ({"cleft": 1, "kind": "none"}, "row 3: expected a kind of cleft"),
        ({"quality": 1.2}, "row 3: expected quality as a number from 0 to 1, got 1.2"),
        ({"quality": "nan"}, "row 3: expected quality as a number"),
        ({"frame": 1.5}, "row 3: expected frame as a whole number"),
        ({"frame": -1}, "row 3: expected frame"),
        ({"site": "S2"}, "row 3: expected fetus F1 at site S1 as in labels.csv row 2, got site S2"),
        ({"fetus": ""}, "row 3: expected fetus as a value, got nothing"),
        ({"file": "a.png"}, "row 3: a.png frame 0 is labelled already in labels.csv row 2"),
        ({"exam": "E1", "fetus": "F2"}, "row 3: expected exam E1 of fetus F1"),
        ({"time_s": ""}, "row 3: expected time_s in all rows of exam E1"),
        ({"look_alikes": "cord;moon"}, "row 3: expected look_alikes as names among .*, got moon"),
        ({"x0": 5, "y0": 5, "x1": 4, "y1": 9}, "row 3: expected x0 < x1"),
        ({"x0": 5}, "row 3: expected all of x0, y0, x1, y1 or none"),
        ({"sector": "convex;1;2;3;4;5;6"}, "row 3: expected x0, y0, x1, y1 beside the sector"),
    ],
)
def test_nonsense_is_refused_by_file_and_row(tmp_path: Path, wrong: dict[str, object], words: str) -> None:
    good = ROW | {"frame": 0, "exam": "E1", "time_s": 0.5}
    write_set(tmp_path, [good, good | {"file": "b.png"} | wrong])
    with pytest.raises(DataSetError, match=rf"^labels\.csv {words}"):
        read_dataset(tmp_path)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([ROW | {"frame": 1}], r"labels\.csv row 2: expected a frame from 0 to 0 of a\.png, got 1"),
        ([ROW | {"x0": 0, "y0": 0, "x1": 81, "y1": 60}], r"labels\.csv row 2: expected the scan inside"),
        ([ROW | {"file": "n.txt"}], r"labels\.csv row 2: n\.txt: expected a film .* got a text file"),
    ],
)
def test_what_only_the_picture_tells_is_refused_by_row(
    tmp_path: Path, rows: list[dict[str, object]], words: str
) -> None:
    (tmp_path / "n.txt").write_text("no picture")
    data = read_dataset(write_set(tmp_path, rows))
    with pytest.raises(DataSetError, match=words):
        list(data.frames())


def test_folders_that_are_no_data_set(tmp_path: Path) -> None:
    with pytest.raises(DataSetError, match="there is no such folder"):
        read_dataset(tmp_path / "gone")
    with pytest.raises(DataSetError, match=r'expected a dataset\.json such as \{"format"'):
        read_dataset(tmp_path)
    write_about(tmp_path)
    with pytest.raises(DataSetError, match=r"expected labels\.csv or coco\.json, got neither"):
        read_dataset(tmp_path)
    write_set(tmp_path, [ROW])
    (tmp_path / "dataset.json").write_text('{"format": "other/1", "name": "x", "synthetic": true}')
    with pytest.raises(DataSetError, match=r"dataset\.json: format"):
        read_dataset(tmp_path)
