"""Teaching from the live stream: record a few repetitions, then check and save them."""

from __future__ import annotations

import streamlit as st

from posecount.ingest.footage import FootageRecorder
from posecount.live.session import LiveSession
from posecount.ui.teaching.lesson import begin_lesson, current_lesson, show_lesson, show_saved

_COUNTDOWN_S = 10.0
_LONGEST_S = 60.0


def show_live_teaching(session: LiveSession, playing: bool) -> None:
    """Record a few repetitions from the stream, then show the lesson."""
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
                "of any exercise, then stand still: the recording ends by itself. Keep your whole body in frame."
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
    recorder = st.session_state["lesson_recorder"] = FootageRecorder(_COUNTDOWN_S, _LONGEST_S)
    session.record(recorder)


def _show_recording(session: LiveSession, recorder: FootageRecorder, playing: bool) -> None:
    st.info(recorder.message or "Get ready", icon=":material/radio_button_checked:")
    done = st.button("I've done five", type="primary", key="lesson_done")
    if done or not playing or recorder.look():
        del st.session_state["lesson_recorder"]
        begin_lesson(recorder.finish())  # the session keeps the recorder, which says in the picture that it is done
        st.rerun()
