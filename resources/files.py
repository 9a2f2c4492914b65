"""Where the shipped data lies, in a checkout, a wheel or a frozen program."""

from __future__ import annotations

from pathlib import Path

_ROOT = Path(__file__).resolve().parent


def resource_path(*parts: str) -> Path:
    """The path of a shipped file or folder.

    Raises:
        FileNotFoundError: nothing of that name ships.
    """
    path = _ROOT.joinpath(*parts)
    if not path.exists():
        raise FileNotFoundError(f"expected the shipped file {'/'.join(parts)}, found nothing there")
    return path
