"""pyigtl's own server, fit for tests."""

from __future__ import annotations

import signal
import threading
from typing import Any

import numpy as np
import pyigtl
from numpy.typing import NDArray


class Server(pyigtl.OpenIGTLinkServer):  # type: ignore[misc]  # pyigtl has no types
    """pyigtl's own server, without its thread that prints every 5 s and its hold on the signals."""

    daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
        super().__init__(port=port, local_server=True, start_now=False)
        for number, handler in before.items():
            signal.signal(number, handler)
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    def show(self, image: NDArray[Any], device: str = "Image", spacing_mm: float = 1.0) -> None:
        matrix = np.diag([spacing_mm, spacing_mm, spacing_mm, 1.0])
        self.send_message(pyigtl.ImageMessage(image[None], matrix, device_name=device), wait=False)

    def close(self) -> None:
        self.communication_thread_stop_requested = True
        self.shutdown()
        self.server_close()
        self._thread.join(5)
