"""Both themes are designed: the contrast of what people read reaches WCAG 2.2's level AA."""

import re
import tomllib
from typing import Any

import pytest

from posecount.ui.navigation import _STYLE
from tests.conftest import ROOT

THEME: dict[str, Any] = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"]
TEXT, GRAPHICS = 4.5, 3.0
"""The contrasts that WCAG 2.2 asks for: success criteria 1.4.3 and 1.4.11."""
Colour = tuple[float, float, float]


def colour(text: str) -> Colour:
    red, green, blue = (int(text[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue


def luminance(rgb: Colour) -> float:
    red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Colour, other: Colour) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def over(top: Colour, bottom: Colour, opacity: float) -> Colour:
    red, green, blue = (a * opacity + b * (1 - opacity) for a, b in zip(top, bottom, strict=True))
    return red, green, blue


@pytest.fixture(params=["light", "dark"])
def theme(request: pytest.FixtureRequest) -> dict[str, Any]:
    return dict(THEME[request.param])


@pytest.fixture
def backgrounds(theme: dict[str, Any]) -> list[Colour]:
    names = ("backgroundColor", "secondaryBackgroundColor")
    return [colour(each[name]) for each in (theme, theme["sidebar"]) for name in names if name in each]


def test_the_browser_chooses_the_theme() -> None:
    assert "base" not in THEME and not {"backgroundColor", "textColor"} & set(THEME)


def test_text_is_readable_on_every_background(theme: dict[str, Any], backgrounds: list[Colour]) -> None:
    for background in backgrounds:
        text, link = colour(theme["textColor"]), colour(theme["linkColor"])
        # Streamlit shows captions and the pages' icons at 60 % opacity.
        assert contrast(over(text, background, 0.6), background) >= TEXT
        assert contrast(link, background) >= TEXT


def test_a_chosen_pill_and_a_primary_button_are_readable(theme: dict[str, Any], backgrounds: list[Colour]) -> None:
    primary = colour(theme["primaryColor"])
    for background in backgrounds:
        assert contrast(primary, over(primary, background, 0.2)) >= TEXT  # the tint of a chosen pill
    choices = re.search(r"light-dark\((#\w{6}), (#\w{6})\)", _STYLE)
    assert choices
    assert contrast(colour(choices[1 if theme == THEME["light"] else 2]), primary) >= TEXT


def test_charts_have_a_visible_colour_for_each_class_of_the_starter_dataset(theme: dict[str, Any]) -> None:
    colours = theme["chartCategoricalColors"]
    assert len(set(colours)) == len(colours) >= len(list((ROOT / "samples" / "starter").glob("*.csv")))
    assert all(contrast(colour(each), colour(theme["backgroundColor"])) >= GRAPHICS for each in colours)


def test_text_is_readable_on_every_cell_of_a_table_of_shares(theme: dict[str, Any]) -> None:
    colours = theme["chartSequentialColors"]
    assert len(colours) == 10, "Streamlit ignores any other number"
    assert all(contrast(colour(theme["textColor"]), colour(each)) >= TEXT for each in colours)
