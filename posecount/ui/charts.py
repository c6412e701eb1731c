"""Charts in the theme's colours."""

from __future__ import annotations

from typing import Any

import streamlit as st


def chart_config() -> dict[str, Any]:
    """The part ``config`` of a Vega-Lite chart: text in the theme's colour.

    Streamlit itself writes grey on a light background, with a contrast of 3.6:1, and black marks on a dark one.
    """
    colour = st.get_option(f"theme.{st.context.theme.type or 'light'}.textColor")
    if colour is None:
        return {}
    names = {"labelColor": colour, "titleColor": colour}
    return {"axis": names, "legend": names, "text": {"color": colour}}
