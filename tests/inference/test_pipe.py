from __future__ import annotations

import threading

import pytest

from inference.pipe import Pipe, PipeLeft


def test_items_arrive_in_order_and_the_end_is_the_end() -> None:
    pipe: Pipe[int] = Pipe(100)
    for number in range(5):
        pipe.put(number)
    pipe.end()
    assert list(pipe) == [0, 1, 2, 3, 4]


def test_nothing_is_lost_between_a_fast_and_a_slow_thread() -> None:
    pipe: Pipe[int] = Pipe(3)

    def put() -> None:
        for number in range(500):
            pipe.put(number)
        pipe.end()

    putter = threading.Thread(target=put, name="putter")
    putter.start()
    assert list(pipe) == list(range(500))
    putter.join(5)


def test_what_waits_is_bounded_by_size_not_number() -> None:
    pipe: Pipe[str] = Pipe(10)
    passed: list[str] = []
    second_is_in = threading.Event()

    def put() -> None:
        for name, size in (("a", 6), ("b", 4), ("c", 1)):
            pipe.put(name, size)
            passed.append(name)
            if name == "b":
                second_is_in.set()
        pipe.end()

    putter = threading.Thread(target=put, name="putter")
    putter.start()
    assert second_is_in.wait(5)
    putter.join(0.1)
    assert putter.is_alive() and passed == ["a", "b"], "the third waits: 6 + 4 + 1 is more than 10"
    assert list(pipe) == ["a", "b", "c"]
    putter.join(5)


def test_an_item_larger_than_the_limit_goes_through_alone() -> None:
    pipe: Pipe[str] = Pipe(10)
    pipe.put("huge", 1000)
    pipe.end()
    assert list(pipe) == ["huge"]


def test_an_error_comes_after_the_items_before_it() -> None:
    pipe: Pipe[int] = Pipe(10)
    pipe.put(1)
    pipe.end(ValueError("broken"))
    got = []
    with pytest.raises(ValueError, match="broken"):
        for item in pipe:
            got.append(item)
    assert got == [1]


def test_whoever_waits_for_room_is_turned_away_when_the_taker_leaves() -> None:
    pipe: Pipe[int] = Pipe(1)
    pipe.put(1)
    turned_away = threading.Event()

    def put() -> None:
        try:
            pipe.put(2)
        except PipeLeft:
            turned_away.set()

    putter = threading.Thread(target=put, name="putter")
    putter.start()
    pipe.leave()
    assert turned_away.wait(5)
    putter.join(5)
    assert list(pipe) == []
    with pytest.raises(PipeLeft):
        pipe.put(3)
