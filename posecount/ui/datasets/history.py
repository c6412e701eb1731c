"""The history of a dataset, with a button to undo each action."""

from __future__ import annotations

import streamlit as st

from posecount.datasets.records import Action, count_of
from posecount.datasets.store import DatasetStore
from posecount.errors import PosecountError
from posecount.ui.markdown import plain

_MOST = 30


def show_history(store: DatasetStore) -> None:
    """The last actions, each with a button that undoes it; an undo can be undone too."""
    if said := st.session_state.pop("undo_said", None):
        (st.error if said[0] else st.success)(plain(said[1]))
    if store.read_only:
        return
    actions = store.history()
    if not actions:
        return
    with st.expander(f"History ({len(actions)})"):
        for action in actions[:_MOST]:
            words = f"{action.time:%d %b %H:%M}  {plain(action.words)}"
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"~~{words}~~" if action.undone else words, width="stretch")
                if not action.undone:
                    st.button("Undo", key=f"undo_{action.number}", on_click=_undo, args=(store, action))


def _undo(store: DatasetStore, action: Action) -> None:
    try:
        undone = store.undo(action)
    except PosecountError as error:
        st.session_state["undo_said"] = (True, str(error))
    else:
        parts = ((undone.count, "sample"), (undone.targets, "turning point"))
        what = " and ".join(count_of(*part) for part in parts if part[0])
        words = f"Undone: {what} changed back. {' '.join(undone.conflicts)}".strip()
        st.session_state["undo_said"] = (bool(undone.conflicts), words)
