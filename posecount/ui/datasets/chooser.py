"""Choosing a dataset of the workspace, and making, renaming, copying and deleting them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from posecount.datasets.store import DatasetStore
from posecount.datasets.workspace import STARTER, Deleted, Workspace
from posecount.errors import PosecountError

CHOSEN = "dataset_name"
"""Session state: the dataset that all pages speak of; kept when a page without its widget is shown."""


def choose_dataset(workspace: Workspace, label: str = "Dataset") -> str | None:
    """Choose a dataset by name; None where there is none."""
    names = workspace.names()
    kept = st.session_state.get(f"kept_{CHOSEN}")
    if st.session_state.get(CHOSEN) not in names:  # first run, or renamed or deleted meanwhile
        st.session_state.pop(CHOSEN, None)
        if kept in names:
            st.session_state[CHOSEN] = kept
    name: str | None = st.selectbox(
        label, names, key=CHOSEN, format_func=lambda name: "Starter dataset (read-only)" if name == STARTER else name
    )
    st.session_state[f"kept_{CHOSEN}"] = name
    return name


def open_dataset(workspace: Workspace, name: str) -> DatasetStore:
    """Open a dataset, and say what was put in order because it had been edited by hand, or why it cannot be changed.

    Raises:
        DatasetError: if it cannot be opened.
    """
    store = workspace.open(name)
    if store.read_only and name != STARTER:
        for line in store.report:
            st.warning(plain(line))
        return store
    if store.report and name != STARTER:
        st.session_state.setdefault("dataset_reports", {})[name] = store.report
    report = st.session_state.get("dataset_reports", {}).get(name, ())
    if report:
        things = "1 thing was" if len(report) == 1 else f"{len(report)} things were"
        with st.expander(f"Edited by hand: {things} put in order", expanded=True):
            st.markdown("\n".join(f"- {plain(line)}" for line in report[:50]))
            if st.button("I have read this"):
                del st.session_state["dataset_reports"][name]
                st.rerun()
    return store


def show_workspace(workspace: Workspace, name: str | None, busy: bool = False) -> None:
    """Buttons that make, rename, copy and delete datasets, and bring back deleted ones.

    Args:
        busy: photos are being added to this one, so it must stay where it is.
    """
    deleted = workspace.deleted()
    with st.container(horizontal=True):
        if st.button("New", icon=":material/add:"):
            _ask_name("New dataset", "", workspace.create)
        if name and st.button("Duplicate", icon=":material/content_copy:"):
            _ask_name(f"Duplicate {name}", f"{name}-copy", partial(workspace.duplicate, name))
        if name and name != STARTER and st.button("Rename", icon=":material/edit:", disabled=busy):
            _ask_name(f"Rename {name}", name, partial(workspace.rename, name))
        if name and name != STARTER and st.button("Delete", icon=":material/delete:", disabled=busy):
            _confirm_deletion(workspace, name)
        if deleted and st.button(f"Trash ({len(deleted)})", icon=":material/restore_from_trash:"):
            _show_trash(workspace, deleted)


def _ask_name(title: str, default: str, act: Callable[[str], str]) -> None:
    @st.dialog(title)
    def ask() -> None:
        _close_or_explain()
        with st.form("dataset_form", border=False):
            st.text_input("Name", max_chars=300, key="dataset_new_name")
            st.caption("Letters, digits, _ and - stay; all else becomes _.")
            st.form_submit_button(
                "Save", type="primary", on_click=lambda: _act(lambda: act(st.session_state["dataset_new_name"]))
            )

    st.session_state["dataset_new_name"] = default
    ask()


@st.dialog("Delete the dataset?")
def _confirm_deletion(workspace: Workspace, name: str) -> None:
    def delete() -> None:
        workspace.delete(name)

    _close_or_explain()
    st.write(f"{plain(name)} goes to the trash, from which it can be brought back.")
    st.button("Move to the trash", type="primary", on_click=_act, args=(delete,))


@st.dialog("Deleted datasets")
def _show_trash(workspace: Workspace, deleted: tuple[Deleted, ...]) -> None:
    _close_or_explain()
    for each in deleted[:20]:
        st.button(
            f"Bring back {each.name}, deleted {each.time:%d %b %H:%M}",
            key=f"restore_{each.folder.name}",
            on_click=_act,
            args=(partial(workspace.restore, each),),
        )


def _act(act: Callable[[], str | None]) -> None:
    """Do what a dialog asks for, and choose the dataset that comes of it."""
    try:
        name = act()
    except PosecountError as error:
        st.session_state["dataset_error"] = str(error)
    else:
        st.session_state["dataset_done"] = True
        if name:
            st.session_state["choose_next"] = name


def _close_or_explain() -> None:
    """At the head of a dialog: close it when it has done its work, else say what was wrong."""
    if st.session_state.pop("dataset_done", False):
        st.rerun()
    if error := st.session_state.pop("dataset_error", None):
        st.error(plain(error))


def apply_choice() -> None:
    """Call before the widgets: takes up the dataset that the last action made."""
    st.session_state.pop("dataset_done", None)
    if name := st.session_state.pop("choose_next", None):
        st.session_state[CHOSEN] = name
    if error := st.session_state.pop("dataset_error", None):
        st.error(plain(error))


def plain(text: str) -> str:
    """Text with nothing that Markdown takes for a sign: names from outside may hold anything."""
    for sign in "\\`*_{}[]<>()#+-!|$:~":
        text = text.replace(sign, f"\\{sign}")
    return text.replace("\n", " ")
