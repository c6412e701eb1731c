"""Samples as a grid, a page at a time, and the bin."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from posecount.datasets.store import DatasetStore
from posecount.ui.datasets.gallery import cells, portrait, portrait_alt, portrait_of
from posecount.ui.markdown import plain
from posecount.ui.review.actions import act, count_words, remove
from posecount.ui.review.selection import key_of, selected_key, show_bulk

CELLS = 24
"""Samples on a page of a grid."""


def show_pager(key: str, count: int, size: int) -> slice:
    """Buttons and arrow keys to go through `count` items, a page at a time; return this page as a slice."""
    pages = max(-(-count // size), 1)
    page = min(st.session_state.get(f"{key}_page", 0), pages - 1)
    st.session_state[f"{key}_page"] = page

    def go(to: int) -> None:
        st.session_state[f"{key}_page"] = to

    if pages > 1:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button("Back", key=f"{key}_back", disabled=page == 0, on_click=go, args=(page - 1,), shortcut="Left")
            st.markdown(f"{page * size + 1}–{min((page + 1) * size, count)} of {count}", width="content")
            st.button(
                "Next", key=f"{key}_next", disabled=page == pages - 1, on_click=go, args=(page + 1,), shortcut="Right"
            )
    return slice(page * size, (page + 1) * size)


def show_grid(store: DatasetStore, indices: Sequence[int], key: str) -> None:
    """Show samples as a grid, a page at a time; each can be selected, or removed with one click."""
    key = key_of(store, key)
    page = indices[show_pager(key, len(indices), CELLS)]
    show_bulk(store, [store.samples[index] for index in page], key)
    for cell, index in zip(cells(len(page)), page, strict=True):
        sample = store.samples[index]
        with cell, st.container(border=True):
            st.image(portrait(store, index), width="stretch", alt=portrait_alt(sample))
            st.caption(f"**{plain(sample.class_name)}** {plain(sample.name)}")
            if not store.read_only:
                with st.container(horizontal=True, vertical_alignment="center"):
                    st.checkbox("Select", key=selected_key(store, sample))
                    st.button(
                        "Remove", key=f"{key}_remove_{sample}", icon=":material/delete:", on_click=remove,
                        args=(store, [sample]),
                    )  # fmt: skip


def show_bin(store: DatasetStore) -> None:
    """Show removed samples, with a button to restore each."""
    removed = store.bin()
    if not removed:
        st.info("The bin is empty.")
        return
    page = removed[show_pager(key_of(store, "bin"), len(removed), CELLS)]

    def restore(*which: int) -> None:
        chosen = [each for each in removed if each.number in which]
        act(f"Restored {count_words([each.sample for each in chosen])}.", lambda: store.restore(chosen))

    st.button(f"Restore all {len(page)} on this page", on_click=restore, args=[each.number for each in page])
    for cell, each in zip(cells(len(page)), page, strict=True):
        with cell, st.container(border=True):
            picture = portrait_of(store.bin_image_path(each), each.landmarks, each.visibility)
            st.image(picture, width="stretch", alt=portrait_alt(each.sample))
            st.caption(f"**{plain(each.sample.class_name)}** {plain(each.sample.name)}: {plain(each.reason)}")
            st.button("Restore", key=key_of(store, f"restore_{each.number}"), on_click=restore, args=(each.number,))
