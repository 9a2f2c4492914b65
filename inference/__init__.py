"""What thinks: a model contract, the engine that runs it, and the path from predictions to evidence.

For research use, `from inference import Philtrum`; it is imported only when it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from inference.api import Philtrum

__all__ = ["Philtrum"]


def __getattr__(name: str) -> object:
    if name == "Philtrum":
        from inference.api import Philtrum

        return Philtrum
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
