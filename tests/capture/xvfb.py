"""A screen of our own to look at, and a hand that paints on it."""

from __future__ import annotations

import ctypes
import ctypes.util
import shutil
import subprocess

import pytest

Colour = tuple[int, int, int]


class Screen:
    """An Xvfb of 320x240; painted through libX11."""

    def __init__(self) -> None:
        library = ctypes.util.find_library("X11")
        if shutil.which("Xvfb") is None or library is None:
            pytest.skip("Xvfb or libX11 is not installed")
        command = ["Xvfb", "-displayfd", "1", "-screen", "0", "320x240x24", "-nolisten", "tcp", "-noreset"]
        self._server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert self._server.stdout is not None
        number = self._server.stdout.readline().decode().strip()
        assert number, "Xvfb did not start"
        self.display = f":{number}"
        self._x11 = x11 = ctypes.CDLL(library)
        for call in (x11.XOpenDisplay, x11.XCreateGC, x11.XDefaultRootWindow):
            call.restype = ctypes.c_void_p
        self._connection = ctypes.c_void_p(x11.XOpenDisplay(self.display.encode()))
        assert self._connection, "the painter cannot reach Xvfb"
        self._root = ctypes.c_void_p(x11.XDefaultRootWindow(self._connection))
        self._pen = ctypes.c_void_p(x11.XCreateGC(self._connection, self._root, 0, None))

    def paint(self, colour: Colour, x: int = 0, y: int = 0, width: int = 320, height: int = 240) -> None:
        """Fill a rectangle and wait until it is there."""
        x11, red, green, blue = self._x11, *colour
        x11.XSetForeground(self._connection, self._pen, ctypes.c_ulong(red << 16 | green << 8 | blue))
        x11.XFillRectangle(self._connection, self._root, self._pen, x, y, width, height)
        x11.XSync(self._connection, 0)

    def pull_the_plug(self) -> None:
        """End the server, as when a session dies. Painting is over then: libX11 would end the program."""
        self._server.kill()
        self._server.wait(5)
        assert self._server.stdout is not None
        self._server.stdout.close()
        self._connection = ctypes.c_void_p()

    def close(self) -> None:
        if self._connection:
            self._x11.XCloseDisplay(self._connection)
            self.pull_the_plug()
