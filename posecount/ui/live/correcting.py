"""Corrections on the Live page: "That was none" and "One was missed", which teach the dataset too."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st

from posecount.datasets.records import NewSample
from posecount.live.corrector import SessionCorrector
from posecount.live.session import LiveSession
from posecount.pose import LANDMARK_COUNT
from posecount.ui.access import workspace
from posecount.ui.current_dataset import choose_next, current_dataset
from posecount.ui.datasets.gallery import portrait_of
from posecount.ui.markdown import plain

_SHOWN, _WIDTH = 4, 110
"""Poses of each class that are drawn at most, and their width in pixels."""
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
    _show_learned(corrector.learned)


def _show_learned(samples: Sequence[NewSample]) -> None:
    """Draw the poses that the last correction has taught, so that a wrong one is seen and undone."""
    for name in dict.fromkeys(each.class_name for each in samples):
        own = [each for each in samples if each.class_name == name]
        st.caption(f"New samples of **{plain(name)}**: {len(own)}")
        with st.container(horizontal=True):
            for each in own[:: -(-len(own) // _SHOWN)]:
                visibility = np.ones(LANDMARK_COUNT, np.float32) if each.visibility is None else each.visibility
                st.image(
                    portrait_of(None, each.landmarks, visibility, above=False), width=_WIDTH, alt=f"A pose of {name}"
                )


def _correct(correction: Callable[[], str]) -> None:
    st.session_state[_SAID] = correction()
