from __future__ import annotations

import ctypes
import sys

import psutil
import pytest

from app.session.memory import give_back

MB = 1024 * 1024


@pytest.mark.skipif(
    sys.platform != "linux" or not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="needs glibc"
)
def test_what_the_allocator_has_kept_goes_back() -> None:
    process = psutil.Process()
    # Below the size from which every block is mapped, and unmapped, by itself; every second one stays.
    blocks = [bytearray(60_000) for _ in range(2000)]
    held = [blocks[number] for number in range(0, 2000, 100)]
    blocks.clear()
    before = process.memory_info().rss
    give_back()
    assert before - process.memory_info().rss > 50 * MB
    assert len(held) == 20
