"""Live: choose, press START, and see the repetitions counted."""

import streamlit as st

from posecount import PosecountError
from posecount.ui.access import enter
from posecount.ui.choices import choose_live_settings
from posecount.ui.current_dataset import current_dataset
from posecount.ui.live.correcting import follow_copy, show_corrections, take_corrections
from posecount.ui.live.numbers import show_numbers
from posecount.ui.live.plan import begin_plan, choose_training, show_plan
from posecount.ui.live.serving import begin_session, current_session
from posecount.ui.live.stream import install_relay, show_stream
from posecount.ui.teaching.naming import of_session, show_naming
from posecount.ui.teaching.pose import show_pose_adding
from posecount.ui.teaching.recording import show_live_teaching
from posecount.ui.workouts.keeping import keep_history, show_history_state

enter()
install_relay()

session = current_session()
st.title("Live", anchor=False)
st.caption("Step back until your whole body is in frame, then press START. Push-ups work best from the side.")

follow_copy(session)
problem = recorder = None
with st.sidebar:
    try:
        settings = choose_live_settings()
        # The media thread cannot use Streamlit's session state, so the stream's callback holds on to this object.
        session = session or begin_session(settings)
        session.configure(settings)
        recorder = keep_history(session, current_dataset() or "")
        session.trainer.recorder = recorder
        choose_training(session)
        take_corrections(session)
    except PosecountError as error:
        problem = str(error)

if problem:
    st.error(problem)
if session is None:
    st.stop()
if problem:
    st.info("Until this is resolved, your previous choices stay in use.")

begin_plan(session)
with st.sidebar:
    st.button("Reset counts", icon=":material/restart_alt:", on_click=session.reset, width="stretch")
    if session.snapshot.before_reset:
        st.button("Undo reset", icon=":material/undo:", on_click=session.undo_reset, width="stretch")

video, numbers = st.columns([3, 2], gap="medium")
with video:
    playing = show_stream(session)
session.set_playing(playing)
with numbers:
    show_plan(session, playing)
    show_numbers(session, recorder, playing)
    show_corrections(session, playing)
    show_history_state(recorder)
    show_naming(session.settings.profile, of_session(session))
# These come last, so that on a narrow screen the counts are right below the video.
show_live_teaching(session, playing)
show_pose_adding(session, playing)
