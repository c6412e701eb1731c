"""Video: count in a recorded clip; see it annotated, and each repetition in chart and table."""

import hashlib

import streamlit as st

from posecount import PosecountError
from posecount.counting.holds import minutes
from posecount.counting.settings import PROFILES
from posecount.datasets.dataset import exercise_label
from posecount.ui.access import enter
from posecount.ui.choices import (
    PROFILE_LABELS,
    choose_classifier,
    choose_profile,
    choose_thresholds,
    choose_variant,
    load_model,
)
from posecount.ui.labels import VIDEO, label
from posecount.ui.markdown import plain
from posecount.ui.remembered import remembered
from posecount.ui.teaching.naming import of_recording, show_naming
from posecount.ui.video.downloads import show_downloads
from posecount.ui.video.repetitions import show_chart, show_table
from posecount.ui.video.running import recordings, show_done, show_end, show_running, visitor
from posecount.ui.video.uploads import SourceFile, choose_file, show_uploader
from posecount.video.job import RecordingJob
from posecount.video.queue import Start
from posecount.video.recording import Recording

enter()


def counting(file: SourceFile) -> tuple[str, Start]:
    """What stands for counting a file with all that is chosen, and what starts it."""
    # An upload is named after its content. A classifier keeps its id as long as the job, which holds it.
    parts = (file.path.name, id(classifier), variant, profile, settings)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16], lambda turns, replaced: RecordingJob(
        file.path, model, classifier, profile, settings, holds=file, turns=turns, replaces=replaced
    )


def show_counts(recordings: dict[str, Recording]) -> None:
    """Show counts side by side, each under a title."""
    for column, (title, recording) in zip(st.columns(len(recordings)), recordings.items(), strict=True):
        with column.container(border=True):
            st.markdown(f"**{title}**")
            if not show_done(recording.counts, recording.seconds):
                st.caption("Nothing counted.")
            for second, words in recording.too_shallow:
                st.caption(f"From {minutes(second)}: {plain(words)}")


st.title("Count in a video", anchor=False)
try:
    with st.sidebar:
        classifier = choose_classifier()
        variant = choose_variant()
        profile = choose_profile()
        settings = choose_thresholds(profile, classifier)
    files = show_uploader()
    if files:
        model = load_model(variant)
    jobs = recordings().ask(visitor(), dict(map(counting, files)))
except PosecountError as error:
    st.error(plain(str(error)))
    st.stop()
if not files:
    st.info("Choose files or a sample clip.")
    st.stop()
name, key, job = choose_file(files, jobs)

if job.running:
    show_running(job)
    st.stop()
if job.error:
    st.error(plain(job.error.replace(str(job.path), name)))
show_end(job, key)
recording = job.result
if recording is None:
    st.stop()
if remembered(
    st.toggle,
    "compare",
    False,
    label="Compare the three profiles",
    help="Uses the same landmarks, so nothing is tracked again.",
):
    with st.spinner("Counting…"):
        show_counts({PROFILE_LABELS[each]: job.counted_with(each) for each in PROFILES})
else:
    show_counts({PROFILE_LABELS[profile]: recording})
show_naming(profile, of_recording(recording))
left, right = st.columns(2, gap="medium")
with right:
    done = {**recording.counts, **recording.seconds}
    assert recording.confidence is not None, "a job asks for details"
    # What is unknown has a count, but no confidence to be drawn.
    names = sorted(recording.confidence.exercises, key=lambda each: done.get(each, 0), reverse=True)
    exercise = st.selectbox("Exercise", names, format_func=exercise_label, key=f"exercise_{key}")
    chosen = [show_chart(recording, exercise, settings, f"chart_{key}_{exercise}")]
if recording.in_order:  # below both columns: one of them is too narrow for it
    chosen.append(show_table(recording, f"table_{key}"))
before = st.session_state.get("chosen")
# The click on chart or table that came last decides.
fresh = [now for now, was in zip(chosen, before or (), strict=False) if now is not None and now != was]
seek = fresh[0] if fresh else st.session_state.get("seek") if any(each is not None for each in chosen) else None
st.session_state["chosen"], st.session_state["seek"] = chosen, seek
with left:
    if job.annotated:
        with st.container(gap=None):
            st.video(str(job.annotated), start_time=seek or 0.0, autoplay=seek is not None)
            label(VIDEO, f"{name} with the skeleton and the counts")
    show_downloads(job, recording, name)
