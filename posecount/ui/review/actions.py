"""What can be done with samples in a review: keep, move, remove, and undo it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from posecount.datasets.records import SampleId
from posecount.datasets.store import DatasetStore
from posecount.errors import PosecountError
from posecount.ui.markdown import plain


def show_said() -> None:
    """Say what the last action did."""
    if said := st.session_state.pop("review_said", None):
        (st.error if said[0] else st.success)(plain(said[1]))


def act(words: str, edit: Callable[[], object]) -> None:
    """Make an edit, in a widget's callback; `show_said` then says what it did."""
    try:
        edit()
    except PosecountError as error:
        st.session_state["review_said"] = (True, str(error))
    else:
        st.session_state["review_said"] = (False, words)


def keep(store: DatasetStore, samples: Sequence[SampleId]) -> None:
    """Keep samples: the review does not list them again."""
    act(f"Kept {count_words(samples)}. You won't be asked again.", lambda: store.keep(samples))


def remove(store: DatasetStore, samples: Sequence[SampleId], reason: str = "removed in review") -> None:
    """Move samples to the bin."""
    act(f"Moved {count_words(samples)} to the bin.", lambda: store.remove(samples, reason))


def move(store: DatasetStore, samples: Sequence[SampleId], class_name: str) -> None:
    """Move samples to a class."""
    act(f"Moved {count_words(samples)} to {class_name}.", lambda: store.relabel(samples, class_name))


def undo(store: DatasetStore) -> None:
    """Undo the last action."""
    act("Undone.", store.undo)


def count_words(samples: Sequence[SampleId]) -> str:
    """The sample's name if there is one only, otherwise how many there are."""
    return str(samples[0]) if len(samples) == 1 else f"{len(samples)} samples"
