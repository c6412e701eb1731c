"""Where a person is tracked: by this server, or by their own device."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import get_args

import streamlit as st

from posecount.errors import PosecountError
from posecount.live.server.capacity import Kind
from posecount.ui.remembered import remembered

TRACKING_VARIABLE = "POSECOUNT_TRACKING"
"""Where people are tracked unless they choose: ``server`` or ``device``."""

_KEY, _CHOSEN = "tracking", "tracking_chosen"
_COOKIE = "posecount_tracking"
"""Written by the component when a person chooses, for their next visit."""
_LABELS = {"server": "the server", "device": "this device"}
_ABOUT = {
    "server": "The video goes to the server, which tracks you. This works on slow devices too.",
    "device": "No picture leaves this device. A slow device may miss repetitions.",
}


def choose_tracking(disabled: bool) -> tuple[Kind, bool]:
    """Show the choice; return it, and whether the person has made it.

    Args:
        disabled: whether a stream plays, which would break off.

    Raises:
        PosecountError: if `TRACKING_VARIABLE` is not as expected.
    """
    kind: Kind = remembered(
        st.segmented_control,
        _KEY,
        _default(os.environ),
        label="Track on",
        options=get_args(Kind),
        format_func=_LABELS.get,
        required=True,
        disabled=disabled,
        on_change=_choose,
    )
    st.caption(_ABOUT[kind])
    return kind, bool(st.session_state.get(_CHOSEN))


def tracked_on() -> Kind:
    """Where the person is tracked at present."""
    return "device" if st.session_state.get(_KEY) == "device" else "server"


def track_on(kind: Kind) -> None:
    """Choose for the person, who has pressed a button that says so."""
    st.session_state[_KEY] = kind
    _choose()


def _choose() -> None:
    st.session_state[_CHOSEN] = True


def _default(environment: Mapping[str, str]) -> Kind:
    configured = environment.get(TRACKING_VARIABLE, "").strip() or "server"
    if configured not in get_args(Kind):
        raise PosecountError(
            f"{TRACKING_VARIABLE} is {configured[:20]!r}. Try: set it to server or device, or unset it."
        )
    kept = st.context.cookies.get(_COOKIE)
    if kept in get_args(Kind):
        return "device" if kept == "device" else "server"
    return "device" if configured == "device" else "server"
