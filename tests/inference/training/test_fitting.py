from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from inference.training import data
from tests.inference.training.shards import write_shard

pytest.importorskip("torch", reason="needs the extra `training`")
pytestmark = pytest.mark.training


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> data.Dataset:
    folder: Path = tmp_path_factory.mktemp("frames")
    write_shard(folder, 300, 10)
    return data.load(folder)


def test_thresholds_stand_where_the_negatives_leave_them(frames: data.Dataset) -> None:
    from inference.training.evaluate import Answers
    from inference.training.fitting import fit

    draw = np.random.default_rng(1)
    logit = (3 * (draw.normal(0, 1, 300) + 2 * frames.labels["cleft"])).astype(np.float32)
    heat = np.where(frames.gaps > 0, 0.62, 0.41).astype(np.float32)
    got = Answers(logit, np.zeros((300, 3), np.float32), np.zeros(300, np.float32), heat)
    found = fit(got, frames)
    counts = frames.judged()
    negative = found.score(logit)[counts & (frames.labels["cleft"] == 0)]
    assert (negative < found.flag).mean() == pytest.approx(0.95, abs=0.02)
    assert (negative < found.look_again).mean() == pytest.approx(0.85, abs=0.02)
    assert found.look_again < found.release < found.flag
    assert found.frames == counts.sum()
    # Scores are as often right as they say.
    assert found.score(logit)[counts].mean() == pytest.approx(frames.labels["cleft"][counts].mean(), abs=0.01)
    # The level separates the gap from the rest: above 0.41, not above 0.62.
    assert 0.41 <= found.heat_threshold < 0.62


def test_too_few_frames_are_refused(frames: data.Dataset) -> None:
    from inference.training.evaluate import Answers
    from inference.training.fitting import fit

    few = data.Dataset(frames.pictures[:9], frames.gaps[:9], frames.parts[:9], frames.labels[:9])
    none = np.zeros(9, np.float32)
    with pytest.raises(ValueError, match="at least 10 judgeable calibration frames"):
        fit(Answers(none, np.zeros((9, 3), np.float32), none, np.zeros((9, 64, 64), np.float32)), few)
