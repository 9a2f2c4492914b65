"""The one way to make the window: for the user, the tests and the benchmark alike."""

from __future__ import annotations

import importlib
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from app.errors import Notices
from app.language import chosen_language, set_language
from app.main_window import MainWindow
from app.pipeline import Pipeline
from app.regions import RegionKeeper
from app.session.store import ExamStore
from app.settings import Settings
from app.settings_keeper import SettingsKeeper
from app.theme import dark_palette, load_fonts
from capture.region.presets import PresetStore
from inference.engine import Engine
from resources.files import resource_path

EngineFactory = Callable[[], Engine]
REST_AFTER_S = 0.8
"""Without a picture by then the model is loaded all the same."""


def create_app(
    settings: Settings,
    source_spec: str | None = None,
    model_path: Path | None = None,
    language: str | None = None,
    *,
    settings_path: Path | None = None,
    engine_factory: EngineFactory | None = None,
    with_ai: bool = True,
    log_file: str = "",
    notices: Notices | None = None,
    exams_root: Path | None = None,
) -> tuple[QApplication, MainWindow]:
    """Make the application where there is none yet, and a window that is running but not shown.

    Args:
        settings: to begin with.
        source_spec: a source to open at once; None opens the picker.
        model_path: another model's manifest; None for that of the settings, else the shipped one.
        language: 'en' or 'zh'; None for that of the settings.
        settings_path: where changes are kept; None keeps nothing.
        engine_factory: makes the engine in its thread, in place of the model's.
        with_ai: False runs without any model.
        log_file: named in the list of messages.
        notices: where messages go; None makes a place of the window's own.
        exams_root: the folder of all exams; None writes none.

    Returns:
        The application and the window. `window.show()`, then `app.exec()`; closing the window ends every
        thread.
    """
    application = QApplication.instance()
    if not isinstance(application, QApplication):
        application = QApplication(sys.argv[:1])
    application.setApplicationName("philtrum")
    application.setApplicationDisplayName("Philtrum")
    application.setStyle("Fusion")
    application.setPalette(dark_palette())
    application.setFont(load_fonts())
    application.setWindowIcon(QIcon(str(resource_path("icons", "philtrum.svg"))))
    set_language(chosen_language(language or settings.language))
    notices = notices or Notices()
    keeper = SettingsKeeper(settings, settings_path, notices)
    manifest = model_path or (Path(settings.model) if settings.model else None)
    factory = engine_factory or (lambda: load_engine(manifest))
    pipeline = Pipeline(factory if with_ai else None)
    # Kept beside the settings; without those, as in tests, nowhere.
    store = PresetStore(settings_path.with_name("regions.json")) if settings_path else None
    exams = None if exams_root is None else ExamStore(exams_root)
    window = MainWindow(pipeline, keeper, notices, RegionKeeper(store, notices), log_file, exams)
    pipeline.setParent(window)
    if not settings.ai_on:
        window.handlers.set_ai(False)
    _start_the_rest(window)
    if source_spec is not None:
        window.open_source(source_spec)
    else:
        window.shown_first.connect(window.reopen_picker_if_idle)
    window.resize(1600, 900)
    return application, window


def load_engine(manifest: Path | None) -> Engine:
    """The shipped model, or another; onnxruntime is imported here, in the thread that will use it.

    Raises:
        inference.manifest.ModelRefusedError: the model cannot be used.
    """
    from inference.engine import OnnxEngine

    return OnnxEngine.load(manifest or resource_path("models", "philtrum-standin.json"), anatomy=False)


def _start_the_rest(window: MainWindow) -> None:
    """Load the model and pyqtgraph, each in a thread, once a picture is on the screen.

    Both take half a second and more, most of it inside the interpreter's lock: begun earlier they would
    hold up the first picture by as much.
    """
    began_s = time.monotonic()

    def look() -> None:
        if window.closed:
            poll.stop()
            return
        painted = window.presenter.statistics.counts.shown > 0
        if not painted and time.monotonic() - began_s < REST_AFTER_S:
            return
        poll.stop()
        window.pipeline.start()
        importer = threading.Thread(target=importlib.import_module, name="import", args=("pyqtgraph",))
        importer.start()
        _when_ended(importer, window.timeline.build, window)

    poll = QTimer(window)
    poll.setInterval(20)
    poll.timeout.connect(look)
    poll.start()


def _when_ended(thread: threading.Thread, then: Callable[[], None], window: MainWindow) -> None:
    if window.closed:
        return
    if thread.is_alive():
        QTimer.singleShot(50, window, lambda: _when_ended(thread, then, window))
    else:
        then()
