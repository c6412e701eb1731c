"""Creating, duplicating, renaming and deleting datasets, and restoring them from the bin."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from posecount.datasets.workspace import STARTER, Deleted, Workspace
from posecount.errors import PosecountError
from posecount.ui.current_dataset import choose_next
from posecount.ui.markdown import plain

_SHOWN = 20
"""Datasets that the bin lists, the last deleted first."""


def show_workspace(workspace: Workspace, name: str | None, busy: bool = False) -> None:
    """Buttons to create, duplicate, rename and delete datasets, and to restore deleted ones.

    Args:
        name: of the current dataset.
        busy: whether photos are being added to it: it must then stay where it is.
    """
    st.session_state.pop("dataset_done", None)
    _show_error()  # of a dialog that was closed before it could say so
    deleted = workspace.deleted()
    with st.container(horizontal=True):
        if st.button("New", icon=":material/add:"):
            _ask_name("New dataset", "", workspace.create)
        if name and st.button("Duplicate", icon=":material/content_copy:"):
            _ask_name(f"Duplicate {plain(name)}", f"{name}-copy", partial(workspace.duplicate, name))
        if name and name != STARTER and st.button("Rename", icon=":material/edit:", disabled=busy):
            _ask_name(f"Rename {plain(name)}", name, partial(workspace.rename, name))
        if name and name != STARTER and st.button("Delete", icon=":material/delete:", disabled=busy):
            _confirm_deletion(workspace, name)
        if deleted and st.button(f"Bin ({len(deleted)})", icon=":material/delete:"):
            _show_bin(workspace, deleted)


def _ask_name(title: str, default: str, act: Callable[[str], str]) -> None:
    @st.dialog(title)
    def ask() -> None:
        _close_or_explain()
        with st.form("dataset_form", border=False):
            st.text_input("Name", max_chars=300, key="dataset_new_name")
            st.caption("Letters, digits, _ and - are kept; any other character becomes _.")
            st.form_submit_button(
                "Save", type="primary", on_click=lambda: _act(lambda: act(st.session_state["dataset_new_name"]))
            )

    st.session_state["dataset_new_name"] = default
    ask()


@st.dialog("Delete this dataset?")
def _confirm_deletion(workspace: Workspace, name: str) -> None:
    def delete() -> None:
        workspace.delete(name)

    _close_or_explain()
    st.write(f"{plain(name)} moves to the bin. You can restore it from there.")
    st.button("Move to bin", type="primary", on_click=_act, args=(delete,))


@st.dialog("Deleted datasets")
def _show_bin(workspace: Workspace, deleted: tuple[Deleted, ...]) -> None:
    _close_or_explain()
    for each in deleted[:_SHOWN]:
        st.button(
            f"Restore {plain(each.name)}, deleted {each.time:%d %b %H:%M}",
            key=f"restore_{each.folder.name}",
            on_click=_act,
            args=(partial(workspace.restore, each),),
        )
    if len(deleted) > _SHOWN:
        st.caption(f"The bin holds {len(deleted)} datasets; these are the last {_SHOWN}.")


def _act(act: Callable[[], str | None]) -> None:
    """Do what a dialog asks for, and choose the dataset that results."""
    try:
        name = act()
    except PosecountError as error:
        st.session_state["dataset_error"] = str(error)
    else:
        st.session_state["dataset_done"] = True
        if name:
            choose_next(name)


def _close_or_explain() -> None:
    """At the head of a dialog: close it once it has done its work, otherwise say what went wrong."""
    if st.session_state.pop("dataset_done", False):
        st.rerun()
    _show_error()


def _show_error() -> None:
    if error := st.session_state.pop("dataset_error", None):
        st.error(plain(error))
