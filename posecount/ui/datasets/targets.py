"""Choosing where a repetition of each exercise turns."""

from __future__ import annotations

import streamlit as st

from posecount.datasets.dataset import Exercise
from posecount.datasets.store import DatasetStore
from posecount.errors import PosecountError
from posecount.ui.markdown import plain

_PROBLEM = "target_problem"
"""Session state: why the last choice could not be stored."""


def show_targets(store: DatasetStore) -> None:
    """A choice of the turning point for each exercise of several classes."""
    exercises = [exercise for exercise in store.dataset.repeated if exercise.rest]
    if not exercises:
        return
    problem: str | None = st.session_state.pop(_PROBLEM, None)
    with st.expander("Turning points", icon=":material/u_turn_left:", expanded=bool(problem)):
        st.caption(
            "A repetition goes from the rest position to the turning point and back: squats turn at the bottom, "
            "jumping jacks with the arms up. With the wrong one, half the repetitions are missed. Where one of two "
            "classes shows you standing with your arms down, posecount suggests the other."
        )
        if problem:
            st.error(plain(problem))
        for exercise in exercises:
            _show_choice(store, exercise)


def _show_choice(store: DatasetStore, exercise: Exercise) -> None:
    states = sorted((exercise.target, *exercise.rest))
    key = f"target_{exercise.name}_{store.version}_{exercise.target}"  # another window, or an undo, may change it
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            plain(exercise.label),
            states,
            states.index(exercise.target),
            key=key,
            disabled=store.read_only,
            format_func=lambda state: f"turns at {state}" + (" (suggested)" if state == exercise.suggested else ""),
            on_change=_choose,
            args=(store, exercise.name, key),
        )


def _choose(store: DatasetStore, exercise: str, key: str) -> None:
    try:
        store.set_targets({exercise: st.session_state[key]})
    except PosecountError as error:
        st.session_state[_PROBLEM] = str(error)
