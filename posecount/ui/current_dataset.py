"""The dataset that every page is about: choosing it, and opening it."""

from __future__ import annotations

import streamlit as st

from posecount.datasets.store import DatasetStore
from posecount.datasets.workspace import STARTER, Workspace
from posecount.ui.markdown import plain
from posecount.ui.remembered import remembered

_WIDGET = "dataset_name"
_KEPT = f"kept_{_WIDGET}"
"""Session state: the choice outlives pages that do not show its widget."""
_NEXT = "choose_next"
_ADDRESS = "dataset"
"""The parameter of a page's address that brings the choice back after a reload; none for the starter."""


def current_dataset() -> str | None:
    """The name of the dataset that was chosen last, on whichever page."""
    name: str | None = st.session_state.get(_KEPT)
    return name


def choose_next(name: str) -> None:
    """Choose a dataset, from a callback: the widget takes it up in the page's next run."""
    st.session_state[_NEXT] = name


def choose_dataset(workspace: Workspace) -> str | None:
    """Choose a dataset by name; None if there is none. It stays chosen when the page is reloaded."""
    names = workspace.names()
    addressed = st.query_params.get(_ADDRESS)
    wanted = st.session_state.pop(_NEXT, None)
    if wanted in names:
        st.session_state[_WIDGET] = wanted
    name: str | None = remembered(
        st.selectbox,
        _WIDGET,
        addressed
        if addressed in names
        else names[0]
        if names
        else None,  # also where the chosen one was renamed or deleted
        label="Dataset",
        options=names,
        format_func=lambda name: "Starter dataset (read-only)" if name == STARTER else name,
    )
    if name in (None, STARTER):
        st.query_params.pop(_ADDRESS, None)
    elif name != addressed:
        st.query_params[_ADDRESS] = name
    return name


def open_dataset(workspace: Workspace, name: str) -> DatasetStore:
    """Open a dataset; list what was repaired after edits by hand, or say why it cannot be changed.

    Raises:
        DatasetError: if it cannot be opened.
    """
    store = workspace.open(name)
    if name == STARTER:
        return store
    if store.read_only:
        for line in store.report:
            st.warning(plain(line))
        return store
    reports: dict[str, tuple[str, ...]] = st.session_state.setdefault("dataset_reports", {})
    dismissed: dict[str, tuple[str, ...]] = st.session_state.setdefault("dismissed_reports", {})
    if store.report and store.report != dismissed.get(name):  # it is found again until the first edit
        reports[name] = store.report
    if report := reports.get(name):
        corrections = "1 correction" if len(report) == 1 else f"{len(report)} corrections"
        with st.expander(f"Files were edited by hand: {corrections}", expanded=True):
            st.markdown("\n".join(f"- {plain(line)}" for line in report[:50]))
            if st.button("Dismiss", key="dismiss_report"):
                dismissed[name] = store.report
                del reports[name]
                st.rerun()
    return store
