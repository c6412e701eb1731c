"""History: the workouts that are behind you, and what they come to."""

from datetime import datetime

import streamlit as st

from posecount import PosecountError
from posecount.history.records import zone
from posecount.ui.access import enter
from posecount.ui.workouts.course import show_courses
from posecount.ui.workouts.exchange import show_exchange
from posecount.ui.workouts.keeping import exercises_to_choose, history_writer, time_zone, what_is_kept
from posecount.ui.workouts.listing import OPENED, show_list, show_undo
from posecount.ui.workouts.overview import show_overview
from posecount.ui.workouts.workout import show_workout

enter()

st.title("History", anchor=False)
try:
    writer = history_writer()
    if writer is None:
        st.info(
            "No history is kept here: people share this server without logging in. Start posecount on your own "
            "computer, or ask the person who runs this server to set up logins (docs/deployment.md)."
        )
        st.stop()
    history = writer.history
    writer.flush(within_s=1.0)
    show_undo(history)
    if writer.problem:
        st.warning(writer.problem)
    workouts = history.summaries()
    opened = st.session_state.get(OPENED)
    if opened and any(each.key == opened for each in workouts):
        show_workout(history, history.workout(opened), exercises_to_choose(workouts))
    else:
        if workouts:
            show_overview(workouts, datetime.now(zone(time_zone())).date())
            show_courses(workouts)
            show_list(history, workouts)
        else:
            st.info(
                "No workouts yet. Press START on the Live page and train: every repetition is kept as it happens. You "
                "can also add a recorded video: posecount count VIDEO --save",
                icon=":material/fitness_center:",
            )
        show_exchange(history, len(workouts))
        st.caption(what_is_kept())
except PosecountError as error:
    st.error(str(error))
