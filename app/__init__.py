"""What goes out to people: the window, the commands, files for others. The only package that knows Qt."""

from __future__ import annotations

import capture  # noqa: F401  loads FFmpeg before OpenCV, see there
