"""Whether this machine has what Qt loads, found out before they would abort.

Only the standard library is imported here, so that the check itself always runs.
`python -m app.system_check` prints one line and ends with status 2 when something is missing.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

OFFSCREEN_LIBRARIES = {
    "libdbus-1.so.3": "libdbus-1-3",
    "libEGL.so.1": "libegl1",
    "libfontconfig.so.1": "libfontconfig1",
    "libGL.so.1": "libgl1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libxcb.so.1": "libxcb1",
    "libxkbcommon.so.0": "libxkbcommon0",
}
"""What PySide6-Essentials 6.11 loads without a screen, by `ldd` (soname: package)."""

XCB_LIBRARIES = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
"""What Qt's xcb platform plugin loads beyond that, by `ldd`. Qt's own hint names only the first of them."""

_FONT_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".fonts")


def loads(soname: str) -> bool:
    """Whether the dynamic linker finds and loads a shared library."""
    try:
        ctypes.CDLL(soname)
    except OSError:
        return False
    return True


def missing_packages(
    with_window: bool, platform: str = sys.platform, loads_: Callable[[str], bool] = loads
) -> list[str]:
    """Debian names of the packages whose libraries do not load; empty off Linux, where wheels carry all."""
    if not platform.startswith("linux"):
        return []
    wanted = OFFSCREEN_LIBRARIES | (XCB_LIBRARIES if with_window else {})
    packages = {package for soname, package in wanted.items() if not loads_(soname)}
    if not any(folder.is_dir() and any(folder.rglob("*.[to]t[fc]")) for folder in _FONT_FOLDERS):
        packages.add("fonts-dejavu-core")
    return sorted(packages)


def missing_libraries() -> list[str]:
    """The packages to install before a window (or, without a screen, offscreen drawing) can work here."""
    return missing_packages(with_window=display_available() and not os.environ.get("WAYLAND_DISPLAY"))


def display_available(environment: Mapping[str, str] | None = None, platform: str = sys.platform) -> bool:
    """Whether a screen answers: always on Windows and macOS; an X or Wayland server on Linux.

    `QT_QPA_PLATFORM=offscreen` (or minimal) counts as no screen, since nobody would see the window.
    """
    env = os.environ if environment is None else environment
    if env.get("QT_QPA_PLATFORM", "").split(":")[0] in ("offscreen", "minimal"):
        return False
    if not platform.startswith("linux"):
        return True
    if env.get("WAYLAND_DISPLAY"):
        runtime = Path(env.get("XDG_RUNTIME_DIR", "/run/user/0"))
        if (runtime / env["WAYLAND_DISPLAY"]).exists():
            return True
    return bool(env.get("DISPLAY")) and _x_server_answers(env["DISPLAY"])


def _x_server_answers(display: str) -> bool:
    """Ask libxcb itself, which also knows about authority files; Qt would abort on a server that refuses."""
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return False
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    xcb.xcb_connection_has_error.argtypes = [ctypes.c_void_p]
    xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(display.encode(), None)
    broken = xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    return not broken


def install_hint(packages: list[str]) -> str:
    """One line that says what to install."""
    return (
        "expected the system libraries that Qt loads, some are missing; "
        f"install them with: apt-get install {' '.join(packages)}"
    )


def main() -> int:
    packages = missing_libraries()
    if packages:
        print(f"philtrum: {install_hint(packages)}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
