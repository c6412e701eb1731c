"""Text in charts has the colour of the theme that the browser shows."""

from types import SimpleNamespace

import pytest
import streamlit as st

from posecount.ui.charts import chart_config

COLOURS = {"theme.light.textColor": "#0d1613", "theme.dark.textColor": "#e8eef0"}


@pytest.mark.parametrize(("shown", "colour"), [("light", "#0d1613"), ("dark", "#e8eef0"), (None, "#0d1613")])
def test_text_in_a_chart_has_the_colour_of_the_theme_shown(
    monkeypatch: pytest.MonkeyPatch, shown: str | None, colour: str
) -> None:
    monkeypatch.setattr(st, "context", SimpleNamespace(theme=SimpleNamespace(type=shown)))
    monkeypatch.setattr(st, "get_option", COLOURS.get)
    config = chart_config()
    assert config["text"]["color"] == colour
    assert all(config[part][name] == colour for part in ("axis", "legend") for name in ("labelColor", "titleColor"))


def test_without_a_theme_of_ours_charts_keep_streamlit_s_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "context", SimpleNamespace(theme=SimpleNamespace(type="dark")))
    monkeypatch.setattr(st, "get_option", {}.get)
    assert chart_config() == {}
