from __future__ import annotations

import av
import pytest

from capture.damage import Damage

# Packets in the order of decoding: (stamp, whether it is a key frame). Frame 8 is shown before key frame 9.
PACKETS = [(0, True), (3, False), (1, False), (2, False), (9, True), (8, False), (10, False), (11, False)]


def packet(pts: int | None, key: bool) -> av.Packet:  # type: ignore[type-arg]
    made = av.Packet(b"x")
    made.pts = pts
    made.is_keyframe = key
    return made


def tainted(failing: set[int], late: int = 1) -> set[int | None]:
    """The stamps that are not whole when the packets with those stamps fail."""
    damage = Damage(late)
    for pts, key in PACKETS:
        damage.follow(packet(pts, key))
        if pts in failing:
            damage.failed()
    return damage.tainted


@pytest.mark.parametrize(
    ("failing", "lost"),
    [
        (set(), set()),
        ({3}, {3, 1, 2, 8}),  # up to the key frame, and what is shown before it
        ({2}, {2, 8}),
        ({8}, {8}),  # takes no others with it
        ({9}, {9, 8, 10, 11}),
        ({11}, {11}),
    ],
)
def test_damage_spreads_to_the_next_key_frame(failing: set[int], lost: set[int]) -> None:
    assert tainted(failing) == lost


def test_late_errors_taint_the_packets_before() -> None:
    assert tainted({2}, late=2) == {1, 2, 8}


def test_packets_without_stamps_are_passed_over() -> None:
    damage = Damage(1)
    damage.follow(packet(None, True))
    damage.failed()
    assert damage.tainted == set()
