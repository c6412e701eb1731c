"""Widgets that keep their value while another page is shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st
from streamlit.elements.lib.mutable_tab_container import TabContainer
from streamlit.runtime.scriptrunner import get_script_run_ctx

_SHOWN_ON = "shown_on"
"""Session state: by key, the page that showed the widget last."""


def remembered(widget: Any, key: str, default: Any, **arguments: Any) -> Any:
    """A keyed widget whose value stays for the whole visit, on every page that shows it; Streamlit itself forgets it.

    Args:
        widget: a function of Streamlit, such as `st.selectbox`.
        key: of the widget, the same on every page.
        default: its value before any choice, and where `options` no longer has the value that was chosen.
        arguments: of the widget.
    """
    name = f"kept_{key}"
    # What is set reaches the browser only in the run that sets it. If the next run overtakes that one, the browser
    # shows what the widget begins with, such as a slider from end to end of its scale or an empty box, and sends that
    # back. So these begin with the value in every run.
    if widget is st.slider:
        st.session_state[name] = st.slider(key=key, value=st.session_state.get(name, default), **arguments)
        return st.session_state[name]
    if arguments.get("accept_new_options"):
        st.session_state[name] = _box_with_new_options(widget, key, st.session_state.get(name, default), **arguments)
        return st.session_state[name]
    context = get_script_run_ctx()
    page = context.page_script_hash if context else ""
    shown_on: dict[str, str] = st.session_state.setdefault(_SHOWN_ON, {})
    value = st.session_state.get(key, st.session_state.get(name, default))
    available = _available(value, arguments)
    # On another page the widget is another one to Streamlit: it begins without a value, whatever its key holds. Where
    # nothing has changed it is left alone: what is set would undo a second quick press of the person.
    if key not in st.session_state or shown_on.get(key) != page or not available:
        st.session_state[key] = value if available else default
    shown_on[key] = page
    chosen = widget(key=key, **arguments)
    if chosen is None and arguments.get("required"):  # the browser has not heard of the value either, see above
        chosen = default if value is None or not available else value
    st.session_state[name] = chosen
    return chosen


def _box_with_new_options(widget: Any, key: str, value: Any, *, options: Sequence[Any], **arguments: Any) -> Any:
    """A selectbox that begins with the value, which is an option even where a person typed it."""
    if value is not None and value not in options:
        options = [*options, value]
    return widget(key=key, options=options, index=None if value is None else options.index(value), **arguments)


def kept(key: str) -> Any:
    """The value of a remembered widget that need not be shown now; None before it was shown."""
    return st.session_state.get(f"kept_{key}")


def _available(value: Any, arguments: dict[str, Any]) -> bool:
    """Whether a widget with these arguments can have the value."""
    if "options" not in arguments or value is None:
        return True
    return all(each in arguments["options"] for each in (value if isinstance(value, list) else [value]))


def remembered_tabs(names: Sequence[str], key: str) -> Sequence[TabContainer]:
    """Tabs, of which the one that was open last is open again."""
    tabs: list[TabContainer] = []

    def show(key: str, options: Sequence[str]) -> str | None:
        tabs.extend(st.tabs(options, key=key, on_change="rerun"))
        return next((name for name, tab in zip(options, tabs, strict=True) if tab.open), None)

    remembered(show, key, names[0], options=names)
    return tabs
