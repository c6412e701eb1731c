"""Teaching from a video: find repetitions, or a pose that is held, in the background; then check and save them."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from posecount.errors import PosecountError
from posecount.ingest.teaching.footage_job import FootageJob
from posecount.ingest.teaching.holds import WANTED_S
from posecount.ui.choices import load_model
from posecount.ui.markdown import plain
from posecount.ui.teaching.lesson import begin_lesson, current_lesson, leave_for_live, show_lesson
from posecount.ui.video.running import recordings
from posecount.ui.video.uploads import KeptUpload

_TYPES = ["mp4", "mov", "m4v", "mkv", "webm", "avi"]
_JOB, _HOLD = "lesson_job", "lesson_job_hold"
"""Session state: the job, so that it continues while the person is on another page; whether it is about a hold."""
_KINDS = {"Five repetitions": False, "A pose to hold": True}


def show_video_teaching() -> None:
    """Let a person upload a video, show progress while it is tracked, then the lesson."""
    leave_for_live()
    _take_up_result()
    lesson = current_lesson()
    job: FootageJob | None = st.session_state.get(_JOB)
    expanded = bool(lesson or job)
    with st.expander("Teach an exercise from a video", icon=":material/school:", expanded=expanded):
        if lesson:
            show_lesson(lesson)
        elif job and job.running:
            _show_running(job)
        else:
            if job and job.error:
                st.error(plain(job.error))
            _show_upload()


def _take_up_result() -> None:
    job: FootageJob | None = st.session_state.get(_JOB)
    if job is None or job.running or job.error:
        return
    del st.session_state[_JOB]
    if job.result and not job.cancelled:
        begin_lesson(*job.result, hold=bool(st.session_state.get(_HOLD)))


def _show_upload() -> None:
    kind = st.segmented_control(
        "What it shows", list(_KINDS), default=next(iter(_KINDS)), required=True, key="lesson_kind"
    )
    hold = _KINDS[kind or next(iter(_KINDS))]
    upload = st.file_uploader(
        f"A video of a pose that is held for {WANTED_S:.0f} seconds" if hold else "A video of about five repetitions",
        type=_TYPES,
        help="It may show more before and after. At most three minutes are used.",
    )
    with st.container(horizontal=True):
        start = st.number_input("From second", min_value=0.0, value=0.0, step=1.0, key="lesson_from")
        end = st.number_input("To second", min_value=0.0, value=None, step=1.0, key="lesson_to")
    if (
        st.button("Find the pose" if hold else "Find the repetitions", type="primary", disabled=upload is None)
        and upload
    ):
        try:
            kept = KeptUpload(f"lesson{Path(upload.name).suffix.lower()}", upload.getbuffer())
            model = load_model("full")
        except PosecountError as error:
            st.error(plain(str(error)))
            return
        st.session_state[_HOLD] = hold
        st.session_state[_JOB] = FootageJob(
            kept.path, model, start=start, end=end, holds=kept, turns=recordings().turns
        )
        st.rerun()


@st.fragment(run_every=0.5)
def _show_running(job: FootageJob) -> None:
    """Progress and a cancel button; the page reruns at the end."""
    if not job.running:
        st.rerun()
    if job.progress is None:
        st.progress(0.0, text="Waiting for another video to finish…" if job.waiting else "Starting…")
    else:
        done, total = job.progress
        st.progress(min(done / (total or done), 1.0), text=f"Frame {done} of {total or 'unknown'}")
    st.button("Cancel", icon=":material/stop:", key="lesson_cancel", disabled=job.cancelled, on_click=job.cancel)
    st.caption("You can go to another page: this continues.")
