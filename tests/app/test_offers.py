from __future__ import annotations

import threading

from app.offers import Offer, OfferScout, recent_offers, standing_offers
from capture.frame import Frame, Pixels
from capture.source import FrameSource, SourceError, UnreadableSourceError
from tests.app.window_fakes import FakeLive, open_fake

SIZE = (64, 36)


class Dead(FakeLive):
    """Opens, and never gives a picture."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = 0

    def read(self, timeout_s: float = 0.25) -> Frame | None:
        self.reads += 1
        return None


def scout(offers: list[Offer], **options: object) -> tuple[OfferScout, list[Offer], dict[str, Pixels]]:
    devices: list[Offer] = []
    seen: dict[str, Pixels] = {}
    made = OfferScout(offers, SIZE, devices.extend, seen.__setitem__, **options)  # type: ignore[arg-type]
    return made, devices, seen


def test_devices_and_previews_are_told() -> None:
    def find() -> list[Offer]:
        return [Offer("card:0", "HDMI 1", "Capture card")]

    made, devices, seen = scout([Offer("film.mp4", "film", "")], find=find, open_=open_fake)
    made.start()
    made.join(5)
    assert [offer.spec for offer in devices] == ["card:0"]
    assert set(seen) == {"film.mp4", "card:0"}
    assert all(pixels.shape == (36, 64, 4) and not pixels.flags.writeable for pixels in seen.values())
    assert all(pixels[..., :3].max() > 0 for pixels in seen.values())


def test_streams_are_not_opened_to_look_and_bad_sources_pass_silently() -> None:
    opened: list[str] = []

    def open_(spec: str) -> FrameSource:
        opened.append(spec)
        raise UnreadableSourceError("no")

    offers = [Offer(spec, spec, "") for spec in ("udp://1.2.3.4:5", "igtl://host", "gone.mp4", "screen:")]
    made, devices, seen = scout(offers, find=list, open_=open_)
    made.start()
    made.join(5)
    assert opened == ["gone.mp4", "screen:"]
    assert (devices, seen) == ([], {})


def test_a_dead_source_does_not_hold_up_the_others() -> None:
    dead = Dead()
    made, _, seen = scout(
        [Offer("card:9", "dead", ""), Offer("film.mp4", "film", "")],
        find=list,
        open_=lambda spec: dead if spec == "card:9" else open_fake(spec),
    )
    made.start()
    made.join(5)
    assert set(seen) == {"film.mp4"}
    assert 0 < dead.reads < 20


def test_a_search_that_fails_leaves_the_rest() -> None:
    def find() -> list[Offer]:
        raise SourceError("no back end")

    made, devices, seen = scout([Offer("film.mp4", "film", "")], find=find, open_=open_fake)
    made.start()
    made.join(5)
    assert devices == []
    assert set(seen) == {"film.mp4"}


def test_it_ends_when_told_to() -> None:
    found, go_on = threading.Event(), threading.Event()

    def find() -> list[Offer]:
        found.set()
        go_on.wait(5)
        return [Offer("card:0", "HDMI 1", "")]

    made, devices, seen = scout([Offer("film.mp4", "film", "")], find=find, open_=open_fake)
    made.start()
    assert found.wait(5)
    made.cancel()
    go_on.set()
    made.join(5)
    assert not made.is_alive()
    assert (devices, seen) == ([], {})


def test_what_is_always_there_is_not_offered_again_as_recent() -> None:
    assert [offer.spec for offer in standing_offers()] == ["demo", "phantom:"]
    recent = recent_offers(["demo", "/loops/case 7.mp4", "phantom:", "card:0"])
    assert [(offer.spec, offer.title) for offer in recent] == [
        ("/loops/case 7.mp4", "case 7.mp4"),
        ("card:0", "card:0"),
    ]


def test_it_ends_while_a_source_gives_no_picture() -> None:
    class Patient(Dead):
        def read(self, timeout_s: float = 0.25) -> Frame | None:
            made.cancel()
            return super().read(timeout_s)

    dead = Patient()
    made, _, _ = scout([Offer("dead.mp4", "dead", "")], find=list, open_=lambda spec: dead)
    made.start()
    made.join(5)
    assert (made.is_alive(), dead.reads) == (False, 1)
