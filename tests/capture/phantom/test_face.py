from __future__ import annotations

import numpy as np
import pytest

from capture.phantom.face import (
    STEP_MM,
    U_MM,
    V_LOW_MM,
    build_face,
    chin_length_mm,
    cleft_lines,
    philtrum_length_mm,
    scar_line,
)
from capture.phantom.parameters import Cleft, Fetus


def at(fetus: Fetus, u: float, v: float) -> float:
    skin = build_face(fetus).skin[..., 0]
    return float(skin[round((v - V_LOW_MM) / STEP_MM), round((u + U_MM) / STEP_MM)])


@pytest.mark.parametrize(
    ("weeks", "philtrum", "chin"), [(18, 4.4, 9.3), (20, 5.0, 10.9), (22, 5.5, 12.4), (24, 6.1, 13.8)]
)
def test_lengths_follow_gestational_age(weeks: float, philtrum: float, chin: float) -> None:
    assert philtrum_length_mm(weeks) == pytest.approx(philtrum, abs=0.06)
    assert chin_length_mm(weeks) == pytest.approx(chin, abs=0.06)


def test_a_face_has_relief() -> None:
    fetus = Fetus(seed=1)
    lip, nose = philtrum_length_mm(22), build_face(fetus).nose_v_mm
    assert at(fetus, 0, nose) > at(fetus, 0, 0.45 * lip)
    assert at(fetus, 2.5, 0.5 * lip) > at(fetus, 2.5, 0.0) + 2
    assert at(fetus, 2.15, nose - 1.5) < at(fetus, 0, nose - 1.5) - 3
    assert at(fetus, 22, 3) < 0


@pytest.mark.parametrize(
    ("kind", "count", "side"),
    [("uni_left", 1, 1), ("uni_right", 1, -1), ("bilateral", 2, 0), ("median", 1, 0), ("none", 0, 0)],
)
def test_clefts_lie_where_their_name_says(kind: str, count: int, side: int) -> None:
    lines = cleft_lines(Fetus(seed=1, cleft=Cleft(kind, "lip", 4.0)), 5.5)  # type: ignore[arg-type]
    assert len(lines) == count
    assert np.sign(sum(line[0] for line in lines)) == side


@pytest.mark.parametrize("kind", ["uni_left", "uni_right", "median"])
def test_a_cleft_cuts_the_lip(kind: str) -> None:
    fetus = Fetus(seed=4, cleft=Cleft(kind, "lip", 4.0))  # type: ignore[arg-type]
    face = build_face(fetus)
    cut = face.skin[..., 1] - face.skin[..., 0]
    v, u = np.unravel_index(int(np.argmax(cut)), cut.shape)
    assert cut.max() > 2.5
    assert abs(u * STEP_MM - U_MM) < 6
    assert -1 < v * STEP_MM + V_LOW_MM < face.nose_v_mm
    whole = build_face(Fetus(seed=4)).skin
    assert np.abs(whole[..., 0] - whole[..., 1]).max() == 0


def test_a_notch_is_low_and_shallow() -> None:
    notch = build_face(Fetus(seed=4, cleft=Cleft("notch", "lip", 2.0, 0.4, 1.0)))
    full = build_face(Fetus(seed=4, cleft=Cleft("uni_left", "lip", 4.0)))
    lost = [float((f.skin[..., 1] - f.skin[..., 0]).sum()) for f in (notch, full)]
    assert 0 < lost[0] < 0.35 * lost[1]


def test_an_isolated_cleft_palate_leaves_the_face_whole() -> None:
    torn = Fetus(seed=4, cleft=Cleft("median", "isolated", 5.0))
    assert cleft_lines(torn, 5.5) == []
    assert np.array_equal(build_face(torn).skin, build_face(Fetus(seed=4)).skin)


@pytest.mark.parametrize("scar_mm", [0.8, -0.8])
def test_a_healed_cleft_leaves_a_groove_on_its_side(scar_mm: float) -> None:
    plain, healed = Fetus(seed=4), Fetus(seed=4, scar_mm=scar_mm)
    lip = build_face(plain).lip_mm
    u = float(scar_line(healed, lip, np.array([0.5 * lip], np.float32))[0])
    assert np.sign(u) == np.sign(scar_mm)
    assert at(plain, u, 0.5 * lip) - at(healed, u, 0.5 * lip) == pytest.approx(abs(scar_mm), rel=0.2)
    assert at(plain, -u, 0.5 * lip) == pytest.approx(at(healed, -u, 0.5 * lip), abs=0.01)
