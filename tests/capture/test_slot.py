from __future__ import annotations

import threading

import pytest

from capture.slot import LatestSlot, SlotClosed


def test_the_newest_wins_and_the_rest_is_counted() -> None:
    slot: LatestSlot[int] = LatestSlot()
    for item in (1, 2, 3):
        slot.put(item)
    assert slot.take() == 3
    assert slot.take() is None
    assert slot.counts == (3, 2)


def test_an_empty_slot_answers_none_in_time() -> None:
    assert LatestSlot[int]().take(timeout_s=0.01) is None


def test_what_was_put_before_closing_is_still_taken() -> None:
    slot: LatestSlot[int] = LatestSlot()
    slot.put(1)
    slot.close()
    slot.put(2)
    assert slot.take() == 1
    with pytest.raises(SlotClosed):
        slot.take()


def test_closing_wakes_whoever_waits() -> None:
    slot: LatestSlot[int] = LatestSlot()
    ended = threading.Event()

    def wait() -> None:
        with pytest.raises(SlotClosed):
            slot.take(timeout_s=None)
        ended.set()

    thread = threading.Thread(target=wait, name="waiter")
    thread.start()
    slot.close()
    assert ended.wait(5)
    thread.join(5)


def test_every_item_is_taken_or_dropped_under_two_threads() -> None:
    slot: LatestSlot[int] = LatestSlot()
    taken: list[int] = []

    def consume() -> None:
        try:
            while True:
                item = slot.take(timeout_s=None)
                assert item is not None
                taken.append(item)
        except SlotClosed:
            return

    thread = threading.Thread(target=consume, name="consumer")
    thread.start()
    for item in range(5000):
        slot.put(item)
    slot.close()
    thread.join(10)
    put, dropped = slot.counts
    assert put == 5000
    assert len(taken) + dropped == put
    assert taken == sorted(taken)
    assert taken[-1] == 4999
