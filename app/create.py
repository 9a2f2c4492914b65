"""The one way to make the window: for the user, the tests and the benchmark alike."""

from __future__ import annotations

import sys
import threading
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
from app.settings import Settings
from app.settings_keeper import SettingsKeeper
from app.theme import dark_palette, load_fonts
from capture.region.presets import PresetStore
from inference.engine import Engine
from resources.files import resource_path

EngineFactory = Callable[[], Engine]


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
    window = MainWindow(pipeline, keeper, notices, RegionKeeper(store, notices), log_file)
    pipeline.setParent(window)
    if not settings.ai_on:
        window.handlers.set_ai(False)
    pipeline.start()
    window.shown_first.connect(lambda: _after_first_paint(window))
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

    return OnnxEngine.load(manifest or resource_path("models", "philtrum-standin.json"))


def _after_first_paint(window: MainWindow) -> None:
    """Import pyqtgraph (half a second) in a thread, while the first frames are painted already."""

    def import_it() -> None:
        import pyqtgraph  # noqa: F401  imported for those who come after

    importer = threading.Thread(target=import_it, name="import")
    importer.start()

    def build_when_ready() -> None:
        if importer.is_alive():
            QTimer.singleShot(50, window, build_when_ready)
        else:
            window.timeline.build()

    build_when_ready()
