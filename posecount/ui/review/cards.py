"""A card for each outlier: picture, reason, votes, neighbours, and what to do about it."""

from __future__ import annotations

import streamlit as st

from posecount.datasets.records import SampleId
from posecount.datasets.store import DatasetStore
from posecount.review.outliers import Outlier
from posecount.ui.datasets.classes import choose_class
from posecount.ui.datasets.gallery import portrait, portrait_alt, thumbnail_alt
from posecount.ui.markdown import plain
from posecount.ui.review.actions import keep, move, remove
from posecount.ui.review.selection import key_of, selected_key

CARDS = 6
"""Cards on a page."""
_THUMBNAILS = 5


def show_card(store: DatasetStore, outlier: Outlier, first: bool) -> None:
    """Show an outlier and what to do about it; keyboard shortcuts act on the first card."""
    sample = store.samples[outlier.index]
    key = key_of(store, f"card_{sample}")
    with st.container(border=True):
        left, right = st.columns(2, gap="medium")
        with left:
            st.image(portrait(store, outlier.index), width="stretch", alt=portrait_alt(sample))
        with right:
            st.markdown(f"**{plain(sample.class_name)}** {plain(sample.name)}")
            st.markdown(plain(outlier.reason))
            votes = ", ".join(f"{name} {n}" for name, n in sorted(outlier.votes.items(), key=lambda item: -item[1]))
            st.caption(f"Its neighbours vote: {plain(votes) or 'none'}. Margin: {outlier.margin:+.2f}.")
            near = outlier.neighbours[:_THUMBNAILS]
            with st.container(horizontal=True, gap="small"):
                for index, distance in near:
                    caption = f"{plain(store.dataset.labels[index])}, {distance:.0f}% away"
                    st.image(
                        portrait(store, index, above=False),
                        caption=caption,
                        width=110,
                        alt=thumbnail_alt(store.samples[index]),
                    )
            if not store.read_only:
                _show_actions(store, outlier, sample, key, first)


def _show_actions(store: DatasetStore, outlier: Outlier, sample: SampleId, key: str, first: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.checkbox("Select", key=selected_key(store, sample))
        st.button("Keep", key=f"{key}_keep", on_click=keep, args=(store, [sample]), shortcut="K" if first else None)
        if outlier.suggested:
            st.button(
                f"Move to {plain(outlier.suggested)}",
                key=f"{key}_move",
                type="primary",
                on_click=move,
                args=(store, [sample], outlier.suggested),
                shortcut="M" if first else None,
            )
        st.button(
            "Remove", key=f"{key}_remove", on_click=remove, args=(store, [sample], outlier.reason),
            shortcut="X" if first else None,
        )  # fmt: skip
        with st.popover("Other class"):
            target = choose_class(store, f"{key}_class", but=sample.class_name)
            st.button(
                "Move", key=f"{key}_other", disabled=not target, on_click=move, args=(store, [sample], target or "")
            )
