"""Review: see which samples are doubtful and why, and clean up without losing anything."""

from collections import Counter

import streamlit as st

from posecount import PosecountError
from posecount.datasets.store import DatasetStore
from posecount.review.outliers import OUTLIER_KINDS
from posecount.ui.access import enter, workspace
from posecount.ui.current_dataset import choose_dataset, open_dataset
from posecount.ui.datasets.history import show_history
from posecount.ui.datasets.managing import show_workspace
from posecount.ui.markdown import plain
from posecount.ui.remembered import remembered
from posecount.ui.review.actions import show_said, undo
from posecount.ui.review.assessment import Review, review_of, show_quality
from posecount.ui.review.cards import CARDS, show_card
from posecount.ui.review.grid import show_bin, show_grid, show_pager
from posecount.ui.review.map import show_map
from posecount.ui.review.selection import confirm_removal, key_of, show_bulk

enter()


def show_doubtful(store: DatasetStore, review: Review) -> None:
    """Show doubtful samples, most doubtful first, a page at a time."""
    counts = Counter(outlier.kind for outlier in review.outliers)
    if not counts:
        st.success("No sample is doubtful.")
        return
    chosen = remembered(
        st.pills,
        "review_kinds",
        [],
        label="Why",
        options=[kind for kind in OUTLIER_KINDS if counts[kind]],
        format_func=lambda kind: f"{OUTLIER_KINDS[kind].capitalize()} ({counts[kind]})",
        selection_mode="multi",
        label_visibility="collapsed",
    )
    outliers = [outlier for outlier in review.outliers if not chosen or outlier.kind in chosen]
    page = outliers[show_pager(key_of(store, "doubtful"), len(outliers), CARDS)]
    if not store.read_only:
        st.caption("Shortcuts for the first sample: K keep, M move, X remove. U undoes. ← and → change the page.")
        with st.container(horizontal=True):
            show_bulk(store, [store.samples[outlier.index] for outlier in page], key_of(store, "doubtful"))
            if st.button(f"Remove all {len(outliers)}…", icon=":material/delete_sweep:"):
                confirm_removal(store, outliers)
    for place, outlier in enumerate(page):
        show_card(store, outlier, first=place == 0)


def show_all(store: DatasetStore) -> None:
    """Show every sample of a class as a grid, to filter by hand."""
    classes = store.dataset.classes
    chosen = remembered(st.pills, "review_class", classes[0], label="Class", options=classes, required=True)
    show_grid(store, [index for index, label in enumerate(store.dataset.labels) if label == chosen], f"all_{chosen}")


def show_chosen(store: DatasetStore, review: Review) -> None:
    """Show the map, and pictures of the points selected on it."""
    indices = show_map(store.dataset, review.outliers, key_of(store, "dataset_map"))
    if indices:
        st.header(f"{len(indices)} selected", anchor=False)
        show_grid(store, indices, "map")


st.title("Review", anchor=False)
try:
    mine = workspace()
    name = choose_dataset(mine)
    if name is None:
        st.info("There is no dataset yet. Make one on the Dataset page.")
        st.stop()
    store = open_dataset(mine, name)
    show_said()
    if store.read_only:
        st.info("This dataset is read-only. Duplicate it to change it.")
        show_workspace(mine, name)
    elif any(not action.undone for action in store.history()):
        st.button("Undo the last action", icon=":material/undo:", on_click=undo, args=(store,), shortcut="U")
    if store.samples:
        review = review_of(store)
        show_quality(review)
        views = ("Doubtful", "Map", "All samples", "Bin")
        view = remembered(st.segmented_control, "review_view", views[0], label="Show", options=views, required=True)
        if view == "Doubtful":
            show_doubtful(store, review)
        elif view == "Map":
            show_chosen(store, review)
        elif view == "All samples":
            show_all(store)
    else:
        st.info("This dataset has no samples. Add some on the Dataset page.")
        view = "Bin"
    if view == "Bin":
        show_bin(store)
    show_history(store)
except PosecountError as error:
    st.error(plain(str(error)))
