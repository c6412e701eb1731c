"""Live: choose, press START, and see the repetitions counted."""

import streamlit as st

from posecount import PosecountError
from posecount.live import LiveSession
from posecount.ui.access import enter
from posecount.ui.choices import choose_live_settings
from posecount.ui.datasets import apply_choice
from posecount.ui.live_panel import show_numbers
from posecount.ui.stream import install_relay, show_stream
from posecount.ui.teaching import show_live_teaching, show_pose_adding

st.set_page_config("posecount", ":material/fitness_center:", layout="wide")
enter()
install_relay()

session: LiveSession | None = st.session_state.get("live_session")
st.header("posecount", anchor=False)
st.caption("Stand where the camera sees the whole of you, press START, and train. Push-ups work best from the side.")

apply_choice()
with st.sidebar:
    try:
        settings = choose_live_settings()
    except PosecountError as error:
        settings, problem = None, str(error)

if settings is None:
    st.error(problem)
    if session is None:
        st.stop()
    st.info("Until this is resolved, counting goes on with what was chosen before.")
elif session is None:
    # Of this browser session alone, and out of Streamlit's reach on the media thread: the callback closes over it.
    session = st.session_state["live_session"] = LiveSession(settings)
else:
    session.configure(settings)

with st.sidebar:
    st.button("Reset the counts", icon=":material/restart_alt:", on_click=session.reset, width="stretch")

video, numbers = st.columns([3, 2], gap="medium")
with video:
    playing = show_stream(session)
with numbers:
    show_numbers(session, playing)
# Below both, so that on a narrow screen the counts come right after the video.
show_live_teaching(session, playing)
show_pose_adding(session, playing)
