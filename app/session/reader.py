"""An exam on disk, opened for review: as much of it as there is, and what is wrong with it in words."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import av
import numpy as np

from app.session.audit import AuditCheck, verify
from app.session.errors import SessionError
from app.session.events import replay
from app.session.exam import Exam, KeptPicture, Segment, utc
from app.session.exam_file import OtherVersionError, check_version, read_exam
from app.session.folder import ExamFolder
from app.session.journal import read_journal
from app.session.pictures import Heatmap, read_heatmap, read_pixels
from app.session.playback import ExamVideo, open_segment
from app.session.table import FRAMES, PREDICTIONS, Rows, frame_row, read_rows
from capture.frame import Pixels
from capture.recording import DamagedFrameError

HEAD_BYTES = 2048
"""A file of video with less than this has no picture in it."""


@dataclass(frozen=True, slots=True)
class KeptOnDisk:
    """A kept picture with its pixels still on disk."""

    facts: KeptPicture
    folder: Path

    def pixels(self) -> Pixels | None:
        """The picture; None where none may be stored.

        Raises:
            SessionError: missing or damaged.
        """
        return None if self.facts.file is None else read_pixels(self.folder / self.facts.file)

    def heatmap(self) -> Heatmap | None:
        """Its heat-map; None where there is none.

        Raises:
            SessionError: missing or damaged.
        """
        return None if self.facts.heatmap is None else read_heatmap(self.folder / self.facts.heatmap)


class ExamReader:
    """One exam, read only. Everything that can be read is; `problems` says the rest, a line each."""

    def __init__(self, folder: ExamFolder) -> None:
        """Read what is known of the exam; tables and video are read when they are asked for.

        Raises:
            SessionError: it cannot be opened: not there, of another version, or nothing of it can be read.
        """
        if not folder.path.is_dir():
            raise SessionError(f"{folder.id}: there is no such exam")
        self.folder = folder
        self._problems: list[str] = []
        self.exam = self._read()

    @property
    def problems(self) -> tuple[str, ...]:
        """What is damaged or missing; grows as tables are read."""
        return tuple(self._problems)

    def check(self) -> tuple[str, ...]:
        """Read every table and kept picture, and the audit log; all that is wrong."""
        _ = self._frame_rows, self._prediction_rows
        if self._told is not None and self.exam.state == "closed" and self._told.state == "open":
            self._say("events.jsonl ends early: exam.json tells the rest")
        for kept in self.kept():
            for read in (kept.pixels, kept.heatmap):
                try:
                    read()
                except SessionError as error:
                    self._say(str(error))
        for fault in self.audit_check().faults:
            self._say(f"audit.jsonl {fault}")
        return self.problems

    def frames(self) -> Rows:
        """Every stored frame, in order of time: fields of `app.session.table.FRAMES`."""
        return self._frame_rows

    def prediction_rows(self) -> Rows:
        """Every prediction, in order of time: fields of `app.session.table.PREDICTIONS`."""
        return self._prediction_rows

    def predictions_of_frames(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        """For each stored frame the position of its prediction in `prediction_rows`, or -1.

        A frame that the model passed over has none; times are equal to the nanosecond where it has.
        """
        rows, frames = self._prediction_rows, self._frame_rows
        if not len(rows):
            return np.full(len(frames), -1, np.int64)
        at = np.searchsorted(rows["captured_ns"], frames["captured_ns"])
        at = np.minimum(at, len(rows) - 1)
        same: np.ndarray[Any, np.dtype[np.int64]] = np.where(
            rows["captured_ns"][at] == frames["captured_ns"], at, -1
        ).astype(np.int64)
        return same

    def source(self) -> ExamVideo:
        """The video as a recording, not yet entered: frame-exact, for `capture.player.Player`."""
        return ExamVideo(self.exam.id, self.folder.path, self.segments, self._frame_rows)

    def kept(self) -> tuple[KeptOnDisk, ...]:
        return tuple(KeptOnDisk(facts, self.folder.path) for facts in self.exam.kept)

    def audit_check(self) -> AuditCheck:
        """Whether the audit log is as it was written."""
        try:
            anchor = read_exam(self.folder.exam).audit
        except SessionError:
            anchor = None
        return verify(self.folder.audit, anchor, self.exam.state == "closed")

    @cached_property
    def segments(self) -> dict[int, Segment]:
        """The files of the video by number; what the journal does not know, the files say of themselves."""
        known = {segment.number: segment for segment in self.exam.segments}
        for path in sorted(self.folder.video.glob("*.mkv")):
            if path.stem.isdigit() and int(path.stem) not in known:
                about = _about(path)
                if about is None and path.stat().st_size < HEAD_BYTES:
                    continue  # begun at the moment of a kill: no picture was in it yet
                if about is None:
                    self._say(f"video/{path.name} cannot be read and nothing else tells of it")
                else:
                    known[about.number] = about
        return known

    @cached_property
    def _frame_rows(self) -> Rows:
        try:
            rows, bad = read_rows(self.folder.frames, FRAMES)
        except (SessionError, OSError) as error:
            self._say(f"{_line(error)}: the frames' times are taken from the video, to a millisecond")
            rows, bad = np.zeros(0, FRAMES.dtype), 0
        if bad:
            self._say(f"frames.bin: {bad} rows are damaged; their times are taken from the video")
        known = rows[np.isin(rows["segment"], list(self.segments))]
        parts = [known]
        for number, segment in self.segments.items():
            mine = known[known["segment"] == number]
            path = self.folder.path / segment.file
            if not path.is_file():
                self._say(f"{segment.file} is missing: {segment.frames or len(mine)} frames are lost")
                parts[0] = parts[0][parts[0]["segment"] != number]
                continue
            cut_off = path.stat().st_size < int(mine["bytes"].astype(np.int64).sum())
            if cut_off and segment.frames is not None:
                self._say(f"{segment.file} is cut off: its last frames are lost")
            if segment.frames is None or cut_off or len(mine) < segment.frames:
                # Not ended in order, or rows are gone: the file itself says what is in it.
                there = _packets(path, segment, self.exam)
                parts[0] = parts[0][
                    (parts[0]["segment"] != number) | np.isin(parts[0]["pts_ms"], there["pts_ms"])
                ]
                parts.append(there[~np.isin(there["pts_ms"], mine["pts_ms"])])
        merged = np.concatenate(parts)
        return merged[np.argsort(merged["captured_ns"], kind="stable")]

    @cached_property
    def _prediction_rows(self) -> Rows:
        try:
            rows, bad = read_rows(self.folder.predictions, PREDICTIONS)
        except (SessionError, OSError) as error:
            self._say(f"{_line(error)}: the scores of the frames are lost")
            return np.zeros(0, PREDICTIONS.dtype)
        if bad:
            self._say(f"predictions.bin: {bad} rows are damaged and were left out")
        return rows[np.argsort(rows["captured_ns"], kind="stable")]

    def _say(self, line: str) -> None:
        if line not in self._problems:
            self._problems.append(line)

    def _read(self) -> Exam:
        """From exam.json where the exam was closed, from the journal where it was not or that is damaged."""
        self._stored: Exam | None = None
        try:
            self._stored = read_exam(self.folder.exam)
        except OtherVersionError as error:
            raise SessionError(f"{self.folder.id}: {error}") from error
        except SessionError as error:
            told = self._told
            self._say(f"{error}{'' if told is None else ': the journal tells what it said'}")
            return told if told is not None else self._from_video()
        if self._stored.state == "closed" or self._told is None:
            return self._stored
        return self._told.model_copy(update={"audit": self._stored.audit})

    @property
    def journal_begins(self) -> bool:
        """Whether the journal says how the exam began."""
        return self._told is not None

    @cached_property
    def _told(self) -> Exam | None:
        """The exam out of the journal alone; read when it is needed, for it is long."""
        try:
            text = read_journal(self.folder.journal)
        except OSError as error:
            why = "missing" if isinstance(error, FileNotFoundError) else f"not to be read ({error.strerror})"
            self._say(f"events.jsonl is {why}")
            return None
        if text.bad_lines:
            self._say(f"events.jsonl: {text.bad_lines} lines are damaged and were left out")
        if not text.events and self._stored is not None and self._stored.state == "open":
            return None  # killed before the first line
        for event in text.events[:1]:
            try:
                check_version(event.data.get("format"))
            except OtherVersionError as error:
                raise SessionError(f"{self.folder.id}: {error}") from error
            except SessionError:
                break
        try:
            exam, bad = replay(text.events)
        except SessionError:
            self._say("events.jsonl does not say how the exam began")
            return None
        if bad:
            self._say(f"events.jsonl: {bad} events make no sense and were left out")
        return exam

    def _from_video(self) -> Exam:
        """The least that can be said: that there are pictures, and when."""
        for path in sorted(self.folder.video.glob("*.mkv")):
            facts = _tags(path)
            if facts is not None and "first_us" in facts:
                self._say("neither exam.json nor events.jsonl can be read: only video and scores are there")
                started = utc(float(facts["first_us"]) / 1e6)
                return Exam(id=self.folder.id, started=started, started_ns=int(facts["first_ns"]))
        raise SessionError(f"{self.folder.id}: nothing of this exam can be read: {'; '.join(self._problems)}")


def _tags(path: Path) -> dict[str, Any] | None:
    try:
        container = open_segment(path)
    except DamagedFrameError:
        return None
    with container:
        tags = {key.lower(): value for key, value in container.metadata.items()}
    try:
        facts = json.loads(tags["comment"])
        return facts if isinstance(facts, dict) else None
    except (KeyError, ValueError, RecursionError):
        return None


def _about(path: Path) -> Segment | None:
    facts = _tags(path)
    try:
        return None if facts is None else Segment.model_validate(facts)
    except ValueError:
        return None


def _packets(path: Path, segment: Segment, exam: Exam) -> Rows:
    """Rows of what a file holds, by its own time stamps; pictures that were cut off are left out."""
    found: list[bytes] = []
    try:
        with open_segment(path) as container:
            for packet in container.demux(container.streams.video[0]):
                if packet.pts is None or packet.size == 0 or packet.is_corrupt:
                    continue
                captured_ns = segment.first_ns + packet.pts * 1_000_000
                found.append(
                    frame_row(
                        captured_ns, round(exam.at(captured_ns).timestamp() * 1e6), len(found), -1,
                        segment.number, int(segment.starts_clip and not found), 0, len(found), packet.pts,
                        packet.size, zlib.crc32(bytes(packet)),
                    )
                )  # fmt: skip
    except (DamagedFrameError, av.error.FFmpegError):
        pass  # what came before stands
    return np.frombuffer(b"".join(found), FRAMES.dtype)


def _line(error: SessionError | OSError) -> str:
    return str(error) if isinstance(error, SessionError) else f"a table cannot be read ({error.strerror})"
