"""Which frames of a film are whole, from the errors of its decoder."""

from __future__ import annotations

from collections import deque

import av


class Damage:
    """Which frames cannot be whole, because a packet that they build on failed to decode.

    A decoder conceals damage with invented content, and goes on inventing up to the next key frame.
    """

    def __init__(self, late: int) -> None:
        """Expect errors up to `late` packets after the one that has them, counting itself."""
        self.tainted: set[int | None] = set()
        """Stamps of the frames that are not whole."""
        self._key = 0
        self._rest = False
        """Everything up to the next key frame is tainted."""
        self._leading = False
        """So is what comes after that key frame but is shown before it."""
        self._recent: deque[int] = deque(maxlen=late)
        """Packets that may be meant when an error is reported."""

    def follow(self, packet: av.Packet[av.VideoStream]) -> None:
        """Take note of a packet, in the order of decoding, before it is decoded."""
        if packet.pts is None:
            return
        self._recent.append(packet.pts)
        if packet.is_keyframe:
            self._leading, self._rest, self._key = self._rest, False, packet.pts
        elif self._rest or (self._leading and packet.pts < self._key):
            self.tainted.add(packet.pts)

    def failed(self) -> None:
        """A recent packet did not decode. Frames shown before their key frame take no others with them."""
        self.tainted.update(self._recent)
        self._rest = self._rest or any(pts >= self._key for pts in self._recent)
