"""Images from an OpenIGTLink server (PLUS, 3D Slicer, research scanners).

Messages are unpacked by pyigtl; the connection is our own, because pyigtl's client takes 10 ms for the whole
connecting, never notices that the server has closed, and polls.

Conventions (openigtlink.org, IMAGE message v2): voxels are stored with i fastest, then j, then k. The first
stored row is the top row here, which is right for the orientations MF and UF of PLUS (j runs away from the
probe). `flip=vertical` is for senders whose j axis runs up, `flip=horizontal` for those whose i axis runs to
the left, `flip=both` for both. Of a stack of slices the middle one is shown. Spacing is the length of the
first two columns of the image's matrix, in mm; it becomes `mm_per_px` where both agree within 2 %.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import time
from typing import Any, Literal, cast, get_args

import cv2
import numpy as np
from numpy.typing import NDArray
from pyigtl.messages import ImageMessage, MessageBase

from capture.address import parse_host_port
from capture.frame import Pixels
from capture.live_reader import LiveSource, Shot
from capture.pixel_formats import grey_or_rgb
from capture.source import SourceInfo, SourceLostError, UnreadableSourceError

log = logging.getLogger(__name__)

Flip = Literal["none", "vertical", "horizontal", "both"]
FLIPS: tuple[str, ...] = get_args(Flip)
_CV_FLIP = {"vertical": 0, "horizontal": 1, "both": -1}

CONNECT_S = 3.0
FIRST_IMAGE_S = 1.0
MESSAGE_S = 3.0
"""How long the rest of a message may take once it has begun."""
POLL_S = 0.1
LARGEST_BODY = 256 * 2**20
"""A header that claims more is not OpenIGTLink."""


def open_igtl(address: str, *, device: str | None = None, flip: str = "none") -> LiveSource:
    """An OpenIGTLink server, not yet connected.

    Args:
        address: `HOST[:PORT]`; the port is 18944 where not given.
        device: name of the image device; the first one that sends where not given.
        flip: 'none', 'vertical', 'horizontal' or 'both'.

    Raises:
        UnreadableSourceError: the address or a word makes no sense.
    """
    host, port = parse_host_port(address)
    if flip not in FLIPS:
        raise UnreadableSourceError(f"expected flip to be one of {', '.join(FLIPS)}, got {flip}")
    driver = IgtlDriver(host, port, device, cast(Flip, flip))
    # A frozen scanner sends nothing for as long as it is frozen: silence is no loss here.
    return LiveSource(driver, driver.name, open_s=CONNECT_S + FIRST_IMAGE_S + 1, silent_s=None)


class IgtlDriver:
    """One connection; a `Driver`."""

    def __init__(
        self, host: str, port: int, device: str | None, flip: Flip, wait_s: float = CONNECT_S
    ) -> None:
        self.name = f"OpenIGTLink {host}:{port}"
        self._where = (host, port)
        self._device = device
        self._flip = flip
        self._socket: socket.socket | None = None
        self._unknown: set[str] = set()
        self._first: Shot | None = None
        self._closing = False

    def open(self) -> SourceInfo:
        """Connect, and wait a moment for the first image: it tells the size.

        An idle server (a frozen scanner) is a good one: its size is then 0 x 0 until it sends.
        """
        try:
            self._socket = socket.create_connection(self._where, CONNECT_S)
        except OSError as error:
            raise SourceLostError(f"{self.name} does not answer ({error.strerror or error})") from error
        self._socket.settimeout(POLL_S)
        _keep_alive(self._socket)
        until = time.monotonic() + FIRST_IMAGE_S
        while self._first is None and time.monotonic() < until and not self._closing:
            self._first = self.read()
        shot = self._first
        height, width = (0, 0) if shot is None else shot.pixels.shape[:2]
        spacing = None if shot is None else shot.mm_per_px
        return SourceInfo(
            kind="igtl",
            name=self.name if self._device is None else f"{self.name} {self._device}",
            width=width,
            height=height,
            live=True,
            codec="raw",
            container="OpenIGTLink",
            mm_per_px=spacing,
            mm_per_px_from=None if spacing is None else "header",
        )

    def read(self) -> Shot | None:
        if self._first is not None:
            shot, self._first = self._first, None
            return shot
        header = self._receive(MessageBase.IGTL_HEADER_SIZE, idle_ok=True)
        if header is None:
            return None
        captured_ns = time.monotonic_ns()
        try:
            fields = MessageBase.parse_header(bytes(header))
        except ValueError as error:
            raise SourceLostError(f"{self.name} does not speak OpenIGTLink") from error
        size = int(fields["body_size"])
        if size > LARGEST_BODY or not 1 <= int(fields["header_version"]) <= 2:
            raise SourceLostError(f"{self.name} does not speak OpenIGTLink")
        body = self._receive(size)
        if fields["message_type"] != "IMAGE" or body is None:
            return None
        if self._device is None:
            self._device = str(fields["device_name"])
        if fields["device_name"] != self._device:
            self._note(f"it also sends images of {fields['device_name']}")
            return None
        return self._shot(fields, bytes(body), captured_ns)

    def _shot(self, fields: dict[str, Any], body: bytes, captured_ns: int) -> Shot | None:
        message = ImageMessage()
        try:
            message.unpack(fields, body)
            pixels = image_pixels(message.image, self._flip)
        except (ValueError, KeyError, NotImplementedError, IndexError) as error:
            self._note(f"an image cannot be shown: {error}")
            return None
        except Exception as error:  # struct.error and what else pyigtl lets through
            self._note(f"an image is damaged: {error}")
            return None
        return Shot(pixels, captured_ns, mm_per_px=spacing_mm(message.ijk_to_world_matrix))

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()

    def interrupt(self) -> None:
        self._closing = True
        if self._socket is not None:
            with contextlib.suppress(OSError):  # it may be closed already
                self._socket.shutdown(socket.SHUT_RDWR)

    def _receive(self, size: int, idle_ok: bool = False) -> bytearray | None:
        """Exactly `size` bytes; None when none came at all and that is fine.

        Raises:
            SourceLostError: the server closed, or stopped in the middle of a message.
        """
        assert self._socket is not None
        buffer = bytearray(size)
        view, filled = memoryview(buffer), 0
        until = time.monotonic() + MESSAGE_S
        while filled < size:
            try:
                count = self._socket.recv_into(view[filled:])
            except TimeoutError:
                if filled == 0 and idle_ok:
                    return None
                if time.monotonic() > until or self._closing:
                    raise SourceLostError(f"{self.name} stopped in the middle of a message") from None
                continue
            except OSError as error:
                raise SourceLostError(f"{self.name} has gone ({error.strerror or error})") from error
            if count == 0:
                raise SourceLostError(f"{self.name} has closed the connection")
            filled += count
        return buffer

    def _note(self, text: str) -> None:
        if text not in self._unknown:
            self._unknown.add(text)
            log.warning("%s: %s", self.name, text)


def _keep_alive(connection: socket.socket) -> None:
    """A pulled cable sends no farewell: the system asks the other side after 2 s of silence."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (("TCP_KEEPIDLE", 2), ("TCP_KEEPINTVL", 1), ("TCP_KEEPCNT", 3)):
        if hasattr(socket, option):
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)


def image_pixels(image: NDArray[Any], flip: Flip) -> Pixels:
    """The picture in an image message, uint8 (h, w) or (h, w, 3).

    Args:
        image: (k, j, i) or (k, j, i, components) of any number type; 1 component is grey, 3 or 4 are RGB(A).
            Wider types are scaled from their own smallest to their own largest value.
        flip: how to turn it.

    Raises:
        ValueError: it has no pixels, or 2 or more than 4 components.
    """
    if image.size == 0:
        raise ValueError("expected pixels, got none")
    picture = image[image.shape[0] // 2]
    if picture.ndim == 3 and picture.shape[2] not in (3, 4):
        raise ValueError(f"expected 1, 3 or 4 components, got {picture.shape[2]}")
    if picture.shape[0] == 1 or picture.shape[1] == 1:
        raise ValueError(f"expected a picture, got {picture.shape[1]}x{picture.shape[0]}")
    if picture.dtype != np.uint8:
        low, high = float(np.nanmin(picture)), float(np.nanmax(picture))
        scaled = (np.nan_to_num(picture.astype(np.float32), nan=low) - low) * (255 / max(high - low, 1e-9))
        picture = np.rint(scaled).astype(np.uint8)
    if flip != "none":
        picture = np.asarray(cv2.flip(picture, _CV_FLIP[flip]))
    if picture.ndim == 2:
        return np.array(picture, np.uint8)
    return grey_or_rgb(np.ascontiguousarray(picture), (0, 1, 2))


def spacing_mm(matrix: NDArray[Any]) -> float | None:
    """Size of a square pixel in mm; None where the matrix tells none: unit spacing means "not set"."""
    across, down = (float(np.linalg.norm(matrix[:3, axis])) for axis in (0, 1))
    if not 0.001 <= across <= 2 or abs(across - down) > 0.02 * across or abs(across - 1) < 1e-6:
        return None
    return (across + down) / 2
