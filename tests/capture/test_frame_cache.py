from __future__ import annotations

from capture.frame import Frame
from capture.frame_cache import FrameCache
from tests.capture.fakes import picture


def frame_of(index: int) -> Frame:
    pixels = picture(index)
    pixels.flags.writeable = False
    return Frame(index, 0, pixels)


def test_the_cache_keeps_to_its_bytes() -> None:
    size = frame_of(0).pixels.nbytes
    cache = FrameCache(3 * size)
    for i in range(3):
        cache.put(frame_of(i))
    assert cache.get(0) is not None  # now the one used last
    cache.put(frame_of(3))
    assert cache.get(1) is None
    assert cache.get(0) is not None
    cache.put(frame_of(3))
    assert cache.get(2) is not None
    tiny = FrameCache(0)
    tiny.put(frame_of(0))
    assert tiny.get(0) is None
