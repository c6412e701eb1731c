"""Naming what was counted without a dataset: from then on it counts by that name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from posecount.counting.any_exercise.counter import ANY_EXERCISE
from posecount.counting.repetitions import Repetition
from posecount.counting.settings import DEFAULT_PROFILE
from posecount.datasets.records import Action
from posecount.datasets.workspace import STARTER
from posecount.errors import DatasetError, PosecountError
from posecount.ingest.teaching.counted import last_set
from posecount.ingest.teaching.footage import Footage
from posecount.ingest.teaching.repetitions import TeachingError, teach
from posecount.live.session import LiveSession
from posecount.tracking.sequence import LandmarkSequence
from posecount.ui.access import workspace
from posecount.ui.current_dataset import choose_next, current_dataset
from posecount.ui.markdown import plain
from posecount.video.recording import Recording

_AROUND_S = 3.0
"""Seconds before and after the repetitions that show how a person gets into position, and is part of nothing."""
_NAMED, _REFUSED = "named_exercise", "naming_refused"
"""Session state: what was named last, and why something could not be."""

Source = Callable[[], tuple[LandmarkSequence, Sequence[Repetition]]]
"""What was seen, and what was counted in it."""


@dataclass(frozen=True, slots=True)
class _Named:
    """What was named: where its samples went, and what to say."""

    dataset: str
    before: str | None
    action: int
    said: str
    warnings: tuple[str, ...]


def show_naming(profile: str, source: Source) -> None:
    """Let a person name what the profile `any` has just counted, or undo that."""
    named: _Named | None = st.session_state.get(_NAMED)
    if named:
        st.success(plain(named.said))
        for warning in named.warnings:
            st.warning(plain(warning))
        with st.container(horizontal=True):
            st.button("Undo", icon=":material/undo:", key="undo_naming", on_click=_undo, args=(named,))
            st.button("OK", key="end_naming", on_click=st.session_state.pop, args=(_NAMED, None))
    if refused := st.session_state.pop(_REFUSED, None):
        st.error(plain(refused))
    if profile != "any":
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            "What did you just do?",
            key="naming_name",
            max_chars=50,
            placeholder="For example: lunges",
            help="After a few repetitions, give them a name. posecount learns them and counts them by that name.",
        )
        st.button("Name it", type="primary", icon=":material/label:", on_click=_name, args=(source,))


def of_session(session: LiveSession) -> Source:
    """What a session has counted last, in its last minute."""

    def source() -> tuple[LandmarkSequence, Sequence[Repetition]]:
        sequence = session.recent()
        first = sequence.timestamps[0] if len(sequence) else float("inf")
        counted = [each for each in session.snapshot.repetitions if each.exercise == ANY_EXERCISE.name]
        return sequence, last_set([each for each in counted if each.start >= first])

    return source


def of_recording(recording: Recording) -> Source:
    """What was counted in a recording, with details."""
    assert recording.landmarks is not None
    sequence = recording.landmarks
    return lambda: (sequence, recording.repetitions)


def _name(source: Source) -> None:
    try:
        _learn(str(st.session_state.get("naming_name") or "").strip(), source)
    except PosecountError as error:
        st.session_state[_REFUSED] = str(error)


def _learn(name: str, source: Source) -> None:
    if not name:
        raise TeachingError("The exercise has no name yet. Try: type one first.")
    sequence, repetitions = source()
    if not repetitions:
        raise TeachingError("Nothing was counted that could have a name. Try: do a few repetitions first.")
    begin, end = repetitions[0].start - _AROUND_S, repetitions[-1].end + _AROUND_S
    taught = teach(sequence, name, start=begin, end=end, repetitions=repetitions)
    mine, before = workspace(), current_dataset()
    goal = before if before and before != STARTER else taught.exercise
    dataset = goal if goal in mine.names() else mine.create(goal)
    store = mine.open(dataset)
    count = Footage(sequence).add_to(store, taught)
    choose_next(dataset)
    st.session_state["profile"] = DEFAULT_PROFILE
    said = (
        f"{len(taught.repetitions)} repetitions are now {taught.exercise}: {count} samples were added to {dataset}, "
        "which is now selected."
    )
    st.session_state[_NAMED] = _Named(dataset, before, store.history()[0].number, said, taught.warnings)


def _undo(named: _Named) -> None:
    """Take the samples out of the dataset, which goes too if it is empty, and count any exercise again."""
    try:
        store = workspace().open(named.dataset)
        action: Action | None = next((each for each in store.history() if each.number == named.action), None)
        if action is None:
            raise DatasetError(f"{named.dataset} has forgotten this. Try: remove the samples on the Review page.")
        store.undo(action)
        if not store.samples:
            workspace().delete(named.dataset)
    except PosecountError as error:
        st.session_state[_REFUSED] = str(error)
        return
    del st.session_state[_NAMED]
    if named.before:
        choose_next(named.before)
    st.session_state["profile"] = "any"
