"""Headless analysis of recordings: rows, summary, key pictures and annotated film of every source; no Qt."""

from __future__ import annotations
