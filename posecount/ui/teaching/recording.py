"""Teaching from the live stream: record a few repetitions, or a pose to hold, then check and save them."""

from __future__ import annotations

import streamlit as st

from posecount.ingest.teaching.footage import FootageRecorder
from posecount.ingest.teaching.holds import WANTED_S, is_held
from posecount.ingest.teaching.repetitions import are_over
from posecount.live.session import LiveSession
from posecount.ui.live.device.pictures import agree_to_pictures
from posecount.ui.teaching.lesson import begin_lesson, current_lesson, show_lesson, show_saved

_COUNTDOWN_S = 10.0
_LONGEST_S = 60.0
_HOLD = "lesson_recorder_hold"
"""Session state: whether what is recorded is a pose to hold."""


def show_live_teaching(session: LiveSession, playing: bool) -> None:
    """Record a few repetitions, or a pose to hold, from the stream, then show the lesson."""
    recorder: FootageRecorder | None = st.session_state.get("lesson_recorder")
    lesson = current_lesson()
    show_saved(playing)
    with st.expander("Teach a new exercise", icon=":material/school:", expanded=bool(recorder or lesson)):
        if recorder:
            st.fragment(_show_recording, run_every=0.5 if playing else None)(session, recorder, playing)
        elif lesson:
            show_lesson(lesson)
        else:
            st.markdown(
                "Press the button and get into position: the picture counts down ten seconds. Do **five repetitions** "
                "of any exercise, then stand still: the recording ends by itself. Keep your whole body in frame. "
                f"A pose such as a plank is timed instead: hold it for **{WANTED_S:.0f} seconds**."
            )
            agreed = agree_to_pictures("lesson")
            with st.container(horizontal=True):
                for words, hold in (("Record five repetitions", False), ("Record a pose to hold", True)):
                    st.button(
                        words,
                        type="secondary" if hold else "primary",
                        icon=":material/timer:" if hold else ":material/radio_button_checked:",
                        disabled=not (playing and agreed),
                        help=None if playing else "Press START first.",
                        on_click=_start_recording,
                        args=(session, hold),
                    )


def _start_recording(session: LiveSession, hold: bool) -> None:
    recorder = FootageRecorder(_COUNTDOWN_S, _LONGEST_S, is_held if hold else are_over)
    st.session_state["lesson_recorder"], st.session_state[_HOLD] = recorder, hold
    session.record(recorder)


def _show_recording(session: LiveSession, recorder: FootageRecorder, playing: bool) -> None:
    st.info(recorder.message or "Get ready", icon=":material/radio_button_checked:")
    hold = bool(st.session_state.get(_HOLD))
    done = st.button("That's enough" if hold else "I've done five", type="primary", key="lesson_done")
    if done or not playing or recorder.look():
        del st.session_state["lesson_recorder"]
        begin_lesson(
            recorder.finish(), hold=hold
        )  # the session keeps the recorder, which says in the picture that it is done
        st.rerun()
