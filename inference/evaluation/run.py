"""Every labelled frame through region, pre-processing and the engine that ships; answers are kept."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from capture.frame import Pixels, make_frame
from capture.geometry import Region
from capture.scan import Scan
from capture.signals import SignalMonitor
from inference.dataset import DataSet, LabelRow
from inference.engine import Engine
from inference.evaluation.answers import Answer, AnswerFile, data_key
from inference.evaluation.heat import gap_cells, overlap, points_at
from inference.prediction import Prediction, View

Picture = tuple[LabelRow, Pixels, Region]
Tell = Callable[[int, int], None]
"""Called with frames done and frames in all."""
FRAME_NS = 33_000_000
"""Between frames of a file whose labels give no times: about 30 a second."""


def model_key(engine: Engine) -> str:
    """A hash of all that answers depend on: the manifest, the file in use and where it runs."""
    status = engine.status
    text = f"{engine.manifest.model_dump_json(by_alias=True)} {status.sha256} {status.provider_key}"
    return hashlib.sha256(text.encode()).hexdigest()


def set_key(data: DataSet) -> str:
    """A hash of a data set's labels and files."""
    names = {name for row in data.rows for name in (row.file, row.mask, twin_of(row)) if name}
    return data_key(data.rows, [data.folder / name for name in names])


def twin_of(row: LabelRow) -> str:
    """The phantom's column: file of the same picture without the cleft; empty where there is none."""
    return dict(row.more).get("twin", "").replace("\\", "/")


def answers_name(data: DataSet, data_hash: str, engine: Engine, rows: Sequence[LabelRow], part: str) -> str:
    """Of the file with a model's answers to some rows; another model, data or rows, another name."""
    asked = [(row.file, row.frame) for row in rows]
    whole = hashlib.sha256(f"{data_hash} {model_key(engine)} {asked}".encode()).hexdigest()[:12]
    names = (data.name, engine.status.model, engine.status.precision)
    return "-".join((part, *(_plain(name) for name in names), whole)) + ".csv"


def answer_all(
    rows: tuple[LabelRow, ...],
    pictures: Callable[[tuple[LabelRow, ...]], Iterable[Picture]],
    engine: Engine,
    path: Path,
    *,
    mask: Callable[[LabelRow], Pixels | None] | None = None,
    on_frame: Tell | None = None,
) -> list[Answer]:
    """The answer to each row, in their order; those in the file already are not asked for again.

    Args:
        rows: labels.
        pictures: gives the rows asked for with pixels and region: `DataSet.frames`.
        engine: of the model.
        path: where answers are kept.
        mask: gives a row's gap, for the heat-map; None: not looked at.
        on_frame: told after every frame.

    Raises:
        capture.source.SourceError: a picture cannot be read.
        inference.outputs.EngineError: the model failed on one.
        OSError: answers cannot be written.
    """
    number = {(row.file, row.frame): at for at, row in enumerate(rows)}
    with AnswerFile(path) as kept:
        # A file is read again whole: whether its pictures move is told from one to the next.
        begun = {row.file for at, row in enumerate(rows) if at not in kept.answers}
        left = tuple(row for row in rows if row.file in begun)
        done = len(rows) - len(left)
        for row, scan in _scans(pictures(left)) if left else ():
            at = number[row.file, row.frame]
            if at not in kept.answers:
                answer = _answer(at, row, scan, engine, mask)
                kept.add(answer)
            done += 1
            if on_frame is not None:
                on_frame(done, len(rows))
        return [kept.answers[at] for at in range(len(rows))]


def _scans(pictures: Iterable[Picture]) -> Iterator[tuple[LabelRow, Scan]]:
    """Scans as the program sees them; repeats and freezes are told within a file."""
    file, monitor, index = None, SignalMonitor(), 0
    for row, pixels, region in pictures:
        if row.file != file:
            file, monitor, index = row.file, SignalMonitor(), 0
        due_ns = index * FRAME_NS if row.time_s is None else round(row.time_s * 1e9)
        frame = make_frame(row.frame, due_ns, pixels, row.time_s, region.mm_per_px)
        yield row, monitor.look(frame, region)
        index += 1


def _answer(
    at: int, row: LabelRow, scan: Scan, engine: Engine, mask: Callable[[LabelRow], Pixels | None] | None
) -> Answer:
    prediction = engine.predict(scan)
    meaning = {view.name: view.is_ for view in engine.manifest.views}
    chances: dict[View, float] = {"lip": 0.0, "palate": 0.0, "other": 0.0}
    for name, chance in prediction.views.items():
        chances[meaning[name]] += float(chance)
    gap = mask(row) if mask is not None and row.cleft and prediction.heatmap is not None else None
    pointed, shared = _heat(prediction, gap, engine) if gap is not None else (None, None)
    box = scan.region.box
    return Answer(
        row=at,
        cleft=float(prediction.cleft),
        lip=chances["lip"],
        palate=chances["palate"],
        other=chances["other"],
        view_score=float(prediction.view_score),
        quality=None if prediction.quality is None else float(prediction.quality),
        signal=scan.signal,
        repeat=scan.repeat,
        pointed=pointed,
        overlap=shared,
        region=f"{box.x0},{box.y0},{box.x1},{box.y1} {scan.region.origin}",
    )


def _heat(prediction: Prediction, gap: Pixels, engine: Engine) -> tuple[bool | None, float | None]:
    heat, spec = prediction.heatmap, engine.manifest.outputs.heatmap
    assert heat is not None and spec is not None
    rows, columns = heat.shape
    cells = gap_cells(gap, prediction.placement, (rows, columns))
    return points_at(heat, cells), overlap(heat, cells, spec.threshold)


def _plain(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9.]+", "-", name).strip("-.")[:40] or "unnamed"
