"""Tools that other processes can make: films of a few frames, some of which kill whoever opens them."""

from __future__ import annotations

import os
import signal
from functools import partial
from pathlib import Path

from app.analyze.one import Tools
from app.commands.analyze import load_tools
from app.refusal import Refusal
from capture.open import open_source
from capture.source import FrameSource
from tests.app.commands.test_analyze import write_film

KILLERS = "kills"
"""A recording of this name kills its worker every time, `kills-once` the first time."""


def make_archive(folder: Path) -> Path:
    """Three good films, one of which kills its first worker, and an empty one."""
    for name, frames in (("a", 12), ("b", 7), ("kills-once", 9)):
        write_film(folder / f"{name}.mkv", frames)
    (folder / "empty.mp4").write_bytes(b"")
    return folder


def deadly_tools(manifest: str, died: Path) -> Tools:
    tools = load_tools(manifest, "cpu", None, threads=1)

    def open_deadly(spec: str) -> FrameSource:
        stem = Path(spec).stem
        if stem == KILLERS:
            with (died / "deaths").open("a") as file:
                file.write("x")
            os.kill(os.getpid(), signal.SIGKILL)
        if stem == "kills-once" and not (died / "once").exists():
            (died / "once").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return open_source(spec)

    return Tools(open_deadly, tools.engine, tools.make_reader, tools.facts, tools.model_key, tools.software)


def no_tools() -> Tools:
    raise Refusal("model.json: no such model")


def dead_tools() -> Tools:
    os._exit(7)


def maker(manifest: str, died: Path) -> partial[Tools]:
    died.mkdir(exist_ok=True)
    return partial(deadly_tools, manifest, died)


def bytes_of(out: Path) -> dict[str, bytes]:
    """Every file of every result but those that say how long it took."""
    return {
        str(path.relative_to(out)): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file() and path.name not in ("run.json", "loops.parquet", ".philtrum.lock")
    }
