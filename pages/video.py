"""Video: count in a recorded clip; see it annotated, and each repetition in chart and table."""

import hashlib
import json
import tempfile
from dataclasses import replace
from pathlib import Path

import streamlit as st

from posecount import PosecountError
from posecount.counting.settings import PROFILES
from posecount.datasets.dataset import exercise_label
from posecount.shipped import SAMPLE_CLIPS
from posecount.ui.access import enter
from posecount.ui.choices import (
    choose_classifier,
    choose_profile,
    choose_thresholds,
    choose_variant,
    load_model,
)
from posecount.ui.labels import VIDEO, label
from posecount.ui.markdown import plain
from posecount.ui.remembered import remembered
from posecount.ui.video.repetitions import show_chart, show_table
from posecount.ui.video.running import (
    MOST_MEGABYTES,
    UPLOAD_TYPES,
    KeptUpload,
    forget_upload,
    keep_upload,
    last_upload,
    recordings,
    show_end,
    show_running,
    visitor,
)
from posecount.video.job import RecordingJob
from posecount.video.recording import Recording, repetitions_csv

enter()


def show_source() -> tuple[Path, str, KeptUpload | None] | None:
    """Offer an upload and sample clips; return the file's path, its name, and what keeps the file."""
    upload = st.file_uploader(
        "A video, or a landmark sequence",
        type=UPLOAD_TYPES,
        max_upload_size=MOST_MEGABYTES,
        help="posecount counts it on the machine it runs on. The file is deleted there after you close this tab and "
        "other files have been counted. Its landmarks, which show no picture, are kept, so the same file counts at "
        "once next time.",
    )
    if upload:
        kept = keep_upload(upload)
        return kept.path, upload.name, kept
    last = last_upload()
    if last:
        left, right = st.columns([4, 1], vertical_alignment="center")
        left.caption(f"Last file: {plain(last.title)}")
        right.button("Close", icon=":material/close:", on_click=forget_upload)
        return last.path, last.title, last
    clips = {exercise_label(name): path for name, path in SAMPLE_CLIPS.items() if path.is_file()}
    choice = remembered(st.pills, "sample_clip", None, label="Or a sample clip", options=list(clips))
    return (clips[choice], clips[choice].name, None) if choice else None


def show_counts(recordings: dict[str, Recording]) -> None:
    """Show counts side by side, each under a title."""
    for column, (title, recording) in zip(st.columns(len(recordings)), recordings.items(), strict=True):
        with column.container(border=True):
            st.markdown(f"**{title}**")
            seen = {name: count for name, count in recording.counts.items() if count}
            for name, count in seen.items():
                st.metric(exercise_label(name), count)
            if not seen:
                st.caption("Nothing counted.")


def show_downloads(job: RecordingJob, recording: Recording, name: str) -> None:
    """Offer the annotated video, repetitions, counts and landmarks."""
    stem = Path(name).stem
    with st.container(horizontal=True):
        if job.annotated:
            st.download_button("Annotated video", lambda: annotated_file(job), f"{stem}-counted.mp4", "video/mp4")
        table = repetitions_csv([replace(recording, source=Path(name))])
        st.download_button("Repetitions (CSV)", table, f"{stem}-repetitions.csv", "text/csv")
        document = {**recording.to_json(), "source": name}
        st.download_button("Counts (JSON)", json.dumps(document, indent=1), f"{stem}.json")
        st.download_button("Landmarks (.npz)", lambda: landmarks_file(recording), f"{stem}.npz")


def annotated_file(job: RecordingJob) -> bytes:
    """The annotated video; the button holds the job, which holds the file."""
    assert job.annotated is not None
    return job.annotated.read_bytes()


def landmarks_file(recording: Recording) -> bytes:
    """The landmarks as a file that this page and the command line can read."""
    assert recording.landmarks is not None
    with tempfile.TemporaryDirectory(prefix="posecount-") as folder:
        path = Path(folder) / "landmarks.npz"
        recording.landmarks.fitting().save(path)
        return path.read_bytes()


st.title("Count in a video", anchor=False)
try:
    with st.sidebar:
        classifier = choose_classifier()
        variant = choose_variant()
        profile = choose_profile()
        settings = choose_thresholds(profile, classifier)
    source = show_source()
    if source is None:
        st.info("Choose a file or a sample clip.")
        st.stop()
    path, name, kept = source
    # An upload is named after its content. A classifier keeps its id as long as the job, which holds it.
    parts = (path.name, id(classifier), variant, profile, settings)
    key = hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
    model = load_model(variant)
    job = recordings().ask(
        visitor(),
        key,
        lambda turns, replaced: RecordingJob(
            path, model, classifier, profile, settings, holds=kept, turns=turns, replaces=replaced
        ),
    )
except PosecountError as error:
    st.error(plain(str(error)))
    st.stop()

if job.running:
    show_running(job)
    st.stop()
if job.error:
    st.error(plain(job.error.replace(str(path), name)))
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
        show_counts({each: job.counted_with(each) for each in PROFILES})
else:
    show_counts({profile: recording})
left, right = st.columns(2, gap="medium")
with right:
    seek = None
    names = sorted(recording.counts, key=recording.counts.__getitem__, reverse=True)
    exercise = st.selectbox("Exercise", names, format_func=exercise_label, key=f"exercise_{key}")
    chosen = [show_chart(recording, exercise, settings, f"chart_{key}_{exercise}")]
    if recording.repetitions:
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
