"""What the Video page offers for download: the annotated video, repetitions, counts and landmarks."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import streamlit as st

from posecount.video.job import RecordingJob
from posecount.video.recording import Recording, repetitions_csv


def show_downloads(job: RecordingJob, recording: Recording, name: str) -> None:
    """Offer the annotated video, repetitions, counts and landmarks."""
    stem = Path(name).stem
    with st.container(horizontal=True):
        if job.annotated:
            st.download_button("Annotated video", lambda: _annotated(job), f"{stem}-counted.mp4", "video/mp4")
        table = repetitions_csv([replace(recording, source=Path(name))])
        st.download_button("Repetitions (CSV)", table, f"{stem}-repetitions.csv", "text/csv")
        document = {**recording.to_json(), "source": name}
        st.download_button("Counts (JSON)", json.dumps(document, indent=1), f"{stem}.json")
        st.download_button("Landmarks (.npz)", lambda: _landmarks(recording), f"{stem}.npz")


def _annotated(job: RecordingJob) -> bytes:
    """The annotated video; the button holds the job, which holds the file."""
    assert job.annotated is not None
    return job.annotated.read_bytes()


def _landmarks(recording: Recording) -> bytes:
    """The landmarks as a file that this page and the command line can read."""
    assert recording.landmarks is not None
    file = io.BytesIO()
    recording.landmarks.fitting().write(file)
    return file.getvalue()
