"""Charts in the theme's colours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st


def in_theme(chart: Mapping[str, Any]) -> dict[str, Any]:
    """A Vega-Lite chart whose text has the theme's colour, also once the browser changes from light to dark.

    Streamlit itself writes grey on a light background, with a contrast of 3.6:1, and black marks on a dark one. The
    chart becomes an SVG, as only there CSS chooses the colour.
    """
    colour = theme_colour("textColor")
    if colour is None:
        return dict(chart)
    names = {"labelColor": colour, "titleColor": colour}
    config = {"axis": names, "legend": names, "text": {"color": colour}} | dict(chart.get("config", {}))
    return {**chart, "config": config, "usermeta": {"embedOptions": {"renderer": "svg"}}}


def theme_colour(name: str) -> str | None:
    """A colour of the theme by its name in the configuration, in both themes; None without a theme of ours."""
    light, dark = (st.get_option(f"theme.{each}.{name}") for each in ("light", "dark"))
    return f"light-dark({light}, {dark})" if light and dark else None
