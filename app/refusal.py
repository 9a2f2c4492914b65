"""Bad input, told in one line."""

from __future__ import annotations


class Refusal(Exception):  # noqa: N818  a refusal is the user's to mend, not a fault of the program
    """What was asked for cannot be done; the message is one line in the user's words; exit status 2."""
