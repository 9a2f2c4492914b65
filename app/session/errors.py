"""What may be wrong with exams on disk, in one line each."""

from __future__ import annotations


class SessionError(Exception):
    """An exam cannot be made, opened or read; the message is one line that a user understands."""
