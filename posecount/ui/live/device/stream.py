"""The Live page's stream where the person's own device tracks."""

from __future__ import annotations

import streamlit as st

from posecount.errors import PosecountError
from posecount.live.session import LiveSession
from posecount.ui.choices import chosen_variant, load_browser_files
from posecount.ui.live.camera_check import show_camera_check
from posecount.ui.live.device.component import show_component
from posecount.ui.live.device.pictures import has_agreed
from posecount.ui.live.full import show_full
from posecount.ui.live.serving import renew_socket, socket_token
from posecount.ui.live.tracking_choice import track_on
from posecount.ui.markdown import plain

_RATE = 15
"""Frames a second. More cost the device more, and count no better."""


def show_device_stream(session: LiveSession, chosen: bool) -> bool:
    """Show the picture with its controls, which live in the browser; return whether it plays.

    Args:
        session: counts what the device sends.
        chosen: whether the person has chosen to track there.
    """
    capacity = session.capacity
    capacity.release_unused()
    if capacity.is_full(session, "device"):
        show_full(session, "device", capacity.refusal("device"))
        return False
    try:
        load_browser_files()
    except PosecountError as error:
        st.error(plain(str(error)))
        return False
    session.expect_rate(_RATE)
    above = st.container()
    told = show_component(
        "device",
        socket_token(),
        session.settings.model,
        chosen_variant(),
        mirror=session.settings.mirror,
        rate=_RATE,
        chosen=chosen,
        pictures=has_agreed(),
        on_instead=lambda: track_on("server"),
        on_stranger=renew_socket,
    )
    with above:
        show_camera_check(None, told)
    return told
