"""What an exam has held goes back to the system."""

from __future__ import annotations

import ctypes
import sys


def give_back() -> None:
    """Ask the C library to return what was freed: glibc keeps 0.6 to 1.3 MB more with each exam."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
