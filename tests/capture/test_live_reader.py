from __future__ import annotations

import threading

import pytest

from capture.live_reader import LiveSource, Shot
from capture.source import FrameSource, SourceError, SourceLostError, UnreadableSourceError
from tests.capture.fakes import FakeDriver, HandClock, picture


def shot(seed: int = 0, at_s: float = 0.0, size: tuple[int, int] = (48, 64)) -> Shot:
    return Shot(picture(seed, *size), int(at_s * 1e9))


def read_until(source: LiveSource, index: int) -> None:
    while True:
        frame = source.read(2.0)
        assert frame is not None
        if frame.index == index:
            return


def test_frames_come_through_read_only_and_in_order() -> None:
    driver = FakeDriver()
    with LiveSource(driver, "the card") as source:
        assert isinstance(source, FrameSource)
        for i in range(3):
            driver.give(shot(i, i / 60))
            frame = source.read(2.0)
            assert frame is not None
            assert (frame.index, frame.captured_ns) == (i, int(i / 60 * 1e9))
            assert not frame.pixels.flags.writeable
            assert (frame.pixels == picture(i)).all()
    assert driver.closed.is_set()


def test_the_newest_wins_and_the_index_tells_of_the_lost() -> None:
    driver = FakeDriver()
    with LiveSource(driver, "the card") as source:
        driver.give(*(shot(i, i / 60) for i in range(5)), SourceLostError("pulled"))
        assert driver.closed.wait(2.0)
        frame = source.read(1.0)
        assert frame is not None and frame.index == 4
        with pytest.raises(SourceLostError, match="pulled"):
            source.read(1.0)
        with pytest.raises(SourceLostError, match="pulled"):
            source.read(1.0)


def test_silence_is_none_in_time_and_loss_after_the_limit() -> None:
    clock = HandClock()
    with LiveSource(FakeDriver(), "the card", silent_s=3.0, clock=clock) as source:
        assert source.read(0.0) is None
        clock.advance(2.9)
        assert source.read(0.01) is None
        clock.advance(0.2)
        with pytest.raises(SourceLostError, match="no picture for 3 s"):
            source.read(0.01)


@pytest.mark.parametrize("error", [SourceLostError("not there"), UnreadableSourceError("no such option")])
def test_failure_to_open_is_raised_as_it_is(error: SourceError) -> None:
    driver = FakeDriver()
    driver.open_error = error
    with pytest.raises(type(error), match=str(error)), LiveSource(driver, "the card"):
        pass
    assert driver.closed.is_set()


def test_a_fault_in_the_driver_becomes_one_line() -> None:
    driver = FakeDriver()
    driver.give(OSError("ioctl\nfailed"))
    with (
        LiveSource(driver, "the card") as source,
        pytest.raises(SourceLostError, match="the card: ioctl failed"),
    ):
        source.read(2.0)


def test_a_hung_driver_does_not_hang_the_program(caplog: pytest.LogCaptureFixture) -> None:
    driver = FakeDriver()
    source = LiveSource(driver, "the card", close_s=0.05)
    with source:
        driver.hang.clear()
        assert driver.hanging.wait(2.0)
        assert source.read(0.0) is None
    assert "does not return" in caplog.text
    assert driver.interrupted.is_set()
    driver.hang.set()
    assert driver.closed.wait(2.0), "once the driver returns, it is closed after all"


def test_a_driver_that_hangs_while_opening_is_given_up() -> None:
    driver = FakeDriver()
    driver.hang.clear()
    source = LiveSource(driver, "the card", open_s=0.05, close_s=0.05)
    with pytest.raises(SourceLostError, match=r"did not answer within 0\.05 s"), source:
        pass
    driver.hang.set()
    assert driver.closed.wait(2.0)


def test_opening_can_be_interrupted() -> None:
    driver = FakeDriver()
    driver.hang.clear()
    source = LiveSource(driver, "the card", open_s=60.0, close_s=0.05)
    raised: list[SourceError] = []

    def enter() -> None:
        try:
            source.__enter__()
        except SourceError as error:
            raised.append(error)

    thread = threading.Thread(target=enter)
    thread.start()
    source.interrupt()
    thread.join(2.0)
    assert not thread.is_alive() and len(raised) == 1
    driver.hang.set()
    assert driver.closed.wait(2.0)


def test_the_real_rate_is_measured_and_told_when_it_is_not_what_was_asked() -> None:
    driver = FakeDriver(fps=60.0)
    with LiveSource(driver, "the card") as source:
        driver.give(*(shot(i % 2, i / 30) for i in range(60)))
        read_until(source, 59)
        assert source.info.fps == pytest.approx(30.0)
        assert source.info.warnings == ("asked for 60 frames a second, the card gives 30.0",)


def test_5994_is_no_reason_to_complain() -> None:
    driver = FakeDriver(fps=60.0)
    with LiveSource(driver, "the card") as source:
        driver.give(*(shot(i % 2, i * 1001 / 60000) for i in range(120)))
        read_until(source, 119)
        assert source.info.warnings == ()
        assert source.info.fps == 60.0


def test_a_change_of_size_in_mid_stream_passes_and_is_in_the_info() -> None:
    driver = FakeDriver()
    with LiveSource(driver, "the card") as source:
        driver.give(shot(0), shot(1, size=(30, 40)))
        read_until(source, 1)
        assert (source.info.width, source.info.height) == (40, 30)


def test_a_source_opens_once() -> None:
    source = LiveSource(FakeDriver(), "the card")
    with source:
        pass
    with pytest.raises(SourceError, match="opened before"):
        source.__enter__()
