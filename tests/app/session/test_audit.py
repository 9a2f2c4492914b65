from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.session.audit import FIRST, audit_line, line_hash, tail, verify
from app.session.exam import Anchor

TEXT = st.text(max_size=12)
EVENTS = st.lists(
    st.tuples(TEXT, st.dictionaries(TEXT, st.integers() | TEXT, max_size=3)), min_size=2, max_size=8
)
FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def written(path: Path, events: list[tuple[str, dict[str, object]]]) -> tuple[list[bytes], Anchor]:
    previous, lines = FIRST, []
    for number, (what, data) in enumerate(events, 1):
        line = audit_line(number, previous, "2026-01-01T00:00:00+00:00", "AB", what, dict(data))
        previous = line_hash(line)
        lines.append(line)
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return lines, Anchor(lines=len(lines), sha256=previous)


def put(path: Path, lines: list[bytes]) -> None:
    path.write_bytes(b"".join(line + b"\n" for line in lines))


@FEW
@given(events=EVENTS)
def test_a_log_as_it_was_written_is_whole(
    tmp_path: Path, events: list[tuple[str, dict[str, object]]]
) -> None:
    path = tmp_path / "audit.jsonl"
    _, anchor = written(path, events)
    check = verify(path, anchor)
    assert check.whole and check.lines == len(events) and check.sha256 == anchor.sha256
    assert tail(path) == anchor


@FEW
@given(events=EVENTS, data=st.data())
def test_every_changed_byte_is_found(
    tmp_path: Path, events: list[tuple[str, dict[str, object]]], data: st.DataObject
) -> None:
    path = tmp_path / "audit.jsonl"
    _, anchor = written(path, events)
    text = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(text) - 1))
    text[at] ^= data.draw(st.integers(1, 255))
    path.write_bytes(text)
    assert not verify(path, anchor).whole


@FEW
@given(events=EVENTS, data=st.data())
def test_every_dropped_line_is_found(
    tmp_path: Path, events: list[tuple[str, dict[str, object]]], data: st.DataObject
) -> None:
    path = tmp_path / "audit.jsonl"
    lines, anchor = written(path, events)
    del lines[data.draw(st.integers(0, len(lines) - 1))]
    put(path, lines)
    assert not verify(path, anchor).whole


@FEW
@given(events=EVENTS, data=st.data())
def test_every_other_order_is_found(
    tmp_path: Path, events: list[tuple[str, dict[str, object]]], data: st.DataObject
) -> None:
    path = tmp_path / "audit.jsonl"
    lines, anchor = written(path, events)
    other = data.draw(st.permutations(lines).filter(lambda order: order != lines))
    put(path, list(other))
    assert not verify(path, anchor).whole


@FEW
@given(events=EVENTS, data=st.data())
def test_a_tail_that_was_cut_off_is_found(
    tmp_path: Path, events: list[tuple[str, dict[str, object]]], data: st.DataObject
) -> None:
    path = tmp_path / "audit.jsonl"
    _, anchor = written(path, events)
    text = path.read_bytes()
    path.write_bytes(text[: data.draw(st.integers(0, len(text) - 1))])
    assert not verify(path, anchor).whole


def test_a_chain_made_anew_does_not_fit_its_anchor(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    _, anchor = written(path, [("flag", {"peak": 0.9}), ("closed", {})])
    written(path, [("flag", {"peak": 0.1}), ("closed", {})])
    assert verify(path, anchor).faults == ("line 2 is not the one that exam.json was closed with",)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda lines: lines[:1] + lines[2:], "line 2 says that it is line 3"),
        (lambda lines: [lines[0], lines[1].replace(b'"AB"', b'"XY"'), lines[2]], "line 3 does not follow"),
        (lambda lines: lines[:2], "ends early: 2 of at least 3 lines are there"),
        (lambda lines: [lines[0], b"{", lines[2]], "line 2 is damaged"),
    ],
)
def test_faults_are_told_in_words(tmp_path: Path, change: object, words: str) -> None:
    path = tmp_path / "audit.jsonl"
    lines, anchor = written(path, [("a", {}), ("b", {}), ("c", {})])
    put(path, change(lines))  # type: ignore[operator]
    assert words in " ".join(verify(path, anchor).faults)


def test_lines_after_the_last_exam_json_are_allowed_and_half_a_line_only_while_open(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    lines, _ = written(path, [("a", {}), ("b", {}), ("c", {})])
    assert verify(path, Anchor(lines=1, sha256=line_hash(lines[0]))).whole
    with path.open("ab") as out:
        out.write(b'{"n":4')
    anchor = Anchor(lines=3, sha256=line_hash(lines[2]))
    assert verify(path, anchor, closed=False).whole
    assert verify(path, anchor).faults == ("line 4 is cut off",)


def test_a_log_that_is_gone_or_has_nothing_to_vouch_for_it_is_no_whole_one(tmp_path: Path) -> None:
    assert not verify(tmp_path / "none.jsonl", Anchor()).whole
    written(tmp_path / "audit.jsonl", [("a", {}), ("b", {})])
    assert "nothing says how long" in verify(tmp_path / "audit.jsonl", None).faults[0]
