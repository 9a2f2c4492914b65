"""Run as a program by `test_scan_view`, since Qt takes its scaling once a process: factor, PNG to write."""

from __future__ import annotations

import os
import sys

os.environ["QT_SCALE_FACTOR"] = sys.argv[1]
os.environ["QT_QPA_PLATFORM"] = "offscreen"

import numpy as np
from PySide6.QtWidgets import QApplication, QWidget

from app.live.policy import Decision, Pairing
from app.live.scan_view import ScanView
from capture.frame import make_frame
from capture.geometry import Region
from capture.scan import Scan, Signal

application = QApplication([])
factor = float(sys.argv[1])
window = QWidget()
window.resize(500, 400)
view = ScanView(window)
view.set_view_mode("whole")
view.setGeometry(13, 7, round(320 / factor), round(240 / factor))
window.show()
application.processEvents()
pixels = np.random.default_rng(3).integers(40, 200, (240, 320), np.uint8)
scan = Scan(make_frame(0, 0, pixels), Region.whole(320, 240), 0, False, Signal.MOVING)
assert view.present(Decision(scan, Pairing.WITHOUT, None))
assert window.grab().save(sys.argv[2])
