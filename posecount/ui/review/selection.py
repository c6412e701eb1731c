"""Actions on several samples at once: those selected on a page, or all outliers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from posecount.datasets.records import SampleId
from posecount.datasets.store import DatasetStore
from posecount.review.outliers import OUTLIER_KINDS, Outlier
from posecount.ui.datasets.classes import choose_class
from posecount.ui.datasets.gallery import portrait, thumbnail_alt
from posecount.ui.markdown import plain
from posecount.ui.review.actions import keep, move, remove


def key_of(store: DatasetStore, what: object) -> str:
    """The key of a widget or page number that belongs to one dataset: another's may have samples of the same names."""
    return f"{what} in {store.folder.name}"


def selected_key(store: DatasetStore, sample: SampleId) -> str:
    """The key of the box that selects a sample."""
    return key_of(store, f"select_{sample}")


def show_bulk(store: DatasetStore, shown: Sequence[SampleId], key: str) -> None:
    """Actions on the samples that are selected, among those shown."""
    if store.read_only or not shown:
        return
    selected = [sample for sample in shown if st.session_state.get(selected_key(store, sample))]

    def select(value: bool) -> None:
        st.session_state.update({selected_key(store, sample): value for sample in shown})

    with st.container(horizontal=True, vertical_alignment="center"):
        if selected:
            st.button("Select none", key=f"{key}_none", on_click=select, args=(False,))
        else:
            st.button("Select all on this page", key=f"{key}_all", on_click=select, args=(True,))
        if selected:
            st.button(f"Keep {len(selected)}", key=f"{key}_bulk_keep", on_click=keep, args=(store, selected))
            st.button(f"Remove {len(selected)}", key=f"{key}_bulk_remove", on_click=remove, args=(store, selected))
            with st.popover(f"Move {len(selected)}"):
                target = choose_class(store, f"{key}_bulk_class")
                st.button(
                    "Move",
                    key=f"{key}_bulk_move",
                    disabled=not target,
                    on_click=move,
                    args=(store, selected, target or ""),
                )


@st.dialog("Remove all of these?", width="large")
def confirm_removal(store: DatasetStore, outliers: Sequence[Outlier]) -> None:
    """Show which samples would be removed, and remove them once confirmed."""
    if st.session_state.get("confirm_removal"):  # the callback has removed them: close before drawing their pictures
        st.rerun()
    counts = sorted(Counter(outlier.class_name for outlier in outliers).items())
    st.markdown("\n".join(f"- {plain(name)}: {n} of {store.dataset.labels.count(name)}" for name, n in counts))
    reasons = Counter(OUTLIER_KINDS[outlier.kind] for outlier in outliers)
    st.caption("; ".join(f"{reason}: {count}" for reason, count in reasons.items()))
    with st.container(horizontal=True, gap="small", height=320):
        for outlier in outliers[:60]:
            sample = store.samples[outlier.index]
            picture = portrait(store, outlier.index, above=False)
            st.image(picture, caption=plain(outlier.class_name), width=130, alt=thumbnail_alt(sample))
    if len(outliers) > 60:
        st.caption(f"These are the first 60 of {len(outliers)}.")
    st.caption("They go to the bin. You can restore each one, or undo the whole removal.")
    samples = [store.samples[outlier.index] for outlier in outliers]
    arguments = (store, samples, "removed with all outliers")
    st.button(f"Remove {len(outliers)}", type="primary", key="confirm_removal", on_click=remove, args=arguments)
