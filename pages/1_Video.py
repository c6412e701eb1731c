"""Video: count in a recorded clip, with every profile side by side."""

import json
from pathlib import Path

import streamlit as st

from posecount import PosecountError
from posecount.classifier import PoseClassifier
from posecount.dataset import exercise_label
from posecount.pipeline import DEFAULT_PROFILE, PROFILES, Profile, RepetitionPipeline
from posecount.recording import Recording, count_recording
from posecount.samples import SAMPLE_CLIPS
from posecount.ui.access import enter
from posecount.ui.choices import choose_classifier, choose_variant, load_model, remembered
from posecount.ui.recorded import Recorded, annotate, keep_upload, track_once

st.set_page_config("posecount: video", ":material/movie:", layout="wide")
enter()


def show_source() -> Path | None:
    """Let a person upload a file or take a sample clip; return where it lies."""
    upload = st.file_uploader(
        "A video, or a landmark sequence",
        type=["mp4", "mov", "m4v", "mkv", "webm", "avi", "npz"],
        help="It is counted on the machine that runs posecount, and forgotten when this browser tab closes.",
    )
    if upload:
        return keep_upload(upload)
    clips = {exercise_label(name): path for name, path in SAMPLE_CLIPS.items() if path.is_file()}
    choice = remembered(st.pills, "sample_clip", None, label="Or a sample clip", options=list(clips))
    return clips[choice] if choice else None


def show_counts(recordings: dict[Profile, Recording]) -> None:
    """Counts of every profile side by side."""
    names = sorted({name for recording in recordings.values() for name in recording.counts})
    for column, (profile, recording) in zip(st.columns(len(recordings)), recordings.items(), strict=True):
        with column.container(border=True):
            st.markdown(f"**{profile}**" + (" (default)" if profile == DEFAULT_PROFILE else ""))
            seen = [name for name in names if recording.counts.get(name)]
            for name in seen:
                st.metric(exercise_label(name), recording.counts[name])
            if not seen:
                st.caption("Nothing counted.")


def show_repetitions(recording: Recording) -> None:
    """The table of one profile's repetitions."""
    if not recording.repetitions:
        return
    st.dataframe(
        [
            {
                "#": number,
                "Exercise": exercise_label(each.exercise),
                "Start (s)": round(each.start, 1),
                "Turn (s)": round(each.turn, 1),
                "End (s)": round(each.end, 1),
                "Duration (s)": round(each.duration, 1),
            }
            for number, each in enumerate(recording.repetitions, 1)
        ],
        hide_index=True,
    )


def show_downloads(recorded: Recorded, classifier: PoseClassifier, recording: Recording, profile: Profile) -> None:
    """The annotated video, the counts and the landmarks, to keep."""
    if recorded.is_video and st.button("Make the annotated video", icon=":material/movie_edit:"):
        with st.spinner("Drawing…"):
            bar = st.progress(0.0)
            video = annotate(
                recorded,
                RepetitionPipeline(recorded.sequence.replay(), classifier, profile),
                lambda done, total: bar.progress(min(done / (total or done), 1.0)),
            )
            bar.empty()
        st.video(video)
        st.download_button("Download the annotated video", video, f"{recorded.path.stem}-counted.mp4", "video/mp4")
    with st.container(horizontal=True):
        document = {**recording.to_json(), "source": recorded.path.name}
        st.download_button("Download the counts (JSON)", json.dumps(document, indent=1), f"{recorded.path.stem}.json")
        st.download_button("Download the landmarks (.npz)", recorded.sequence_bytes, f"{recorded.path.stem}.npz")


st.title("Count in a video", anchor=False)
try:
    with st.sidebar:
        classifier = choose_classifier()
        variant = choose_variant()
    path = show_source()
    if path is None:
        st.info("Choose a file. Its repetitions are counted with every profile, side by side.")
        st.stop()
    recorded = track_once(path, lambda: load_model(variant), variant)
    recordings = {
        profile: count_recording(recorded.sequence, RepetitionPipeline(None, classifier, profile))
        for profile in PROFILES
    }
except PosecountError as error:
    st.error(str(error))
    st.stop()

if recorded.broke_off:
    st.warning(f"The video broke off; it was counted as far as it goes. {recorded.broke_off}")
show_counts(recordings)
shown: Profile = remembered(
    st.segmented_control, "shown_profile", DEFAULT_PROFILE, label="Show", options=PROFILES, required=True
)
left, right = st.columns(2, gap="medium")
with left:
    if recorded.is_video:
        st.video(str(recorded.path))
    show_downloads(recorded, classifier, recordings[shown], shown)
with right:
    show_repetitions(recordings[shown])
