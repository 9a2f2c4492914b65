from __future__ import annotations

import threading
from pathlib import Path

import cv2
import pytest

from capture.frame import Frame, Pixels
from capture.image_folder import ImageFolder
from capture.player import Player
from capture.source import EndOfSource
from capture.video_file import VideoFile
from tests.capture.fakes import HandClock, picture
from tests.capture.media import write_film

MS = 1_000_000


@pytest.fixture
def film(tmp_path: Path) -> VideoFile:
    """12 frames, one every 40 ms."""
    return VideoFile(write_film(tmp_path / "film.mp4", 12))


def shown(player: Player, count: int) -> list[tuple[int, int]]:
    """(index, ms since the first) of the next frames."""
    frames: list[Frame] = []
    while len(frames) < count:
        frame = player.read(0.25)
        if frame is not None:
            frames.append(frame)
    return [(frame.index, round((frame.captured_ns - frames[0].captured_ns) / MS)) for frame in frames]


def test_frames_come_when_they_are_due(film: VideoFile) -> None:
    with Player(film, HandClock()) as player:
        assert shown(player, 4) == [(0, 0), (1, 40), (2, 80), (3, 120)]


def test_a_variable_rate_plays_at_its_own_pace(tmp_path: Path) -> None:
    stamps = [0, 40, 60, 460, 500]
    film = VideoFile(write_film(tmp_path / "film.mkv", 5, rate=1000, stamps=stamps))
    with Player(film, HandClock()) as player:
        assert [ms for _, ms in shown(player, 5)] == stamps


def test_nothing_comes_before_its_time(film: VideoFile) -> None:
    clock = HandClock()
    with Player(film, clock) as player:
        assert player.read(0.0) is not None
        clock.advance(0.039)
        assert player.read(0.0) is None
        clock.advance(0.001)
        frame = player.read(0.0)
        assert frame is not None
        assert frame.captured_ns == clock.now_ns()


def test_small_delays_are_made_up_and_large_ones_are_not(film: VideoFile) -> None:
    clock = HandClock()
    with Player(film, clock) as player:
        shown(player, 1)
        clock.advance(0.055)
        assert shown(player, 2) == [(1, 0), (2, 25)]
        clock.advance(1.0)
        assert shown(player, 3) == [(3, 0), (4, 40), (5, 80)]


@pytest.mark.parametrize(("speed", "interval_ms"), [(0.1, 400), (0.5, 80), (4.0, 10)])
def test_speed(speed: float, interval_ms: int, film: VideoFile) -> None:
    with Player(film, HandClock(), speed=speed) as player:
        assert [ms for _, ms in shown(player, 3)] == [0, interval_ms, 2 * interval_ms]


def test_a_change_of_speed_keeps_what_was_already_seen(film: VideoFile) -> None:
    clock = HandClock()
    with Player(film, clock) as player:
        player.read(0.0)
        clock.advance(0.020)  # half of the frame's time
        player.set_speed(0.5)
        assert player.read(0.039) is None
        assert player.read(0.002) is not None
        assert player.state.speed == 0.5


@pytest.mark.parametrize("speed", [0.0, 0.05, 4.5, -1.0, float("nan")])
def test_impossible_speeds_are_refused(speed: float, film: VideoFile) -> None:
    with pytest.raises(ValueError, match="expected a speed"):
        Player(film).set_speed(speed)


def test_a_pause_holds_at_once_and_play_goes_on(film: VideoFile) -> None:
    clock = HandClock()
    with Player(film, clock) as player:
        shown(player, 3)
        player.pause()
        assert player.read(1.0) is None
        assert not player.state.playing
        player.play()
        began = clock.now_ns()
        frame = player.read(1.0)
        assert frame is not None
        assert (frame.index, frame.captured_ns - began) == (3, 40 * MS)


def test_paused_the_first_frame_is_shown_and_no_other(film: VideoFile) -> None:
    with Player(film, HandClock(), playing=False) as player:
        assert shown(player, 1) == [(0, 0)]
        assert player.read(10.0) is None


def test_seek_shows_a_frame_once_and_stays_paused(film: VideoFile) -> None:
    with Player(film, HandClock(), playing=False) as player:
        player.read()
        player.seek(7)
        frame = player.read()
        assert frame is not None
        assert frame.index == player.state.index == 7
        assert player.read(1.0) is None


def test_seek_while_playing_goes_on_from_there(film: VideoFile) -> None:
    with Player(film, HandClock()) as player:
        shown(player, 2)
        player.seek(9)
        assert shown(player, 3) == [(9, 0), (10, 40), (11, 80)]


def test_steps_add_up_and_stop_at_the_ends(film: VideoFile) -> None:
    with Player(film, HandClock()) as player:
        shown(player, 3)
        player.step(1)
        player.step(1)
        assert player.read() is not None
        assert player.read(0.1) is None
        assert player.state.index == 4
        player.step(-3)
        player.read()
        assert player.state.index == 1
        player.step(-10)
        player.read()
        assert player.state.index == 0
        player.step(100)
        player.read()
        assert player.state.index == 11
        player.set_loop(True)
        player.step(2)
        player.read()
        assert player.state.index == 1


def test_the_dial_adds_up_small_turns(film: VideoFile) -> None:
    with Player(film, HandClock(), playing=False) as player:
        player.read()
        indices = []
        for _ in range(6):
            player.jog(0.016)
            player.read(0.01)
            indices.append(player.state.index)
        assert indices == [0, 1, 1, 2, 2, 2]
        player.jog(-10.0)
        player.read(0.01)
        assert player.state.index == 0


def test_loop_begins_again_after_the_last_frames_time(film: VideoFile) -> None:
    with Player(film, HandClock(), loop=True) as player:
        steps = shown(player, 26)
        assert [index for index, _ in steps] == [*range(12), *range(12), 0, 1]
        assert [ms for _, ms in steps] == [40 * i for i in range(26)]


def test_the_end_is_told_after_the_last_frames_time(film: VideoFile) -> None:
    clock = HandClock()
    with Player(film, clock) as player:
        shown(player, 12)
        last = clock.now_ns()
        with pytest.raises(EndOfSource):
            player.read(1.0)
        assert clock.now_ns() - last == 40 * MS
        with pytest.raises(EndOfSource):
            player.read()
        assert player.state.ended
        player.seek(5)
        assert shown(player, 1) == [(5, 0)]
        assert not player.state.ended


def test_held_at_the_end_it_waits_for_play(film: VideoFile) -> None:
    with Player(film, HandClock(), hold_at_end=True) as player:
        shown(player, 12)
        assert player.read(1.0) is None
        assert player.state.ended
        player.play()
        assert shown(player, 2) == [(0, 0), (1, 40)]


def test_frames_too_fast_for_the_screen_are_left_out_when_asked(tmp_path: Path) -> None:
    film = VideoFile(write_film(tmp_path / "film.mp4", 25, rate=240))
    with Player(film, HandClock(), max_fps=60) as player:
        steps = shown(player, 7)
        assert [index for index, _ in steps] == [0, 4, 8, 12, 16, 20, 24]
        assert player.state.skipped == 18


def test_without_being_asked_every_frame_comes(tmp_path: Path) -> None:
    film = VideoFile(write_film(tmp_path / "film.mp4", 25, rate=240))
    with Player(film, HandClock()) as player:
        assert [index for index, _ in shown(player, 25)] == list(range(25))
        assert player.state.skipped == 0


def test_damaged_pictures_are_passed_over_in_both_directions(tmp_path: Path) -> None:
    for i in range(6):
        path = tmp_path / f"{i}.png"
        cv2.imwrite(str(path), picture(i))
        if i == 3:
            path.write_bytes(path.read_bytes()[:400])
    with Player(ImageFolder(tmp_path), HandClock()) as player:
        assert shown(player, 4) == [(0, 0), (1, 40), (2, 80), (4, 160)]
        player.step(-1)
        player.read()
        assert player.state.index == 2


def test_a_command_from_another_thread_ends_the_wait(film: VideoFile) -> None:
    """With the real clock: a seek wakes a read that would wait for seconds."""
    with Player(film, playing=False) as player:
        player.read()
        told = threading.Timer(0.05, player.seek, [6])
        told.start()
        frame = player.read(20.0)
        told.join()
        assert frame is not None
        assert frame.index == 6


def test_real_time_is_kept(tmp_path: Path) -> None:
    film = VideoFile(write_film(tmp_path / "film.mp4", 10, rate=50))
    with Player(film) as player:
        steps = shown(player, 10)
        assert steps[-1][1] >= 179
        assert all(ms >= 20 * i - 1 for i, (_, ms) in enumerate(steps))


class Counting(VideoFile):
    """Counts what is decoded."""

    decoded = 0

    def _decode(self, index: int) -> Pixels:
        self.decoded += 1
        return super()._decode(index)


def test_going_back_decodes_ahead_of_the_next_steps(tmp_path: Path) -> None:
    film = Counting(write_film(tmp_path / "film.mp4", 40, gop=40))
    with Player(film, HandClock(), playing=False) as player:
        player.read()
        player.seek(30)
        player.read()
        player.step(-1)
        player.read()
        before = film.decoded
        for _ in range(8):
            player.step(-1)
            player.read()
        assert player.state.index == 21
        assert film.decoded == before
