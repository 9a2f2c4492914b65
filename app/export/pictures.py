"""Pictures of a report: as scanned, and with the model's heat-map on them."""

from __future__ import annotations

import base64
import io

import cv2
import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from app.analyze.drawing import put_heat
from app.export.content import ModelCard, ReportPicture
from app.live.heatmap import HeatLayer, heat_layer
from capture.frame import Pixels, make_frame
from capture.geometry import region_mask
from capture.scan import Scan, Signal
from inference.prediction import Prediction

UNKNOWN_GATE = 0.5
"""Score from which a map is shown where the model's operating points are not at hand."""


def heated(picture: ReportPicture, model: ModelCard | None) -> bool:
    """Whether the picture's map may be seen: maps light up on normal frames too, so only above the point."""
    if picture.heatmap is None or picture.score is None or picture.view == "other":
        return False
    points = None if model is None else model.points
    if points is None:
        return picture.score >= UNKNOWN_GATE
    return picture.score >= (points.release if picture.key.startswith("flag:") else points.look_again)


def overlaid(picture: ReportPicture, model: ModelCard | None) -> Pixels:
    """The picture in RGB, with its heat-map where that may be seen; never the stored original."""
    raw = picture.raw
    shown = np.asarray(cv2.cvtColor(raw, cv2.COLOR_GRAY2RGB), np.uint8) if raw.ndim == 2 else raw.copy()
    layer = _layer(picture, model) if heated(picture, model) else None
    if layer is not None:
        box = picture.region.box.clipped(picture.region.frame_width, picture.region.frame_height)
        # A view of the scan's box: `put_heat` counts from there.
        put_heat(shown[box.y0 : box.y1, box.x0 : box.x1], 1.0, picture.region, layer)
    return shown


def _layer(picture: ReportPicture, model: ModelCard | None) -> HeatLayer | None:
    if picture.heatmap is None:
        return None
    frame = make_frame(0, picture.captured_ns, picture.raw)
    prediction = Prediction(
        scan=Scan(frame, picture.region, 0, False, Signal.MOVING), cleft=picture.score or 0.0, views={},
        view=picture.view, view_score=1.0, quality=picture.quality, heatmap=picture.heatmap.values,
        placement=picture.heatmap.placement, started_ns=0, done_ns=0,
    )  # fmt: skip
    return heat_layer(prediction, 0.5 if model is None else model.heat_threshold)


def heat_on_picture(picture: ReportPicture) -> np.ndarray[tuple[int, int], np.dtype[np.float32]] | None:
    """The map at the picture's size, float32 (h, w) in [0, 1], nought outside the scan; None without one."""
    if picture.heatmap is None:
        return None
    values, place = picture.heatmap.values, picture.heatmap.placement
    height, width = picture.raw.shape[:2]
    rows, columns = values.shape
    cell_x, cell_y = place.width / columns, place.height / rows
    to_picture = np.array(
        [[cell_x, 0.0, place.x0 + cell_x / 2 - 0.5], [0.0, cell_y, place.y0 + cell_y / 2 - 0.5]]
    )
    stretched = cv2.warpAffine(values, to_picture, (width, height), flags=cv2.INTER_LINEAR)
    stretched[region_mask(picture.region) == 0] = 0.0
    return np.clip(stretched, 0.0, 1.0).astype(np.float32)


def png(pixels: Pixels, title: str) -> bytes:
    """A PNG whose title says what it is."""
    words = PngInfo()
    words.add_itxt("Title", title)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", pnginfo=words, compress_level=6)
    return out.getvalue()


def data_address(data: bytes) -> str:
    """A PNG as an address that is the picture itself: a report is one file."""
    return f"data:image/png;base64,{base64.b64encode(data).decode()}"
