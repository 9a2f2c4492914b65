from __future__ import annotations

from dataclasses import replace

import pytest

from capture.phantom.parameters import Domain, Tube
from capture.phantom.sampling import sample
from capture.phantom.sampling_plane import standard_plane
from capture.phantom.site import HABITS, NEAR_MM, fetus_of, frame_at, look_alikes, site_of


def test_a_site_has_habits_and_a_probe_and_sites_differ() -> None:
    sites = [site_of(number, 5, "train", 0.25) for number in range(22)]
    assert sites == [site_of(number, 5, "train", 0.25) for number in range(22)]
    assert len({site.name for site in sites}) == 22
    assert len({site.machine for site in sites}) == 22
    assert sum(site.style is not None for site in sites) == 5
    assert not any(site_of(number, 5, "train", 0).style for number in range(22))


def test_frames_of_a_site_share_its_machine_and_differ_in_the_rest() -> None:
    site, fetus = site_of(3, 5, "train", 0), fetus_of(77, "train", cleft=True)
    frames = [frame_at(site, fetus, seed) for seed in range(40, 56)]
    for habit in HABITS:
        assert {getattr(p.machine, habit) for p in frames} == {getattr(site.machine, habit)}
    assert len({p.machine.gain_db for p in frames}) == len(frames)
    assert len({p.view for p in frames}) > 1
    faces = [p for p in frames if p.view != "other"]
    assert {p.probe.kind for p in faces} == {site.probe.probe.kind}
    off = [abs(p.probe.radius_mm - site.probe.probe.radius_mm) for p in faces]
    assert sum(off) / len(off) < 4
    assert frames == [frame_at(site, fetus, seed) for seed in range(40, 56)]


def test_the_plane_lies_on_the_face_of_the_fetus_that_is_there() -> None:
    site, fetus = site_of(0, 1, "plain", 0), replace(fetus_of(5, "plain", cleft=False), scale=1.25)
    for seed in range(8):
        p = frame_at(site, fetus, seed, view="lip")
        assert replace(p.fetus, mouth_open_mm=fetus.mouth_open_mm) == fetus
        assert abs(p.pose.origin[2] - standard_plane(fetus, "lip")[2]) == pytest.approx(p.offset_mm)


@pytest.mark.parametrize("domain", ["train", "plain", "shift", "fresh"])
def test_fetuses_with_and_without_a_cleft(domain: Domain) -> None:
    for seed in range(10):
        assert fetus_of(seed, domain, cleft=True).cleft.kind != "none"
        assert fetus_of(seed, domain, cleft=False).cleft.kind == "none"


def test_a_zoomed_face_is_shown_where_one_is_asked_for() -> None:
    site, fetus = site_of(1, 1, "train", 0), fetus_of(5, "train", cleft=False)
    near = [frame_at(site, fetus, seed, view="lip", near=True).probe for seed in range(20)]
    assert all(probe.right_mm - probe.left_mm <= NEAR_MM for probe in near)


def test_look_alikes_are_named_where_they_are() -> None:
    p = sample(3, "plain", view="lip")
    x, y, z = p.pose.origin
    clean = replace(
        p,
        tilt_deg=3,
        fetus=replace(p.fetus, philtrum_mm=0.5, mouth_open_mm=0.2),
        machine=replace(p.machine, shadows=()),
        surround=replace(p.surround, pocket_mm=9, tubes=()),
    )
    assert look_alikes(clean) == ()
    across = Tube((x - 9, y, z - 3), (x + 9, y, z + 3), 1.5, "cord")
    far = Tube((x - 60, y, z + 40), (x - 50, y, z + 40), 1.5, "finger")
    crossed = replace(clean, surround=replace(clean.surround, tubes=(across, far)), tilt_deg=15)
    assert look_alikes(crossed) == ("oblique", "cord")
    assert look_alikes(replace(crossed, view="other")) == ()
    healed = replace(clean, fetus=replace(clean.fetus, scar_mm=-0.5), motion_mm=(0.0, 0.6, 0.0))
    assert look_alikes(healed) == ("motion", "scar")
