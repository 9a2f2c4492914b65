from __future__ import annotations

import struct
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import pytest

from capture.address import parse_host_port
from capture.devices import find_card, gives_pictures, list_cards, list_screens
from capture.source import UnreadableSourceError
from tests.capture.xvfb import Screen


def back_end(monkeypatch: pytest.MonkeyPatch, platform: str, *devices: tuple[str, str]) -> list[str]:
    """Let a system have these devices (name, description); the back ends that were asked."""
    asked: list[str] = []

    def enumerate_input_devices(format_name: str) -> list[Any]:
        asked.append(format_name)
        return [
            SimpleNamespace(name=n, description=d, is_default=False, media_types=["video"])
            for n, d in devices
        ]

    monkeypatch.setattr("sys.platform", platform)
    monkeypatch.setattr("capture.devices.av.device.enumerate_input_devices", enumerate_input_devices)
    return asked


def querycap(monkeypatch: pytest.MonkeyPatch, own: dict[str, int]) -> None:
    """Let VIDIOC_QUERYCAP answer with these own capabilities for each node."""
    nodes: dict[int, str] = {}

    def open_(path: str, flags: int) -> int:
        nodes[len(nodes) + 100] = path
        return len(nodes) + 99

    def ioctl(node: int, request: int, buffer: bytes) -> bytes:
        assert request == 0x80685600 and len(buffer) == 104
        head = struct.pack("=16s32s32sI", b"uvcvideo", b"Grabby HD", b"usb-1", 0x60000)
        return head + struct.pack("=II12x", 0x84A00001, own[nodes[node]])

    monkeypatch.setattr("capture.devices.os.open", open_)
    monkeypatch.setattr("capture.devices.os.close", lambda node: None)
    monkeypatch.setattr("fcntl.ioctl", ioctl)


def test_the_metadata_node_of_a_usb_card_is_no_card(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = back_end(monkeypatch, "linux", ("/dev/video0", "Grabby HD"), ("/dev/video1", "Grabby HD"))
    querycap(monkeypatch, {"/dev/video0": 0x04200001, "/dev/video1": 0x04A00000})
    assert [(card.spec, card.name) for card in list_cards()] == [("card:0", "Grabby HD")]
    assert asked == ["v4l2"]


def test_a_node_that_cannot_be_opened_is_listed_all_the_same(tmp_path: Path) -> None:
    assert gives_pictures(str(tmp_path / "busy"))
    no_device = tmp_path / "file"
    no_device.touch()
    assert not gives_pictures(str(no_device))


def test_cards_are_found_by_number_path_name_and_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    back_end(monkeypatch, "linux", ("/dev/video0", "Integrated Camera"), ("/dev/video2", "Grabby HD"))
    querycap(monkeypatch, {"/dev/video0": 0x1, "/dev/video2": 0x1})
    for name in ("2", "/dev/video2", "Grabby HD", "grabby"):
        card = find_card(name)
        assert card is not None and (card.spec, card.url) == ("card:2", "/dev/video2")
    assert find_card("1") is None and find_card("Blaster") is None


def test_windows_numbers_cards_by_their_place(monkeypatch: pytest.MonkeyPatch) -> None:
    back_end(monkeypatch, "win32", ("@device_a", "Camera"), ("@device_b", "Grabby HD"))
    card = find_card("1")
    assert card is not None and (card.url, card.index) == ("@device_b", 1)
    assert [screen.spec for screen in list_screens()] == ["screen:"]


def test_macos_keeps_cards_and_screens_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    back_end(monkeypatch, "darwin", ("0", "FaceTime HD"), ("1", "Capture screen 0"))
    assert [card.name for card in list_cards()] == ["FaceTime HD"]
    assert [(screen.spec, screen.name) for screen in list_screens()] == [("screen:0", "Capture screen 0")]


def test_a_back_end_that_cannot_list_has_no_cards(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(format_name: str) -> list[Any]:
        raise av.error.NotImplementedError(38, "Function not implemented")

    monkeypatch.setattr("capture.devices.av.device.enumerate_input_devices", fail)
    assert list_cards() == []
    monkeypatch.setattr("sys.platform", "freebsd14")
    assert list_cards() == []


def test_the_screen_of_this_display(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    try:
        monkeypatch.setenv("DISPLAY", screen.display)
        monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
        assert [(each.spec, each.note, each.available) for each in list_screens()] == [
            ("screen:", "320x240", True)
        ]
    finally:
        screen.close()
    assert not list_screens()[0].available
    monkeypatch.delenv("DISPLAY")
    assert list_screens() == []


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("10.0.0.5", ("10.0.0.5", 18944)),
        ("plus.local:18945", ("plus.local", 18945)),
        ("igtl://host:1/", ("host", 1)),
        ("[fe80::1]:9", ("fe80::1", 9)),
    ],
)
def test_addresses(text: str, address: tuple[str, int]) -> None:
    assert parse_host_port(text) == address


@pytest.mark.parametrize("text", ["", ":5", "host:0", "host:99999", "user@host", "host/path", "two words"])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(UnreadableSourceError, match="expected an address"):
        parse_host_port(text)
