"""Answers of a peer in words. Codes: PS3.4 annexes B, C, J and K; PS3.7 annex C; PS3.8 table 9-21."""

from __future__ import annotations

SUCCESS = 0x0000
CANCELLED = 0xFE00
OUT_OF_RESOURCES = 0xA700
NOT_ITS_CLASS = 0xA900
CANNOT_UNDERSTAND = 0xC000

_EXACT = {
    0x0105: "it knows no such attribute",
    0x0106: "it found a value invalid",
    0x0107: "it does not know all attributes",
    0x0110: "it failed while processing",
    0x0111: "it has that object already",
    0x0112: "it has no such object",
    0x0117: "it found the object's number invalid",
    0x0118: "it does not know this kind of object",
    0x0119: "the object and its class do not agree",
    0x0120: "it misses a value",
    0x0122: "it does not store this kind of object",
    0x0124: "it does not allow us to",
    0x0131: "it would need more of the transaction",
    0x0210: "it has the same message twice",
    0x0211: "it does not know the operation",
    0x0212: "it misunderstood the operation",
    0x0213: "it is short of resources",
    0xA700: "it is out of room or memory",
    0xA701: "it cannot count what matches: out of room or memory",
    0xA702: "it cannot send: out of room or memory",
    0xA801: "it does not know where to send: our AE title and address must be entered there",
    0xFE00: "it was cancelled",
}
_PERMANENT = {0x0106, 0x0111, 0x0117, 0x0118, 0x0119, 0x0120, 0x0122}


def is_pending(status: int) -> bool:
    return status in (0xFF00, 0xFF01)


def is_good(status: int) -> bool:
    """Done, even if with a warning: 0x0001, 0x0107, 0x0116 and 0xBxxx."""
    return status in (SUCCESS, 0x0001, 0x0107, 0x0116) or status >> 12 == 0xB


def status_words(status: int) -> str:
    """What went wrong, with the code for whoever runs the peer."""
    if status in _EXACT:
        words = _EXACT[status]
    elif status >> 8 == 0xA7:
        words = _EXACT[0xA700]
    elif status >> 8 == 0xA9:
        words = "it says that the data do not fit their class"
    elif status >> 12 == 0xC:
        words = "it cannot understand the data"
    elif status >> 12 == 0xB:
        words = "it did it with a warning"
    else:
        words = "it failed"
    return f"{words} (status {status:04X})"


def may_help_again(status: int) -> bool:
    """Whether the same request may succeed later."""
    return not (status in _PERMANENT or status >> 8 == 0xA9 or status >> 12 == 0xC)


def rejection_words(source: int | None, reason: int | None, own_title: str, title: str) -> str:
    """Why an association was refused."""
    known = {
        (1, 2): "it does not speak our protocol",
        (1, 3): f"it does not know our AE title {own_title}: enter it there",
        (1, 7): f"its AE title is not {title}",
        (2, 2): "it does not speak our version of the protocol",
        (3, 1): "it is busy",
        (3, 2): "it has too many connections already",
    }
    return known.get((source or 0, reason or 0), "it gave no reason")
