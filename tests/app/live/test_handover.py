from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from app.live.handover import HandOver

if TYPE_CHECKING:
    from tests.app.live.conftest import Maker


def test_one_wake_up_until_drained(make: Maker) -> None:
    woken: list[int] = []
    handover = HandOver(lambda: woken.append(1))
    first = make.scan(0, 0.0)
    handover.put_scan(first)
    handover.put_answer(make.answer(first))
    handover.put_scan(make.scan(1, 16.0))
    assert len(woken) == 1
    scans, answers = handover.drain()
    assert [scan.frame.index for scan in scans] == [0, 1] and len(answers) == 1
    handover.put_answer(make.answer(first))
    assert len(woken) == 2


def test_a_hanging_gui_costs_bounded_memory_and_every_frame_is_counted(make: Maker) -> None:
    handover = HandOver(lambda: None)
    for index in range(100):
        handover.put_scan(make.scan(index, index))
    assert handover.counts == (100, 100 - HandOver.CAPACITY, HandOver.CAPACITY)
    scans, _ = handover.drain()
    assert [scan.frame.index for scan in scans] == [96, 97, 98, 99]
    assert handover.counts == (100, 96, 0)


def test_no_wake_up_is_lost_between_threads(make: Maker) -> None:
    """Whatever the interleaving, nothing is left undrained without a wake-up on its way."""
    woken = threading.Semaphore(0)
    handover = HandOver(woken.release)
    scans = [make.scan(index, index) for index in range(2000)]

    def put_all() -> None:
        for scan in scans:
            handover.put_scan(scan)

    thread = threading.Thread(target=put_all)
    thread.start()
    got, lost = 0, 0
    while got + lost < 2000 and woken.acquire(timeout=5.0):
        got += len(handover.drain()[0])
        lost = handover.counts[1]
    thread.join()
    assert got + lost == 2000
