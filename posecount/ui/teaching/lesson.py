"""Teach by doing on a page: record or upload a few repetitions, confirm the two states, save, and count at once."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from time import sleep

import numpy as np
import streamlit as st

from posecount.datasets.records import NewSample
from posecount.datasets.workspace import STARTER
from posecount.errors import PosecountError
from posecount.ingest.footage import Footage, FootageRecorder, track_footage
from posecount.ingest.teaching import Taught, TaughtRepetition, TeachingError, teach
from posecount.jpeg import encode_jpeg
from posecount.live.session import LiveSession
from posecount.tracking.tracker import PoseTracker
from posecount.ui.access import workspace
from posecount.ui.choices import load_model
from posecount.ui.current_dataset import choose_next, current_dataset
from posecount.ui.datasets.classes import choose_class
from posecount.ui.markdown import plain

_COUNTDOWN_S = 3.0
_LONGEST_LIVE_S = 60.0
_CANDIDATES = 12
_NEW = "A new dataset"
_VIDEO_TYPES = ["mp4", "mov", "m4v", "mkv", "webm", "avi"]
_ROLES = ("Start and end", "Turning point")


@dataclass(frozen=True, slots=True, eq=False)
class _Lesson:
    """Footage that waits to be confirmed, and the seconds at which somebody has seen the two states in it, if so."""

    footage: Footage
    note: str | None = None
    states: tuple[float, float] | None = None


def show_live_teaching(session: LiveSession, playing: bool) -> None:
    """Record a few repetitions from the stream, then show what was learned."""
    recorder: FootageRecorder | None = st.session_state.get("lesson_recorder")
    lesson: _Lesson | None = st.session_state.get("lesson")
    _show_done()
    with st.expander("Teach it an exercise of your own", icon=":material/school:", expanded=bool(recorder or lesson)):
        if recorder:
            st.fragment(_show_recording, run_every=0.5 if playing else None)(session, recorder, playing)
        elif lesson:
            _show_lesson(lesson)
        else:
            st.markdown(
                "Press the button, get into position, do **five repetitions** of anything, and press it again. "
                "All of you should be in the picture."
            )
            st.button(
                "Record five repetitions",
                type="primary",
                icon=":material/radio_button_checked:",
                disabled=not playing,
                help=None if playing else "Press START first.",
                on_click=_start_recording,
                args=(session,),
            )


def _start_recording(session: LiveSession) -> None:
    recorder = st.session_state["lesson_recorder"] = FootageRecorder(_COUNTDOWN_S, _LONGEST_LIVE_S)
    session.record(recorder)


def _show_recording(session: LiveSession, recorder: FootageRecorder, playing: bool) -> None:
    st.info(recorder.message or "Get ready", icon=":material/radio_button_checked:")
    done = st.button("I have done five", type="primary", key="lesson_done")
    if done or recorder.full or not playing:
        session.record(None)
        del st.session_state["lesson_recorder"]
        st.session_state["lesson"] = _Lesson(recorder.footage())
        st.rerun()


def show_video_teaching() -> None:
    """Find a few repetitions in an uploaded video, then show what was learned."""
    lesson: _Lesson | None = st.session_state.get("lesson")
    _show_done()
    with st.expander("Teach by doing: five repetitions in a video", icon=":material/school:", expanded=bool(lesson)):
        if lesson:
            _show_lesson(lesson)
            return
        upload = st.file_uploader(
            "A video of somebody who does about five repetitions",
            type=_VIDEO_TYPES,
            help="What comes before and after does no harm. At most three minutes are looked at.",
        )
        with st.container(horizontal=True):
            start = st.number_input("From second", min_value=0.0, value=0.0, step=1.0, key="lesson_from")
            end = st.number_input("To second", min_value=0.0, value=None, step=1.0, key="lesson_to")
        if st.button("Find the repetitions", type="primary", disabled=upload is None) and upload:
            try:
                st.session_state["lesson"] = _track(upload.getvalue(), Path(upload.name).suffix.lower(), start, end)
            except PosecountError as error:
                st.error(plain(str(error)))
            else:
                st.rerun()


def _track(video: bytes, suffix: str, start: float, end: float | None) -> _Lesson:
    model = load_model("full")
    bar = st.progress(0.0, text="Looking for the person…")

    def show(done: int, total: int | None) -> None:
        if done % 5 == 0:  # each update costs a message to the browser
            bar.progress(min(done / (total or done), 1.0), text=f"Frame {done} of {total or 'unknown'}")

    with _kept(video, suffix) as path, PoseTracker(model) as tracker:
        footage, note = track_footage(path, tracker, start=start, end=end, progress=show)
    return _Lesson(footage, note)


@contextmanager
def _kept(video: bytes, suffix: str) -> Iterator[Path]:
    """The upload as a file, for as long as it is looked at."""
    try:
        with tempfile.TemporaryDirectory(prefix="posecount-") as folder:
            path = Path(folder) / f"lesson{suffix}"
            path.write_bytes(video)
            yield path
    except OSError as error:
        raise TeachingError(
            f"The video cannot be kept while it is looked at: {error.strerror}. Remedy: free some disk space."
        ) from error


def _show_lesson(lesson: _Lesson) -> None:
    """Pictures of the two states to confirm, name, correct and save."""
    if lesson.note:
        st.warning(plain(f"Of the video, {lesson.note}."))
    name = st.text_input("What is it called?", key="lesson_name", max_chars=50, placeholder="for example lunges")
    try:
        taught = _learn(lesson, name or "exercise")
    except PosecountError as error:
        st.error(plain(str(error)))
        with st.container(horizontal=True):
            if lesson.states:
                st.button("Take my choice back", on_click=_correct, args=(lesson, None))
            st.button("Start again", icon=":material/replay:", on_click=_forget)
        return
    count = len(taught.repetitions)
    st.success(f"{count} repetition{'' if count == 1 else 's'} found. Are these the two states?")
    for warning in taught.warnings:
        st.warning(warning)
    shown = lesson.states or tuple(taught.examples[each][count // 2] for each in (taught.rest, taught.target))
    for column, role, label, seconds in zip(st.columns(2), _ROLES, (taught.rest, taught.target), shown, strict=True):
        column.image(lesson.footage.picture(seconds), caption=f"{role}: {plain(label)}", width="stretch")
    st.button("Exchange the two", icon=":material/swap_horiz:", on_click=_correct, args=(lesson, (shown[1], shown[0])))
    with st.expander("Choose other pictures"):
        _show_candidates(lesson, taught.repetitions[count // 2], (shown[0], shown[1]))
    _show_saving(lesson, taught, name)


def _learn(lesson: _Lesson, name: str) -> Taught:
    key = (lesson, name)
    known: tuple[tuple[_Lesson, str], Taught] | None = st.session_state.get("lesson_taught")
    if known is None or known[0] != key:
        taught = teach(lesson.footage.sequence, name, states=lesson.states)
        known = st.session_state["lesson_taught"] = (key, taught)
    return known[1]


def _show_candidates(lesson: _Lesson, repetition: TaughtRepetition, shown: tuple[float, float]) -> None:
    """Pictures of one repetition, any of which can become that of a state."""
    role = st.segmented_control("Which one", _ROLES, default=_ROLES[1], key="lesson_role") or _ROLES[1]
    around = (repetition.end - repetition.start) / 4
    with st.container(horizontal=True):
        for seconds in np.linspace(repetition.start - around, repetition.end + around, _CANDIDATES).tolist():
            states = (seconds, shown[1]) if role == _ROLES[0] else (shown[0], seconds)
            with st.container(width=110):
                st.image(lesson.footage.picture(seconds), width=110)
                st.button("This one", key=f"lesson_at_{seconds:.3f}", on_click=_correct, args=(lesson, states))


def _correct(lesson: _Lesson, states: tuple[float, float] | None) -> None:
    st.session_state["lesson"] = replace(lesson, states=states)


def _show_saving(lesson: _Lesson, taught: Taught, name: str) -> None:
    own = [each for each in workspace().names() if each != STARTER]
    chosen = current_dataset()
    goal = st.selectbox(
        "Save it to", [_NEW, *own], index=own.index(chosen) + 1 if chosen in own else 0, key="lesson_goal"
    )
    new = st.text_input("Name of the new dataset", value=name, max_chars=60) if goal == _NEW else ""
    with st.container(horizontal=True):
        st.button(
            "Save and count with it",
            type="primary",
            icon=":material/check:",
            disabled=not name or (goal == _NEW and not new),
            help=None if name else "Give it a name first.",
            on_click=_save,
            args=(lesson, taught, goal, new),
        )
        st.button("Start again", icon=":material/replay:", on_click=_forget)
    if refused := st.session_state.pop("lesson_refused", None):
        st.error(plain(refused))


def _save(lesson: _Lesson, taught: Taught, goal: str, new: str) -> None:
    try:
        mine = workspace()
        name = mine.create(new) if goal == _NEW else goal
        count = lesson.footage.add_to(mine.open(name), taught)
    except PosecountError as error:
        st.session_state["lesson_refused"] = str(error)
        return
    _forget()
    choose_next(name)
    st.session_state["lesson_saved"] = f"{count} samples are now in {name}, which is now chosen on every page."


def _forget() -> None:
    for key in ("lesson", "lesson_taught", "lesson_name", "lesson_goal"):
        st.session_state.pop(key, None)


def _show_done() -> None:
    """Said outside the expander, which closes when a lesson is saved."""
    if saved := st.session_state.pop("lesson_saved", None):
        st.success(plain(saved))


def show_pose_adding(session: LiveSession, playing: bool) -> None:
    """Add the pose in the newest frame, with its picture, to a class of the chosen dataset."""
    added = st.session_state.pop("pose_added", None)
    with st.expander("Add this pose to a class", icon=":material/add_a_photo:", expanded=bool(added)):
        if added:
            st.success(plain(added))
        name = current_dataset()
        if name is None or name == STARTER:
            st.info(
                "The starter dataset is read-only. Choose a dataset of your own, or duplicate it on the Dataset page."
            )
            return
        try:
            store = workspace().open(name)
            label = choose_class(store, "live_class")
            delay = st.segmented_control("When", (0, 3, 10), default=3, format_func=_delay_words, key="live_delay") or 0
            if st.button("Add the pose", disabled=not (playing and label)) and label:
                with st.spinner(f"Get into the pose: {_delay_words(delay)}"):
                    sleep(delay)
                frame = session.frame
                if frame is None:
                    st.warning("Nobody is in the picture: nothing was added.")
                    return
                image, pose = frame
                photo = f"live-{datetime.now():%Y%m%d-%H%M%S}.jpg"
                (sample,) = store.add(
                    [NewSample(label, photo, pose.landmarks, pose.visibility, image=encode_jpeg(image))]
                )
                st.session_state["pose_added"] = f"Added to {sample.class_name}."
                st.rerun()  # so that it counts at once
        except PosecountError as error:
            st.error(plain(str(error)))


def _delay_words(seconds: int) -> str:
    return f"in {seconds} seconds" if seconds else "now"
