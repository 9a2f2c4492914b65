"""An RTSP server on the loopback as small as can be: one client, one video, RTP packets made by PyAV."""

from __future__ import annotations

import selectors
import socket
import threading
from types import TracebackType
from typing import Self

from tests.capture.sender import Sender

SDP = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=scan\r\nt=0 0\r\nm=video 0 RTP/AVP 32\r\na=control:video\r\n"
"""Payload type 32 is MPEG video: RFC 3551, section 6."""


class RtspServer:
    """Serves `url` in a thread of its own (RFC 2326), over the connection or over udp as the client asks.

    Args:
        refusal: such as '404 Not Found': the answer to every question.
    """

    def __init__(self, refusal: str | None = None) -> None:
        self.mute = False
        """Connected, but nothing comes any more."""
        self._refusal = refusal
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._rtp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._rtp.bind(("127.0.0.1", 0))
        self._orders, self._ordered = socket.socketpair()
        self._client: socket.socket | None = None
        self._received = b""
        self._playing = False
        self._udp_port: int | None = None
        self._thread = threading.Thread(target=self._serve, name="rtsp server")
        self._sender = Sender(f"rtp://127.0.0.1:{self._rtp.getsockname()[1]}", muxer="rtp")

    @property
    def url(self) -> str:
        return f"rtsp://127.0.0.1:{self._listener.getsockname()[1]}/scan"

    def __enter__(self) -> Self:
        self._thread.start()
        self._sender.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._sender.stop()
        self._orders.send(b"s")
        self._thread.join(5)
        for each in (self._listener, self._rtp, self._orders, self._ordered):
            each.close()

    def drop(self) -> None:
        """Close the client's connection; it may come back."""
        self._orders.send(b"d")

    def _serve(self) -> None:
        with selectors.DefaultSelector() as selector:
            for each in (self._listener, self._rtp, self._ordered):
                selector.register(each, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select():
                    if key.fileobj is self._ordered:
                        self._leave(selector)
                        if self._ordered.recv(1) == b"s":
                            return
                    elif key.fileobj is self._listener:
                        self._leave(selector)
                        self._client, _ = self._listener.accept()
                        selector.register(self._client, selectors.EVENT_READ)
                    elif key.fileobj is self._rtp:
                        self._forward(*self._rtp.recvfrom(65536))
                    elif key.fileobj is self._client and not self._listen(self._client):
                        self._leave(selector)

    def _leave(self, selector: selectors.BaseSelector) -> None:
        if self._client is not None:
            selector.unregister(self._client)
            self._client.close()
        self._client, self._received, self._playing, self._udp_port = None, b"", False, None

    def _forward(self, packet: bytes, sender: tuple[str, int]) -> None:
        if self._client is None or not self._playing or self.mute or sender[1] == self._udp_port:
            return
        if self._udp_port is not None:
            self._rtp.sendto(packet, ("127.0.0.1", self._udp_port))
        else:
            self._send(b"$\0" + len(packet).to_bytes(2, "big") + packet)

    def _listen(self, client: socket.socket) -> bool:
        """Answer what was asked; whether the client is still there."""
        try:
            data = client.recv(65536)
        except ConnectionError:
            return False
        self._received += data
        while self._received:
            if self._received.startswith(b"$"):  # the client's reports, which nobody reads
                whole = 4 + int.from_bytes(self._received[2:4], "big")
                if len(self._received) < whole:
                    break
                self._received = self._received[whole:]
                continue
            request, end, rest = self._received.partition(b"\r\n\r\n")
            if not end:
                break
            self._received = rest
            self._answer(request.decode())
        return bool(data)

    def _answer(self, request: str) -> None:
        first, *lines = request.split("\r\n")
        method, url, _ = first.split()
        asked = dict(line.split(": ", 1) for line in lines)
        told, body = [f"CSeq: {asked['CSeq']}", "Session: 1"], ""
        if method == "DESCRIBE":
            body = SDP
            told += [f"Content-Base: {url}/", "Content-Type: application/sdp", f"Content-Length: {len(body)}"]
        elif method == "SETUP":
            way = asked["Transport"]
            if "client_port=" in way:
                self._udp_port = int(way.partition("client_port=")[2].partition("-")[0])
                own = self._rtp.getsockname()[1]
                way += f";server_port={own}-{own + 1}"
            told.append(f"Transport: {way}")
        status = self._refusal or "200 OK"
        self._send("\r\n".join([f"RTSP/1.0 {status}", *told, "", body]).encode())
        self._playing = self._playing or method == "PLAY"

    def _send(self, data: bytes) -> None:
        try:
            assert self._client is not None
            self._client.sendall(data)
        except ConnectionError:
            self._playing = False  # it is gone: the next read says so
