"""A lesson: footage of a few repetitions, or of a pose to hold, to check, name, correct and save as samples."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from posecount.datasets.workspace import STARTER
from posecount.errors import PosecountError
from posecount.ingest.teaching.footage import Footage
from posecount.ingest.teaching.holds import TaughtHold, teach_hold
from posecount.ingest.teaching.repetitions import Taught, TaughtRepetition, teach
from posecount.ui.access import workspace
from posecount.ui.current_dataset import choose_next, current_dataset
from posecount.ui.markdown import plain

_CANDIDATES = 12
_NEW = "A new dataset"
_SAVED = "lesson_saved"
"""Session state: what to say about a lesson that was saved."""
_EXAMPLES = {False: "For example: lunges", True: "For example: planks"}
_ROLES = ("Start and end", "Turning point")


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """Footage to be confirmed.

    Attributes:
        footage: of the repetitions, or of the hold.
        note: which part of a video it covers, if not all of it.
        states: seconds that show the two states, if the person has chosen them.
        hold: whether it is about a pose to hold.
    """

    footage: Footage
    note: str | None = None
    states: tuple[float, float] | None = None
    hold: bool = False


def current_lesson() -> Lesson | None:
    """The lesson of this browser session that is not saved yet."""
    lesson: Lesson | None = st.session_state.get("lesson")
    return lesson


def begin_lesson(footage: Footage, note: str | None = None, hold: bool = False) -> None:
    """Make footage the lesson of this browser session."""
    st.session_state["lesson"] = Lesson(footage, note, hold=hold)


def show_lesson(lesson: Lesson) -> None:
    """Show the pictures of the two states, or of the pose to hold, to confirm, name, correct and save."""
    if lesson.note:
        st.warning(plain(f"Only a part of the video is used: {lesson.note}."))
    name = st.text_input("Name of the exercise", key="lesson_name", max_chars=50, placeholder=_EXAMPLES[lesson.hold])
    try:
        taught = _learn(lesson, name or "exercise")
    except PosecountError as error:
        st.error(plain(str(error)))
        with st.container(horizontal=True):
            if lesson.states:
                st.button("Undo", on_click=_correct, args=(lesson, None))
            st.button("Start again", icon=":material/replay:", on_click=_forget)
        return
    if isinstance(taught, TaughtHold):
        _show_hold(lesson, taught)
    else:
        _show_repetitions(lesson, taught)
    _show_saving(lesson, taught, name)


def _show_hold(lesson: Lesson, taught: TaughtHold) -> None:
    st.success(f"A pose was held for {taught.end - taught.start:.0f} seconds. Is it this one?")
    for warning in taught.warnings:
        st.warning(warning)
    picture = lesson.footage.picture((taught.start + taught.end) / 2)
    st.image(picture, caption=plain(taught.held), width=320, alt="The pose that was held")


def _show_repetitions(lesson: Lesson, taught: Taught) -> None:
    count = len(taught.repetitions)
    st.success(f"{count} repetition{'' if count == 1 else 's'} found. Are these the two positions?")
    for warning in taught.warnings:
        st.warning(warning)
    shown = lesson.states or tuple(taught.examples[each][count // 2] for each in (taught.rest, taught.target))
    for column, role, label, seconds in zip(st.columns(2), _ROLES, (taught.rest, taught.target), shown, strict=True):
        column.image(
            lesson.footage.picture(seconds),
            caption=f"{role}: {plain(label)}",
            width="stretch",
            alt=f"{role} of a repetition",
        )
    st.button("Swap", icon=":material/swap_horiz:", on_click=_correct, args=(lesson, (shown[1], shown[0])))
    with st.expander("Choose other pictures"):
        _show_candidates(lesson, taught.repetitions[count // 2], (shown[0], shown[1]))


def _learn(lesson: Lesson, name: str) -> Taught | TaughtHold:
    key = (lesson, name)
    known: tuple[tuple[Lesson, str], Taught | TaughtHold] | None = st.session_state.get("lesson_taught")
    if known is None or known[0] != key:
        sequence = lesson.footage.sequence
        taught = teach_hold(sequence, name) if lesson.hold else teach(sequence, name, states=lesson.states)
        known = st.session_state["lesson_taught"] = (key, taught)
    return known[1]


def _show_candidates(lesson: Lesson, repetition: TaughtRepetition, shown: tuple[float, float]) -> None:
    """Show pictures of one repetition, to choose one for a state."""
    role = st.segmented_control("Position", _ROLES, default=_ROLES[1], key="lesson_role") or _ROLES[1]
    around = (repetition.end - repetition.start) / 4
    with st.container(horizontal=True):
        for seconds in np.linspace(repetition.start - around, repetition.end + around, _CANDIDATES).tolist():
            states = (seconds, shown[1]) if role == _ROLES[0] else (shown[0], seconds)
            with st.container(width=110):
                st.image(lesson.footage.picture(seconds), width=110, alt=f"The pose at {seconds:.1f} seconds")
                st.button("This one", key=f"lesson_at_{seconds:.3f}", on_click=_correct, args=(lesson, states))


def _correct(lesson: Lesson, states: tuple[float, float] | None) -> None:
    st.session_state["lesson"] = replace(lesson, states=states)


def _show_saving(lesson: Lesson, taught: Taught | TaughtHold, name: str) -> None:
    own = [each for each in workspace().names() if each != STARTER]
    chosen = current_dataset()
    goal = st.selectbox("Save to", [_NEW, *own], index=own.index(chosen) + 1 if chosen in own else 0, key="lesson_goal")
    new = st.text_input("Name of the new dataset", value=name, max_chars=60) if goal == _NEW else ""
    with st.container(horizontal=True):
        st.button(
            "Save and count with it",
            type="primary",
            icon=":material/check:",
            disabled=not name or (goal == _NEW and not new),
            help=None if name else "Give the exercise a name first.",
            on_click=_save,
            args=(lesson, taught, goal, new),
        )
        st.button("Start again", icon=":material/replay:", on_click=_forget)
    if refused := st.session_state.pop("lesson_refused", None):
        st.error(plain(refused))


def _save(lesson: Lesson, taught: Taught | TaughtHold, goal: str, new: str) -> None:
    try:
        mine = workspace()
        name = mine.create(new) if goal == _NEW else goal
        count = lesson.footage.add_to(mine.open(name), taught)
    except PosecountError as error:
        st.session_state["lesson_refused"] = str(error)
        return
    _forget()
    choose_next(name)
    st.session_state[_SAVED] = f"{count} samples were added to {name}, which is now selected on every page."


def _forget() -> None:
    for key in ("lesson", "lesson_taught", "lesson_name", "lesson_goal"):
        st.session_state.pop(key, None)


def show_saved(playing: bool) -> None:
    """Say on the Live page that a lesson is saved: outside the expander, which closes then."""
    if saved := st.session_state.pop(_SAVED, None):
        st.success(plain(saved if playing else f"{saved} Press START to count with it."))


def leave_for_live() -> None:
    """Go to the Live page if a lesson was saved, as the button has promised to count with it."""
    if _SAVED in st.session_state:
        st.switch_page("pages/live.py")
