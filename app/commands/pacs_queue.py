"""`philtrum pacs send|queue`: what goes out."""

from __future__ import annotations

import argparse
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from app.commands.pacs_ask import DONE, SOMETHING_LEFT, until_stopped
from app.export.routes import Routes
from app.export.send_queue import Job, QueueError, SendQueue
from app.export.send_queue_thread import Sender
from app.export.store import NotAnObjectError
from app.home import home_dir
from app.pacs_settings import PacsSettings, load_pacs_settings, outbox, pacs_file
from app.refusal import Refusal
from capture.dicom_net.listener import Commitment, Listener

_STATES = {
    "waiting": "waits",
    "unconfirmed": "sent, not confirmed yet",
    "asked": "sent, its confirmation is awaited",
    "done": "done",
    "failed": "failed",
}


def send(args: argparse.Namespace) -> int:
    """0 all sent, 1 some wait in the queue or failed."""
    settings = load_pacs_settings()
    name = settings.one_for("store", args.to)
    if args.confirm and "commitment" not in settings.part(name).uses:
        raise Refusal(f"{pacs_file().name}: peers.{name}.for: expected 'commitment' among them for --confirm")
    with SendQueue(outbox(home_dir())) as queue:
        numbers, bad = [], 0
        for path in args.files:
            try:
                numbers.append(queue.add(path, name, confirm=args.confirm))
            except NotAnObjectError as error:
                print(f"{path}: {error}", file=sys.stderr)
                bad += 1
            except QueueError as error:
                raise Refusal(f"{path}: {error}") from error
        if not numbers:
            raise Refusal("expected DICOM files to send, got none")
        if not args.queue_only:
            with _sender(queue, settings, listens=args.confirm) as (sender, news):
                if not sender.round():
                    print("another program is sending; what was queued goes with the rest")
                _await_answers(queue, numbers, args.wait, news)
        mine = [job for job in queue.jobs() if job.number in numbers]
    for job in mine:
        print(_line(job))
    return SOMETHING_LEFT if bad or any(job.state != "done" for job in mine) else DONE


def queue(args: argparse.Namespace) -> int:
    """0 nothing failed, 1 something did."""
    with SendQueue(outbox(home_dir())) as jobs:
        if args.remove is not None and not jobs.remove(args.remove):
            raise Refusal(f"expected the number of a job in the queue, got {args.remove}")
        if args.retry is not None:
            count = jobs.retry(args.retry or None)
            if args.retry and not count:
                raise Refusal(f"expected the number of a job that waits or failed, got {args.retry}")
            print(f"{count} jobs are due now")
        if args.run:
            settings = load_pacs_settings()
            listens = settings.listen is not None
            with until_stopped() as wait, _sender(jobs, settings, listens=listens) as (sender, _):
                sender.start()
                print("sending; Ctrl-C ends it, and what waits goes next time", flush=True)
                try:
                    wait()
                finally:
                    sender.stop()
        left = jobs.jobs()
    for job in left:
        if job.state != "done":
            print(_line(job))
    failed = sum(job.state == "failed" for job in left)
    done = sum(job.state == "done" for job in left)
    print(f"{len(left) - failed - done} in the queue, {failed} failed, {done} done within 30 days")
    return SOMETHING_LEFT if failed else DONE


@contextmanager
def _sender(
    jobs: SendQueue, settings: PacsSettings, *, listens: bool
) -> Iterator[tuple[Sender, threading.Event]]:
    """A sender and, where answers may come by an association of their own, the listener for them."""
    news = threading.Event()
    routes = Routes()
    sender = Sender(jobs, routes, on_news=lambda line: print(line, file=sys.stderr, flush=True))

    def report(commitment: Commitment) -> None:
        sender.report(commitment)
        news.set()

    routes.on_report = report
    if not listens or settings.listen is None:
        yield sender, news
        return
    with Listener(settings.listener(pacs_file().parent), on_commitment=report):
        yield sender, news


def _await_answers(jobs: SendQueue, numbers: list[int], wait_s: float, news: threading.Event) -> None:
    ends = time.monotonic() + wait_s
    while any(job.number in numbers for job in jobs.jobs("asked")):
        left = ends - time.monotonic()
        if left <= 0:
            return
        news.wait(min(left, 1.0))
        news.clear()


def _line(job: Job) -> str:
    words = f": {job.words}" if job.words else ""
    again = ""
    if job.state in ("waiting", "unconfirmed") and job.attempts:
        due = time.strftime("%H:%M:%S", time.localtime(job.next_at))
        again = f"; attempt {job.attempts + 1} at {due}"
    return f"{job.number} to {job.peer}: {_STATES[job.state]}{words}{again}"
