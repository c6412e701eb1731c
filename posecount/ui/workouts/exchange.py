"""Export, import, and deletion of everything."""

from __future__ import annotations

import streamlit as st

from posecount.history.exchange import to_csv, to_json
from posecount.history.history import History
from posecount.ui.workouts.listing import OPENED, act

_UPLOAD_MB = 50


def show_exchange(history: History, number: int) -> None:
    """Downloads, an upload, and the end of everything."""
    with st.expander("Export, import and delete", icon=":material/import_export:"):
        if number:
            with st.container(horizontal=True):
                st.download_button(
                    "CSV", lambda: to_csv(history.workouts()), "workouts.csv", "text/csv",
                    icon=":material/table:", on_click="ignore",
                )  # fmt: skip
                st.download_button(
                    "JSON", lambda: to_json(history.workouts()), "workouts.json", "application/json",
                    icon=":material/data_object:", on_click="ignore",
                )  # fmt: skip
            st.caption("The CSV has one row per set. The JSON has everything and can be imported again.")
        file = st.file_uploader("Import workouts (JSON)", "json", max_upload_size=_UPLOAD_MB)
        if file and st.button("Import", icon=":material/upload:"):
            act(
                "Imported. Workouts that you already had were left as they are.",
                lambda: history.import_json(file.getvalue()),
            )
            st.rerun()
        if number:
            st.button("Delete everything…", icon=":material/delete_forever:", on_click=_ask)
    if st.session_state.pop("history_ask", False):
        _confirm(history, number)


def _ask() -> None:
    st.session_state["history_ask"] = True


@st.dialog("Delete everything?")
def _confirm(history: History, number: int) -> None:
    what = "1 workout" if number == 1 else f"All {number} workouts"
    st.write(
        f"{what} with all sets, repetitions, notes and corrections, your plans, and everything that could be undone, "
        "will be deleted for good. This cannot be undone. Your datasets stay."
    )
    with st.container(horizontal=True):
        icon = ":material/delete_forever:"
        if st.button("Delete everything for good", type="primary", icon=icon, on_click=_delete, args=(history,)):
            st.rerun()
        if st.button("Cancel"):
            st.rerun()


def _delete(history: History) -> None:
    act("Everything was deleted.", history.delete_everything)
    st.session_state[OPENED] = None
