"""Choosing a class of a dataset."""

from __future__ import annotations

import streamlit as st

from posecount.datasets.store import DatasetStore
from posecount.errors import PosecountError
from posecount.names import safe_name
from posecount.ui.markdown import plain
from posecount.ui.remembered import remembered


def choose_class(store: DatasetStore, key: str, but: str | None = None) -> str | None:
    """Choose a class for samples, or type a new one, but not the one they are in; None until there is a usable name."""
    typed: str | None = remembered(
        st.selectbox,
        f"{key}_{store.folder.name}",  # what was typed for one dataset is no class of another
        None,
        label="Class",
        options=[name for name in store.dataset.classes if name != but],
        accept_new_options=True,
        required=True,  # a box that a person clears would begin with the class again
        placeholder="Choose a class, or type a new one such as lunges_down",
    )
    if not typed:
        return None
    try:
        safe = safe_name(typed, "class name")
    except PosecountError as error:
        st.error(plain(str(error)))
        return None
    if safe != typed:
        st.caption(f"The name becomes {plain(safe)}: only letters, digits, _ and - are allowed.")
    return None if safe == but else safe
