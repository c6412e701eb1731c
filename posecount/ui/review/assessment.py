"""What a review finds in a dataset as it is now: its outliers and its quality."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from posecount.datasets.dataset import PoseDataset
from posecount.datasets.store import DatasetStore
from posecount.review.neighbours import Neighbours, find_neighbours
from posecount.review.outliers import Outlier, find_outliers
from posecount.review.quality import Quality, assess
from posecount.shipped import STARTER_DATASET
from posecount.ui.choices import load_classifier
from posecount.ui.markdown import plain
from posecount.ui.review.map import show_confusion


@dataclass(frozen=True, slots=True, eq=False)
class Review:
    """The findings about a dataset.

    Attributes:
        key: the dataset and its version.
        before: the accuracy when this browser session first opened the dataset.
    """

    key: tuple[str, str]
    neighbours: Neighbours
    outliers: tuple[Outlier, ...]
    quality: Quality
    before: float


def review_of(store: DatasetStore) -> Review:
    """Find outliers and assess quality. Only changes since the last time are compared again."""
    key = (str(store.folder), store.version)
    last: Review | None = st.session_state.get("review")
    if last and last.key == key:
        return last
    same = last is not None and last.key[0] == key[0]
    with st.spinner("Comparing all samples…"):
        neighbours = find_neighbours(store.dataset.landmarks, last.neighbours if last and same else None)
        kept = [index for index, sample in enumerate(store.samples) if sample in store.kept]
        outliers = find_outliers(store.dataset, neighbours=neighbours, visibility=store.visibility, kept=kept)
        quality = assess(store.dataset, neighbours=neighbours, reference=_reference(store))
    first: dict[str, float] = st.session_state.setdefault("review_before", {})
    before = first.setdefault(key[0], quality.accuracy)
    st.session_state["review"] = review = Review(key, neighbours, outliers, quality, before)
    return review


def _reference(store: DatasetStore) -> PoseDataset | None:
    if store.folder == STARTER_DATASET or not STARTER_DATASET.is_dir():
        return None
    return load_classifier(STARTER_DATASET).dataset


def show_quality(review: Review) -> None:
    """Show the dataset's quality, its gain since the session began, and the confusion between classes."""
    quality = review.quality
    {"good": st.success, "fair": st.info, "poor": st.warning}[quality.verdict](plain(quality.summary))
    gain = round(quality.accuracy - review.before, 4)
    with st.container(horizontal=True, gap="large"):
        st.metric(
            "Recognised", f"{quality.accuracy:.1%}", f"{gain:+.1%} since you started" if gain else None, width="content"
        )
        st.metric("Doubtful", len(review.outliers), width="content")
        st.metric("Samples", quality.samples, width="content")
    with st.expander("Quality per class and confusion between classes"):
        st.dataframe(
            [
                {
                    "Class": each.name,
                    "Recognised": f"{each.accuracy:.0%}",
                    "Samples": each.samples,
                    "Unlike the rest": each.unlike,
                    "Near-duplicates": each.duplicates,
                }
                for each in quality.classes
            ],
            hide_index=True,
            height="content",
        )
        st.caption(
            "Each sample is left out and classified by the others. Rows: its class. Columns: what the others say."
        )
        show_confusion(quality)
