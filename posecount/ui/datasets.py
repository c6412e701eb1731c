"""Choosing a dataset of the workspace, and making, renaming, copying and deleting them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from posecount.errors import PosecountError
from posecount.store import DatasetStore
from posecount.workspace import STARTER, Deleted, Workspace

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
    """Open a dataset, and say what was put in order because it had been edited by hand.

    Raises:
        DatasetError: if it cannot be opened.
    """
    store = workspace.open(name)
    if store.report and name != STARTER:
        st.session_state.setdefault("dataset_reports", {})[name] = store.report
    report = st.session_state.get("dataset_reports", {}).get(name, ())
    if report:
        with st.expander(f"Edited by hand: {len(report)} things were put in order", expanded=True):
            st.markdown("\n".join(f"- {plain(line)}" for line in report[:50]))
            if st.button("I have read this"):
                del st.session_state["dataset_reports"][name]
                st.rerun()
    return store


def show_workspace(workspace: Workspace, name: str | None) -> None:
    """Buttons that make, rename, copy and delete datasets, and bring back deleted ones."""
    deleted = workspace.deleted()
    with st.container(horizontal=True):
        if st.button("New", icon=":material/add:"):
            _ask_name("New dataset", "", workspace.create)
        if name and st.button("Duplicate", icon=":material/content_copy:"):
            _ask_name(f"Duplicate {name}", f"{name}-copy", partial(workspace.duplicate, name))
        if name and name != STARTER and st.button("Rename", icon=":material/edit:"):
            _ask_name(f"Rename {name}", name, partial(workspace.rename, name))
        if name and name != STARTER and st.button("Delete", icon=":material/delete:"):
            _confirm_deletion(workspace, name)
        if deleted and st.button(f"Trash ({len(deleted)})", icon=":material/restore_from_trash:"):
            _show_trash(workspace, deleted)


def _ask_name(title: str, default: str, act: Callable[[str], str]) -> None:
    @st.dialog(title)
    def ask() -> None:
        with st.form("dataset_form", border=False):
            new = st.text_input("Name", value=default, max_chars=300)
            st.caption("Letters, digits, _ and - stay; all else becomes _.")
            if st.form_submit_button("Save", type="primary"):
                _try(lambda: _choose(act(new)))

    ask()


@st.dialog("Delete the dataset?")
def _confirm_deletion(workspace: Workspace, name: str) -> None:
    st.write(f"{plain(name)} goes to the trash, from which it can be brought back.")
    if st.button("Move to the trash", type="primary"):
        _try(partial(workspace.delete, name))


@st.dialog("Deleted datasets")
def _show_trash(workspace: Workspace, deleted: tuple[Deleted, ...]) -> None:
    for each in deleted[:20]:
        if st.button(f"Bring back {each.name}, deleted {each.time:%d %b %H:%M}", key=f"restore_{each.folder.name}"):
            _try(partial(_restore, workspace, each))


def _restore(workspace: Workspace, deleted: Deleted) -> None:
    _choose(workspace.restore(deleted))


def _choose(name: str) -> None:
    st.session_state["choose_next"] = name


def apply_choice() -> None:
    """Call before the widgets: takes up the dataset that the last action made."""
    if name := st.session_state.pop("choose_next", None):
        st.session_state[CHOSEN] = name


def _try(act: Callable[[], object]) -> None:
    try:
        act()
    except PosecountError as error:
        st.error(plain(str(error)))
    else:
        st.rerun()


def plain(text: str) -> str:
    """Text with nothing that Markdown takes for a sign: names from outside may hold anything."""
    for sign in "\\`*_{}[]<>()#+-!|$:~":
        text = text.replace(sign, f"\\{sign}")
    return text.replace("\n", " ")
