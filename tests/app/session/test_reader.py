"""Damaged exam folders: each file in turn missing, cut off and bit-flipped."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from app.session.errors import SessionError
from app.session.exam_file import read_exam, write_exam
from app.session.folder import ExamFolder
from app.session.journal import event_line, read_journal
from app.session.reader import ExamReader
from app.session.recorder import RecordingSettings
from app.session.store import ExamStore
from app.session.synthetic import SyntheticScans, prediction_of
from app.session.writer import ExamWriter
from capture.source import EndOfSource
from tests.app.session.conftest import SECOND, START_S, Hands, fresh_reader, look

FILES = ("exam.json", "events.jsonl", "audit.jsonl", "frames.bin", "predictions.bin", "video/001.mkv",
         "kept/hand-1-001333.png", "kept/hand-1-001333.npz")  # fmt: skip
FRAMES = 40


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed exam of two segments, copied by every test."""
    hands = Hands()
    store = ExamStore(tmp_path_factory.mktemp("whole"), now_s=hands.now_s, now_ns=lambda: hands.now_ns)
    writer = store.new_exam(operator="AB", recording=RecordingSettings(segment_s=0.7))
    look(writer, hands, fresh_reader(), FRAMES - 1)
    scan = hands.scan()
    writer.offer(scan)
    writer.keep(scan, prediction_of(scan))
    writer.close()
    return store.open(writer.id).folder.path


@pytest.fixture
def exam(whole: Path, tmp_path: Path) -> ExamFolder:
    path = tmp_path / "2026" / whole.name
    shutil.copytree(whole, path)
    return ExamFolder(path)


def readable_frames(reader: ExamReader) -> int:
    """How many can be decoded; every one of them must be the picture that its row says."""
    scans, count = SyntheticScans(320, 240), 0
    rows = reader.frames()
    try:
        with reader.source() as source:
            while True:
                frame = source.read()
                if frame is not None:
                    count += 1
                    number = int(rows["scan_index"][frame.index])
                    assert number < 0 or scans.read_number(frame.pixels) == number
    except EndOfSource:
        return count


def one_line_each(problems: tuple[str, ...]) -> bool:
    return all("\n" not in line and len(line) < 200 for line in problems)


def test_every_kind_of_file_is_damaged_below(exam: ExamFolder) -> None:
    def kind(name: str) -> tuple[str, str]:
        """Files of one folder and ending are alike."""
        return (str(Path(name).parent), Path(name).suffix) if "/" in name else ("", name)

    there = {str(path.relative_to(exam.path)) for path in exam.path.rglob("*") if path.is_file()}
    assert {kind(name) for name in there} == {kind(name) for name in FILES}


def test_a_whole_exam_has_no_problems(exam: ExamFolder) -> None:
    reader = ExamReader(exam)
    assert reader.check() == ()
    assert readable_frames(reader) == FRAMES


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_told_in_one_line_and_the_rest_opens(exam: ExamFolder, name: str) -> None:
    (exam.path / name).unlink()
    reader = ExamReader(exam)
    problems = reader.check()
    assert problems
    assert one_line_each(problems)
    assert any(Path(name).name in line for line in problems)
    assert reader.exam.operator == "AB"
    lost = 22 if name == "video/001.mkv" else 0
    assert abs(readable_frames(reader) - (FRAMES - lost)) <= 1
    assert len(reader.prediction_rows()) == (0 if name == "predictions.bin" else FRAMES - 1)


@pytest.mark.parametrize("share", [0.0, 0.9])
@pytest.mark.parametrize("name", FILES)
def test_a_file_that_was_cut_off_costs_its_own_end_alone(exam: ExamFolder, name: str, share: float) -> None:
    path = exam.path / name
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    reader = ExamReader(exam)
    problems = reader.check()
    assert one_line_each(problems)
    frames = readable_frames(reader)
    lost = 22 if name == "video/001.mkv" else 0
    assert FRAMES - lost - 1 <= frames <= FRAMES
    if name not in ("frames.bin", "video/001.mkv", "predictions.bin"):
        assert problems, "said, because something of it is lost"
    assert reader.exam.id == exam.id


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", FILES)
def test_a_flipped_bit_is_found_and_costs_little(exam: ExamFolder, name: str, seed: int) -> None:
    path = exam.path / name
    data = bytearray(path.read_bytes())
    rng = random.Random(f"{name} {seed}")
    # Not in the middle of nowhere: Matroska has room that nobody reads.
    at = rng.randrange(len(data))
    data[at] ^= 1 << rng.randrange(8)
    path.write_bytes(data)
    reader = ExamReader(exam)
    problems = reader.check()
    assert one_line_each(problems)
    if name in ("exam.json", "events.jsonl", "audit.jsonl"):
        assert problems
    frames = readable_frames(reader)  # asserts that none is another picture than its row says
    least = FRAMES - 22 - 1 if name.startswith("video") else FRAMES
    assert frames >= least
    assert reader.exam.operator == "AB"


def test_a_comment_that_is_no_text_does_not_keep_a_file_from_opening(exam: ExamFolder) -> None:
    path = exam.segment(1)
    data = path.read_bytes()
    path.write_bytes(data.replace(b'"codec"', b'"cod\xb2c"', 1))
    reader = ExamReader(exam)
    assert readable_frames(reader) == FRAMES


def test_half_a_letter_in_exam_json_is_damage(exam: ExamFolder) -> None:
    text = exam.exam.read_text().replace('"operator": "AB"', '"operator": "\\ud800"')
    exam.exam.write_text(text)
    reader = ExamReader(exam)
    assert any("exam.json is damaged" in line for line in reader.problems)
    assert reader.exam.operator == "AB", "the journal knows"


def test_without_exam_json_and_journal_the_video_still_opens(exam: ExamFolder) -> None:
    exam.exam.unlink()
    exam.journal.unlink()
    reader = ExamReader(exam)
    assert readable_frames(reader) == FRAMES
    assert any("only video and scores" in line for line in reader.problems)
    assert reader.exam.id == exam.id
    assert reader.exam.started.startswith("2026-02-02T")


def test_an_empty_folder_is_refused_in_one_line(exam: ExamFolder) -> None:
    shutil.rmtree(exam.path)
    exam.make()
    with pytest.raises(SessionError, match=r"^E-\d+-\w+: nothing of this exam can be read") as refused:
        ExamReader(exam)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(("version", "age"), [("philtrum-exam/2", "newer"), ("philtrum-exam/0", "older")])
def test_other_versions_are_refused_in_one_line(exam: ExamFolder, version: str, age: str) -> None:
    body = json.loads(exam.exam.read_text())
    body["format"] = version
    exam.exam.write_text(json.dumps(body))
    with pytest.raises(SessionError, match=rf"^{exam.id}: written by an? {age} program \({version}\)"):
        ExamReader(exam)


def test_a_journal_alone_of_another_version_is_refused_in_one_line(exam: ExamFolder) -> None:
    exam.exam.unlink()
    lines = exam.journal.read_bytes().split(b"\n")
    event = read_journal(exam.journal).events[0]
    event.data["format"] = "philtrum-exam/0"
    exam.journal.write_bytes(b"\n".join([event_line(0, event), *lines[1:]]))
    with pytest.raises(SessionError, match=rf"^{exam.id}: written by an older program \(philtrum-exam/0\)"):
        ExamReader(exam)


@pytest.mark.parametrize("name", ["frames.bin", "predictions.bin"])
def test_a_table_of_another_version_is_told_in_one_line_and_the_rest_opens(
    exam: ExamFolder, name: str
) -> None:
    data = bytearray((exam.path / name).read_bytes())
    data[15] = ord("0")
    (exam.path / name).write_bytes(data)
    reader = ExamReader(exam)
    problems = reader.check()
    assert any(f"{name} is of another version: expected 1" in line for line in problems)
    assert one_line_each(problems)
    assert readable_frames(reader) == FRAMES


def test_an_exam_of_a_later_program_of_this_version_keeps_its_keys(exam: ExamFolder) -> None:
    known = read_exam(exam.exam)
    write_exam(exam.exam, known.model_copy(update={"not_known_yet": [1, 2]}))
    again = read_exam(exam.exam)
    assert again.model_extra == {"not_known_yet": [1, 2]}
    write_exam(exam.exam, again)
    assert read_exam(exam.exam).model_extra == {"not_known_yet": [1, 2]}


def test_a_journal_alone_gives_the_exam(
    store: ExamStore, new_exam: Callable[..., ExamWriter], hands: Hands
) -> None:
    writer, evidence = new_exam(), fresh_reader()
    look(writer, hands, evidence, 60, score=0.9)
    writer.note("text")
    writer.close()
    opened = store.open(writer.id)
    opened.folder.exam.unlink()
    rebuilt = store.open(writer.id)
    assert rebuilt.exam.model_dump(exclude={"audit"}) == opened.exam.model_dump(exclude={"audit"})
    assert rebuilt.problems == ("exam.json is missing: the journal tells what it said",)


def test_times_on_the_wall_follow_the_capture_clock(exam: ExamFolder) -> None:
    reader = ExamReader(exam)
    row = reader.frames()[0]
    assert row["wall_us"] == round((START_S + 1 / 30) * 1e6)
    assert reader.exam.seconds(int(row["captured_ns"])) == pytest.approx(1 / 30)
    assert reader.exam.started_ns == 5_000 * SECOND
