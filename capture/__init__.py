"""What comes in: sources of frames, the scan region inside them, and whether the picture is alive."""

from __future__ import annotations

import contextlib

# Before OpenCV, whoever imports it: opencv-python brings a libxcb-shm of the same name as PyAV's, tied to
# another libxcb. FFmpeg's screen grabber crashes the program when it gets that one.
with contextlib.suppress(ImportError):
    import av  # noqa: F401
