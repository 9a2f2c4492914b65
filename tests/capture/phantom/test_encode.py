from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from capture.phantom.encode import CODECS, made_from, told_by, write_clip
from capture.phantom.film import Film, Picture
from capture.phantom.recipe import Recipe

RECIPE = Recipe(2, view="lip", width=161, height=121, detail=0.5)


def frames_of(path: Path) -> list[np.ndarray[tuple[int, ...], np.dtype[np.uint8]]]:
    with av.open(str(path)) as container:
        return [np.asarray(f.to_ndarray(format="gray8"), np.uint8) for f in container.decode(video=0)]


@pytest.mark.parametrize("ending", CODECS)
def test_the_same_recipe_gives_the_same_frames(ending: str, tmp_path: Path) -> None:
    paths = [tmp_path / f"{name}{ending}" for name in "ab"]
    for path in paths:
        labels = write_clip([path], Film(RECIPE), 4)
        assert [label.index for label in labels] == [0, 1, 2, 3]
    one, two = (frames_of(path) for path in paths)
    assert len(one) == 4
    assert one[0].shape == (120, 160)
    assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))
    assert told_by(paths[0]) == made_from(RECIPE, 4)


def test_several_files_are_written_at_once(tmp_path: Path) -> None:
    paths = [tmp_path / "a.mkv", tmp_path / "a.dcm"]
    write_clip(paths, Film(RECIPE), 2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.dcm", "a.mkv"]
    assert told_by(paths[0]) == told_by(paths[1])


def test_an_interrupted_clip_leaves_nothing(tmp_path: Path) -> None:
    def stopped(pictures: Iterable[Picture]) -> Iterator[Picture]:
        for picture in pictures:
            yield picture
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_clip([tmp_path / "a.mp4", tmp_path / "a.dcm"], Film(RECIPE), 3, progress=stopped)
    assert list(tmp_path.iterdir()) == []


def test_strangers_tell_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"nothing")
    assert told_by(tmp_path / "a.mp4") is None
    assert told_by(tmp_path / "missing.mp4") is None


def test_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected a file ending in"):
        write_clip([tmp_path / "a.avi"], Film(RECIPE), 1)
