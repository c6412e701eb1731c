"""What the Live page shows in place of the picture while no place is free."""

from __future__ import annotations

import streamlit as st

from posecount.live.server.capacity import Kind
from posecount.live.session import LiveSession
from posecount.ui.live.tracking_choice import track_on

_TRY_AGAIN_S = 5.0
_OTHER: dict[Kind, tuple[Kind, str, str]] = {
    "server": ("device", "Track on this device instead", ":material/devices:"),
    "device": ("server", "Track on the server instead", ":material/dns:"),
}


def show_full(session: LiveSession, kind: Kind, refusal: str) -> None:
    """Say that no place of this kind is left, offer one of the other where there is one, and look again by itself."""
    st.fragment(_show, run_every=_TRY_AGAIN_S)(session, kind, refusal)


def _show(session: LiveSession, kind: Kind, refusal: str) -> None:
    capacity = session.capacity
    st.warning(refusal, icon=":material/groups:")
    capacity.release_unused()
    if st.button("Try again", icon=":material/refresh:") or not capacity.is_full(session, kind):
        st.rerun()
    other, words, icon = _OTHER[kind]
    # The callback runs before the page, where no widget keeps the choice yet.
    if not capacity.is_full(session, other) and st.button(words, icon=icon, on_click=track_on, args=(other,)):
        st.rerun()
    st.caption("Retrying automatically every few seconds.")
