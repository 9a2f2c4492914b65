from __future__ import annotations

import pytest

from capture.timing import duration_s, even_times, frame_rate


def test_milliseconds_average_out() -> None:
    stamps = [round(1000 * i / 30) / 1000 for i in range(60)]
    assert frame_rate(stamps) == pytest.approx(30, rel=0.002)


def test_gaps_do_not_count() -> None:
    stamps = [*even_times(50, 0.04), 60.0, 60.04]
    assert frame_rate(stamps) == pytest.approx(25)


def test_the_last_frame_lasts_as_long_as_the_others() -> None:
    assert duration_s(even_times(50, 0.04)) == pytest.approx(2.0)


@pytest.mark.parametrize("times", [(), (0.0,), (0.0, 0.0)])
def test_nothing_is_made_up(times: tuple[float, ...]) -> None:
    assert frame_rate(times) is None
    assert duration_s(times) is None
