"""What the user chose, kept from one start to the next: versioned, tolerant of bad keys, written whole."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

RECENT_MOST = 12


class Settings(BaseModel):
    """Version 1. A field may be added with a default; what one means never changes within a version."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True, frozen=True)

    version: Literal[1] = 1
    language: Literal["auto", "en", "zh"] = "auto"
    heatmap: Literal["off", "contour", "fill"] = "contour"
    opacity: float = Field(default=0.55, ge=0.0, le=1.0)
    view: Literal["scan", "whole"] = "scan"
    ai_on: bool = True
    recording: Literal["exam", "clips", "off"] = "exam"
    """What of the video of a live exam is stored: all, +-1 s round flags and kept frames, or nothing."""
    reading: Literal["concurrent", "second-reader"] = "concurrent"
    """Whether the AI is seen while scanning, or hidden until the reader's own call is given."""
    operator: str = Field(default="", max_length=40)
    """Of the last exam; offered for the next."""
    preset: str = Field(default="", max_length=40)
    """Of the machine, likewise."""
    full_screen: bool = False
    model: str | None = None
    """Path of another model's manifest; None for the shipped one."""
    recent_sources: tuple[str, ...] = ()
    """Newest first."""
    keys: dict[str, str] = Field(default_factory=dict)
    """Action id to key where it differs from the table: {"keep_frame": "F2"}. An empty key unbinds."""
    pedals: dict[str, str] = Field(default_factory=dict)
    """Action id to pedal key, likewise; an empty key unbinds."""

    def with_recent(self, spec: str) -> Settings:
        """The same with `spec` as the newest source."""
        rest = [known for known in self.recent_sources if known != spec]
        return self.model_copy(update={"recent_sources": (spec, *rest)[:RECENT_MOST]})


def parse_settings(text: str) -> tuple[Settings, list[str]]:
    """Settings out of a file's text: what is good is kept, each bad or unknown key is dropped alone.

    Returns:
        The settings, and a warning for each key dropped.
    """
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError) as error:
        why = error.msg if isinstance(error, json.JSONDecodeError) else "no program writes such"
        return Settings(), [f"settings: expected JSON, got something else ({why}); defaults are used"]
    if not isinstance(raw, dict):
        return Settings(), [f"settings: expected a JSON object, got {type(raw).__name__}; defaults are used"]
    warnings: list[str] = []
    if isinstance(raw.get("version"), int) and raw["version"] > 1:
        warnings.append(
            f"settings: written by a newer version ({raw['version']}); what is understood is used"
        )
    good: dict[str, Any] = {}
    for key, value in raw.items():
        if key == "version":
            continue
        if key not in Settings.model_fields:
            warnings.append(f"settings: unknown key {key!r} dropped")
            continue
        try:
            good[key] = getattr(Settings.model_validate({key: value}), key)
        except ValidationError as error:
            warnings.append(f"settings: {key!r} dropped: {error.errors()[0]['msg']}")
    return Settings(**good), warnings


def load_settings(path: Path) -> tuple[Settings, list[str]]:
    """Settings from a file; defaults, with a warning, where it cannot be read. Never fails."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Settings(), []
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not text"
        return Settings(), [f"settings: cannot be read ({reason}); defaults are used"]
    settings, warnings = parse_settings(text)
    if warnings:
        _keep_aside(path, text)
    return settings, warnings


def save_settings(settings: Settings, path: Path) -> None:
    """Write the file whole or not at all.

    Raises:
        OSError: the folder cannot be written to; the old file is as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        with fresh.open("w", encoding="utf-8") as out:
            out.write(settings.model_dump_json(indent=2) + "\n")
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def _keep_aside(path: Path, text: str) -> None:
    """A copy of a file that was not fully understood, so that saving over it loses nothing."""
    try:
        path.with_name("settings.previous.json").write_text(text, encoding="utf-8")
    except OSError:
        return  # a folder that cannot be written to cannot lose the file either
