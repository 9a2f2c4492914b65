"""`philtrum exams list|show|rebuild|recover|kill-test|bench`: the exams on this machine."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app.home import home_dir
from app.refusal import Refusal
from app.session.errors import SessionError
from app.session.index import ExamRow, Filter
from app.session.store import ExamStore

DOES = {
    "list": "one line an exam, newest first",
    "show": "all that is known of one exam, and what is wrong with it",
    "rebuild": "build the index again from the folders",
    "recover": "end in order what an earlier end of the program left open",
    "quality": "score and quality drift, ambiguous rate, completeness and time, by preset and operator",
    "queue": "exams that wait for a second look, with the reason",
    "kill-test": "record, kill the program at random instants, open everything again",
    "bench": "recording, opening, seeking and the index, in figures",
}


def add_parser(subparsers: Any, text: str) -> None:
    parser = subparsers.add_parser("exams", help=text, description=text)
    parser.add_argument("--root", type=Path, metavar="DIR", help="the folder of all exams")
    what = parser.add_subparsers(dest="what", metavar="what", required=True)
    made = {name: what.add_parser(name, help=does, description=does) for name, does in DOES.items()}
    for name in ("list", "quality", "queue"):
        _add_filter(made[name])
    for name in ("list", "show", "rebuild", "recover", "queue"):
        made[name].add_argument("--json", action="store_true", help="print JSON")
    made["show"].add_argument("exam", metavar="ID", help="as `exams list` prints it")
    made["rebuild"].description = "Build the index again from the folders. `philtrum exams list` does so too."
    made["quality"].add_argument("--csv", type=Path, metavar="FILE", help="one row an exam and fetus")
    made["queue"].add_argument(
        "--export", nargs=2, metavar=("ID", "DIR"), help="for an expert, in one folder"
    )
    made["queue"].add_argument(
        "--preview", action="store_true", help="with --export: say what would be written, and write nothing"
    )
    made["queue"].add_argument("--answer", type=Path, metavar="DIR", help="read an expert's answer back")
    kill = made["kill-test"]
    kill.add_argument("--kills", type=int, default=50, metavar="N")
    kill.add_argument("--seed", type=int, default=1, metavar="N")
    kill.add_argument("--longest", type=float, default=4.0, metavar="S", help="until the kill, at most")
    kill.add_argument("--child", type=int, nargs=2, help=argparse.SUPPRESS)
    bench = made["bench"]
    bench.add_argument("--seconds", type=float, default=20.0, metavar="S", help="of recording")
    bench.add_argument("--minutes", type=float, default=20.0, metavar="M", help="of the exam that is opened")
    bench.add_argument("--exams", type=int, default=1000, metavar="N", help="in the index")
    bench.add_argument("--codec", default="jpeg", help="jpeg, ffv1, mjpeg_qsv or mjpeg_vaapi")
    bench.add_argument("--colour", action="store_true")


def _add_filter(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--text", default="", help="part of id, operator, preset or model")
    parser.add_argument("--since", default="", metavar="DATE", help="UTC, as 2026-01-31")
    parser.add_argument("--until", default="", metavar="DATE")
    parser.add_argument("--verdict", default="", help="as ambiguous, discordant, suspect_lip")
    parser.add_argument("--operator", default="")
    parser.add_argument("--preset", default="")
    parser.add_argument("--second-look", action="store_true", help="waits for an expert")
    parser.add_argument("--limit", type=int, default=1000, metavar="N")


def run(args: argparse.Namespace) -> int:
    """Do what was asked; 1 when something is wrong with an exam or a test failed.

    Raises:
        Refusal: there is no such exam, or it cannot be opened.
    """
    store = ExamStore(args.root or home_dir() / "exams")
    try:
        return _WHAT[args.what](store, args)
    except SessionError as error:
        raise Refusal(str(error)) from error


def _filter(args: argparse.Namespace) -> Filter:
    return Filter(
        args.text, args.since, args.until, args.verdict, args.operator, args.preset, "",
        args.second_look, args.limit,
    )  # fmt: skip


def _list(store: ExamStore, args: argparse.Namespace) -> int:
    rows = store.exams(_filter(args))
    if args.json:
        _print([asdict(row) | {"verdicts": json.loads(row.verdicts)} for row in rows])
    else:
        print("\n".join(_line(row) for row in rows) or "no exams")
    return 0


def _line(row: ExamRow) -> str:
    verdicts = ", ".join(f"{label} {word.value.replace('_', ' ')}" for label, word in row.verdict_of.items())
    words = [
        row.id, row.started[:16].replace("T", " "), f"{row.seconds / 60:5.1f} min", row.operator or "-",
        row.preset or "-", verdicts or "not assessed", f"{row.flags} flags, {row.kept} kept",
    ]  # fmt: skip
    if row.state == "open":
        words.append("open")
    if row.lost:
        words.append(f"{row.lost} frames not recorded")
    if row.problem:
        words.append(row.problem)
    return "  ".join(words)


def _show(store: ExamStore, args: argparse.Namespace) -> int:
    reader = store.open(args.exam)
    problems = reader.check()
    if args.json:
        _print({"exam": reader.exam.model_dump(mode="json"), "frames": len(reader.frames()),
                "predictions": len(reader.prediction_rows()), "problems": problems})  # fmt: skip
        return 1 if problems else 0
    exam = reader.exam
    print(f"{exam.id}, {exam.state}, {exam.started} to {exam.ended or 'no end'}")
    print(f"operator {exam.operator or '-'}, preset {exam.preset or '-'}, {exam.reading} reading")
    if exam.model is not None:
        print(
            f"model {exam.model.name} {exam.model.version} on {exam.model.provider}, {exam.model.precision}"
        )
    for label in exam.fetuses:
        record = exam.verdicts.get(label)
        print(
            f"fetus {label}: {'not assessed' if record is None else record.verdict.value.replace('_', ' ')}"
        )
    counts = ", ".join(f"{name.replace('_', ' ')} {n}" for name, n in exam.counts.model_dump().items() if n)
    print(f"frames: {counts or 'none'}; in the table {len(reader.frames())}")
    print(f"{len(exam.flags)} flags, {len(exam.kept)} kept pictures, {len(exam.clips)} clips, "
          f"{len(exam.notes)} notes, {len(exam.overrides)} overrides")  # fmt: skip
    for line in (*exam.troubles, *problems):
        print(f"! {line}")
    return 1 if problems else 0


def _rebuild(store: ExamStore, args: argparse.Namespace) -> int:
    done = store.rebuild()
    if args.json:
        _print(asdict(done))
    else:
        print(f"{done.exams} exams in the index")
        for line in done.unreadable:
            print(f"! {line}")
    return 1 if done.unreadable else 0


def _recover(store: ExamStore, args: argparse.Namespace) -> int:
    ended = store.recover()
    if args.json:
        _print({"ended": ended})
    else:
        print(
            "\n".join(f"{exam_id} was left open and is ended now" for exam_id in ended)
            or "none was left open"
        )
    return 0


def _quality(store: ExamStore, args: argparse.Namespace) -> int:
    from app.session.quality import as_csv, quality_rows, summary

    rows = quality_rows(store, _filter(args))
    if args.csv is not None:
        try:
            args.csv.write_text(as_csv(rows), encoding="utf-8")
        except OSError as error:
            raise Refusal(f"{args.csv}: cannot be written ({error.strerror})") from error
    _print(summary(rows))
    return 0


def _queue(store: ExamStore, args: argparse.Namespace) -> int:
    from app.session.second_look import export, plan, queue, read_answer

    if args.preview and args.export is None:
        raise Refusal("--preview belongs to --export")
    if args.export is not None:
        exam_id, folder = args.export
        if args.preview:
            for line in plan(store, exam_id).lines:
                print(line)
            return 0
        print(export(store, exam_id, Path(folder)))
        return 0
    if args.answer is not None:
        answered = read_answer(store, args.answer)
        print(f"{answered.id}: {len(answered.answers)} answers")
        return 0
    items = queue(store, _filter(args))
    if args.json:
        _print([asdict(item) for item in items])
    else:
        print("\n".join(f"{i.exam}  fetus {i.fetus}  {i.reason}" for i in items) or "none waits")
    return 0


def _kill_test(store: ExamStore, args: argparse.Namespace) -> int:
    from app.session.kill_test import child, run_kills

    if args.child is not None:
        child(store.root, *args.child)
        return 0

    def tell(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    with tempfile.TemporaryDirectory(prefix="philtrum-kill-") as folder:
        report = run_kills(Path(folder), args.kills, args.seed, args.longest, tell)
    _print(report.summary())
    return 1 if report.faults else 0


def _bench(store: ExamStore, args: argparse.Namespace) -> int:
    from app.session.figures import measure

    with tempfile.TemporaryDirectory(prefix="philtrum-exams-") as folder:
        _print(measure(Path(folder), args.seconds, args.minutes, args.exams, args.codec, args.colour))
    return 0


_WHAT: dict[str, Callable[[ExamStore, argparse.Namespace], int]] = {
    "list": _list,
    "show": _show,
    "rebuild": _rebuild,
    "recover": _recover,
    "quality": _quality,
    "queue": _queue,
    "kill-test": _kill_test,
    "bench": _bench,
}


def _print(what: Any) -> None:
    print(json.dumps(what, ensure_ascii=False, indent=2))
