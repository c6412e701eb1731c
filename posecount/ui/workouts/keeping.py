"""Whose history this browser sees, and how what a live session counts comes into it."""

from __future__ import annotations

import os
import weakref
from collections.abc import Sequence

import streamlit as st

from posecount.counting.joints import JointRange, JointRanges, measured_since
from posecount.counting.knn import PoseClassifier
from posecount.counting.repetitions import Repetition
from posecount.datasets.dataset import exercise_of, is_negative
from posecount.datasets.folder import class_files
from posecount.datasets.workspace import Workspace
from posecount.errors import PosecountError
from posecount.history.database import DATABASE_VARIABLE
from posecount.history.history import History, kept_days
from posecount.history.recorder import Circumstances, WorkoutRecorder
from posecount.history.records import WorkoutSummary
from posecount.history.writer import HistoryWriter
from posecount.live.session import LiveSession
from posecount.shipped import STARTER_DATASET
from posecount.ui.access import is_for_one_person, workspace

_RECORDER = "workout_recorder"


def history_writer() -> HistoryWriter | None:
    """What writes this person's history; None on a server that people share without login, where none is kept.

    Raises:
        HistoryError: if the history cannot be opened; fit to show.
    """
    mine = workspace()
    if not mine.person and not is_for_one_person():
        return None
    return _writer(str(mine.root), mine.person, os.environ.get(DATABASE_VARIABLE))


@st.cache_resource(show_spinner=False, max_entries=200)
def _writer(root: str, person: str, _database: str | None) -> HistoryWriter:
    return HistoryWriter(History.of(Workspace(root, person)))


def keep_history(session: LiveSession, dataset: str) -> WorkoutRecorder | None:
    """Write what a session counts to this person's history; None where none is kept, or where that fails.

    Call it with every run of the page: the dataset and the profile may have changed.

    Args:
        session: of this browser.
        dataset: the name of the dataset that it counts with.
    """
    known: tuple[int, WorkoutRecorder] | None = st.session_state.get(_RECORDER)
    recorder = known[1] if known and known[0] == id(session) else None
    if recorder is None:
        try:
            writer = history_writer()
        except PosecountError as error:
            st.session_state["history_problem"] = str(error)
            return None
        if writer is None:
            return None
        recorder = WorkoutRecorder(writer, Circumstances())
        recorder.skip(session.snapshot.restored().repetitions)
        recorder.measure = _Measure(session)
        session.listeners.add(_Follower(session, recorder))
        st.session_state[_RECORDER] = id(session), recorder
        st.session_state.pop("history_problem", None)
    settings = session.settings
    is_any = settings.profile == "any"
    version = "" if is_any else _fingerprint(settings.classifier)
    if not is_any:
        settings.classifier.once(JointRanges)  # here, where no frame waits for it
    recorder.circumstances = Circumstances(time_zone(), "" if is_any else dataset, version, settings.profile)
    return recorder


class _Follower:
    """Hands what a session publishes to a recorder. It must not keep alive a session whose page is gone."""

    def __init__(self, session: LiveSession, recorder: WorkoutRecorder) -> None:
        self._session = weakref.ref(session)
        self._recorder = recorder

    def __call__(self) -> None:
        session = self._session()
        if session and (result := session.snapshot.result):
            self._recorder.follow(session.snapshot.repetitions, result.hold, result.timestamp)


class _Measure:
    """Measures a session's repetitions by the poses of the last minute, which the session keeps."""

    def __init__(self, session: LiveSession) -> None:
        self._session = weakref.ref(session)

    def __call__(self, repetition: Repetition) -> JointRange | None:
        session = self._session()
        if session is None or session.settings.profile == "any":
            return None
        ranges = session.settings.classifier.once(JointRanges)
        # Not the whole minute: that would take longer than counting the frame.
        return ranges.of(session.recent(measured_since(repetition)), repetition)


@st.cache_data(show_spinner=False, max_entries=20, hash_funcs={PoseClassifier: id})
def _fingerprint(classifier: PoseClassifier) -> str:
    return classifier.dataset.fingerprint


def show_history_state(recorder: WorkoutRecorder | None) -> None:
    """Say where no history is kept, why it cannot be written, or what is kept before a person trains."""
    problem = recorder.writer.problem if recorder else st.session_state.get("history_problem")
    if problem:
        st.warning(f"Your workout is not being saved: {problem}")
    elif recorder is None:
        st.caption("Workouts are not kept here: people share this server without logging in.")
    elif not recorder.sets and workspace().person:
        st.caption(what_is_kept())


def time_zone() -> str:
    """The time zone of the person's browser, as an IANA name."""
    return st.context.timezone or "UTC"


def what_is_kept() -> str:
    """What is stored and for how long, in a sentence or two."""
    days = kept_days()
    until = f"for {days:g} days" if days else "until you delete them"
    where = "on this computer" if is_for_one_person() else "on this server, for you alone"
    return (
        f"posecount keeps exercises, repetitions and times {where}, {until}. It keeps no pictures and no landmarks. "
        "You can export or delete everything on the History page."
    )


def exercises_to_choose(workouts: Sequence[WorkoutSummary]) -> list[str]:
    """The exercises that a set can be corrected to: those done before, and those that ship."""
    shipped = {exercise_of(file.stem) for file in class_files(STARTER_DATASET) if not is_negative(file.stem)}
    return sorted(shipped | {name for each in workouts for name in each.exercises})
