"""Text in charts has the colour of the theme, in whichever the browser shows."""

import pytest
import streamlit as st

from posecount.ui.charts import in_theme

COLOURS = {"theme.light.textColor": "#0d1613", "theme.dark.textColor": "#e8eef0"}


def test_text_in_a_chart_has_the_colour_of_the_theme_that_the_browser_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "get_option", COLOURS.get)
    chart = in_theme({"mark": "bar", "config": {"view": {"stroke": None}}})
    both = "light-dark(#0d1613, #e8eef0)"
    config = chart["config"]
    assert config["text"]["color"] == both and config["view"] == {"stroke": None}
    assert all(config[part][name] == both for part in ("axis", "legend") for name in ("labelColor", "titleColor"))
    assert chart["usermeta"]["embedOptions"]["renderer"] == "svg", "a canvas does not know light-dark()"


def test_without_a_theme_of_ours_charts_keep_streamlit_s_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "get_option", {}.get)
    assert in_theme({"mark": "bar"}) == {"mark": "bar"}
