"""What `demo`, `live` and the picker share: look at the machine, open log and settings, show the window."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from app.home import home_dir, settings_file
from app.refusal import Refusal
from app.settings import load_settings
from app.system_check import display_available, install_hint, missing_libraries

if TYPE_CHECKING:
    from app.main_window import MainWindow


def add_window_options(parser: argparse.ArgumentParser) -> None:
    """The options of every command that opens the window."""
    parser.add_argument("--model", type=Path, metavar="JSON", help="another model's manifest")
    parser.add_argument("--language", choices=("en", "zh"), help="of the window")
    parser.add_argument("--full-screen", action="store_true", help="fill the screen")
    parser.add_argument("--screen", type=int, default=0, metavar="N", help="which screen, from 0 (0)")
    parser.add_argument("--no-ai", action="store_true", help="the picture alone")
    parser.add_argument("--seconds", type=float, metavar="S", help="close again after so long")


def check_machine() -> None:
    """Refuse, in one line, where Qt would abort.

    Raises:
        Refusal: a system library is missing.
    """
    missing = missing_libraries()
    if missing:
        raise Refusal(install_hint(missing))


def check_display() -> None:
    """Refuse where nobody could see the window.

    Raises:
        Refusal: there is no screen.
    """
    if not display_available():
        raise Refusal(
            "expected a screen for the window, found none; `philtrum demo` renders into a film instead, "
            "`philtrum analyze` needs no screen"
        )


def check_model(path: Path | None) -> None:
    """A manifest named on the command line is looked at before any window opens.

    Raises:
        Refusal: it is not there or cannot be used.
    """
    if path is None:
        return
    from inference.manifest import ModelRefusedError, load_model

    try:
        load_model(path)
    except ModelRefusedError as error:
        raise Refusal(str(error)) from error


def run_window(spec: str | None, args: argparse.Namespace) -> int:
    """Show the window on a source, or on its picker, until it is closed.

    Args:
        spec: the source; None for the picker.
        args: with the options of `add_window_options`.

    Raises:
        Refusal: the machine lacks something, or the model is bad.
    """
    check_machine()
    check_display()
    check_model(args.model)
    from app.create import create_app
    from app.errors import CrashGuard, Notices, close_log, open_log

    settings, warnings = load_settings(settings_file())
    log_folder = home_dir() / "logs"
    handler = open_log(log_folder)
    notices = Notices()
    try:
        with CrashGuard(notices):
            application, window = create_app(
                settings,
                spec,
                args.model,
                args.language,
                settings_path=settings_file(),
                with_ai=not args.no_ai,
                log_file=str(log_folder / "philtrum.log"),
                notices=notices,
                exams_root=home_dir() / "exams",
            )
            for line in warnings:
                notices.tell(line, "warning")
            show(window, args.screen, args.full_screen or settings.full_screen)
            if args.seconds is not None:
                from PySide6.QtCore import QTimer

                QTimer.singleShot(round(args.seconds * 1000), window.close)
            status: int = application.exec()
    finally:
        close_log(handler)
    return status


def show(window: MainWindow, screen: int, full_screen: bool) -> None:
    """Put the window on a screen, as large as it will be used there."""
    from PySide6.QtGui import QGuiApplication

    screens = QGuiApplication.screens()
    target = screens[min(max(screen, 0), len(screens) - 1)]
    window.setGeometry(target.availableGeometry())
    if full_screen:
        window.actions_["full_screen"].setChecked(True)
        window.showFullScreen()
    else:
        window.showMaximized()
