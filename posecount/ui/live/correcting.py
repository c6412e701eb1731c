"""Corrections on the Live page: "That was none" and "One was missed", which teach the dataset too."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from posecount.live.corrector import SessionCorrector
from posecount.live.session import LiveSession
from posecount.ui.access import workspace
from posecount.ui.current_dataset import choose_next, current_dataset
from posecount.ui.markdown import plain

_SAID = "correction_said"
"""Session state: what the last correction has done."""


def follow_copy(session: LiveSession | None) -> None:
    """Choose the copy of the starter dataset that a correction has made; call it before the dataset is chosen."""
    corrector = session.trainer.corrector if session else None
    if isinstance(corrector, SessionCorrector) and corrector.copied:
        choose_next(corrector.copied)
        corrector.copied = None


def take_corrections(session: LiveSession) -> None:
    """Let corrections of this session teach the dataset that is chosen; call it with every run of the page."""
    dataset = current_dataset() or ""
    corrector = session.trainer.corrector
    if isinstance(corrector, SessionCorrector):
        corrector.dataset = dataset
    else:
        session.trainer.corrector = SessionCorrector(session, workspace(), dataset)


def show_corrections(session: LiveSession, playing: bool) -> None:
    """Show the buttons, once there may be something to correct, and what the last one has done."""
    corrector, snapshot = session.trainer.corrector, session.snapshot
    if not isinstance(corrector, SessionCorrector) or not (playing or snapshot.frames or snapshot.repetitions):
        return
    with st.container(horizontal=True):
        st.button(
            "That was none", icon=":material/exposure_neg_1:", on_click=_correct, args=(corrector.none,), shortcut="n",
            help="The last repetition was none. posecount learns from it, so that the next one like it does not count.",
        )  # fmt: skip
        st.button(
            "One was missed", icon=":material/exposure_plus_1:", on_click=_correct, args=(corrector.missed,),
            shortcut="m",
            help="A repetition was not counted. posecount learns from it, so that the next one like it counts.",
        )  # fmt: skip
        if corrector.can_undo:
            st.button(
                "Undo correction", icon=":material/undo:", on_click=_correct, args=(corrector.undo,), shortcut="u"
            )
    if said := st.session_state.pop(_SAID, None):
        st.caption(plain(said))


def _correct(correction: Callable[[], str]) -> None:
    st.session_state[_SAID] = correction()
