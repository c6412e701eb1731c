"""The list of workouts: open one, or merge and delete some."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

import streamlit as st

from posecount.errors import PosecountError
from posecount.history.history import History
from posecount.history.records import WorkoutSummary
from posecount.ui.workouts.amounts import in_words, seconds_in_words

OPENED = "history_opened"
"""Session state: the key of the workout that is open."""
_SAID, _PAGE = "history_said", "history_page"
_ROWS = 50


def show_list(history: History, workouts: Sequence[WorkoutSummary]) -> None:
    """The workouts, the last one first, and what can be done with those that are selected."""
    st.header("Workouts", anchor=False)
    newest = list(reversed(workouts))
    pages = -(-len(newest) // _ROWS)
    table, controls = st.container(), st.container(horizontal=True, vertical_alignment="bottom")
    with controls:
        page = st.number_input(f"Page of {pages}", 1, pages, key=_PAGE, width=140) - 1 if pages > 1 else 0
    shown = newest[page * _ROWS : (page + 1) * _ROWS]
    chosen = table.dataframe(
        [
            {
                "Day": date.fromisoformat(each.day),
                "What": in_words(each) or "no sets",
                "Duration": seconds_in_words(each.ended - each.started),
                "Name": each.name,
            }
            for each in shown
        ],
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        key=f"history_list_{page}_{'-'.join(each.key[:4] for each in shown[:1])}_{len(newest)}",
        column_config={
            "Day": st.column_config.DateColumn(format="ddd, D MMM YYYY"),
            "What": st.column_config.TextColumn(width="large"),
        },
        alt="Workouts, the last one first",
    )
    keys = [shown[row].key for row in chosen["selection"]["rows"] if row < len(shown)]
    with controls:
        st.button(
            "Open", icon=":material/open_in_new:", disabled=len(keys) != 1,
            on_click=lambda: st.session_state.update({OPENED: keys[0]}),
        )  # fmt: skip
        st.button("Merge", icon=":material/merge:", disabled=len(keys) < 2, on_click=_merge, args=(history, keys))
        st.button(
            "Delete", icon=":material/delete:", disabled=not keys, on_click=act,
            args=(f"Deleted {len(keys)}.", lambda: history.delete(keys)),
        )  # fmt: skip
    if not keys:
        st.caption(
            "Select a workout to open it, or several to merge or delete them. By keyboard: arrows, then Shift+Space."
        )


def show_said() -> None:
    """What `act` has just done, or why it could not."""
    if said := st.session_state.pop(_SAID, None):
        (st.error if said[0] else st.success)(said[1])


def show_undo(history: History) -> None:
    """What has just been done, and the button that undoes the last edit."""
    show_said()
    changes = history.changes()
    if changes:
        st.button(
            f"Undo: {changes[0].what[0].lower()}{changes[0].what[1:]}", icon=":material/undo:", on_click=act,
            args=("Undone.", history.undo),
        )  # fmt: skip


def act(said: str, edit: Callable[[], object]) -> None:
    """Carry out an edit, and keep what to say about it for the next run of the page."""
    try:
        edit()
    except PosecountError as error:
        st.session_state[_SAID] = True, str(error)
    else:
        st.session_state[_SAID] = False, said


def _merge(history: History, keys: Sequence[str]) -> None:
    act(f"Merged {len(keys)} workouts.", lambda: st.session_state.update({OPENED: history.merge(keys)}))
