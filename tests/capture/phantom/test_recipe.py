from __future__ import annotations

import pytest

from capture.phantom.recipe import Recipe, detail_for, read_recipe


@pytest.mark.parametrize(
    "recipe",
    [
        Recipe(),
        Recipe(7, "bilateral", "alveolus", age=21.5, view="lip_to_palate", hand="fellow", speed=18.0),
        Recipe(1, style="e", callipers=True, difficulty=0.35, zoom=1.2, start=2.5, clock=60.0, take=3),
    ],
)
def test_its_words_are_read_back(recipe: Recipe) -> None:
    words = dict(pair.split("=") for pair in recipe.text().split("&"))
    assert read_recipe(words) == recipe


@pytest.mark.parametrize(
    "words",
    [
        {"style": "z"},
        {"view": "moon"},
        {"hand": "robot"},
        {"age": "12"},
        {"speed": "fast"},
        {"callipers": "perhaps"},
        {"take": "-1"},
        {"size": "big"},
        {"colour": "1"},
    ],
)
def test_nonsense_is_refused(words: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="expected"):
        read_recipe(words)


def test_larger_screens_get_more_detail() -> None:
    assert detail_for(120) < detail_for(960) < detail_for(2000)
