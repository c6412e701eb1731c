"""A recording on a page: uploaded, counted in the background, remembered for the next visit."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import weakref
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from posecount.datasets.dataset import exercise_label
from posecount.errors import VideoError
from posecount.tracking.sequence import SEQUENCE_SUFFIX
from posecount.ui.markdown import plain
from posecount.video.job import RecordingJob
from posecount.video.reader import VIDEO_SUFFIXES

MOST_MEGABYTES = 1000
"""Of an upload: Streamlit holds it in memory. Longer videos are for the command line."""
_JOBS = 8
"""Finished recordings that are remembered, of all visitors together, each with its annotated video."""

UPLOAD_TYPES = [suffix[1:] for suffix in (*VIDEO_SUFFIXES, SEQUENCE_SUFFIX)]


class KeptUpload:
    """An upload on disk, for as long as this object is held."""

    def __init__(self, name: str, data: bytes) -> None:
        folder = Path(tempfile.mkdtemp(prefix="posecount-"))
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self.path = folder / name
        self.path.write_bytes(data)


def keep_upload(upload: UploadedFile) -> KeptUpload:
    """Write an upload to a file; the browser session holds the last one.

    What it is called there comes from its content, not from the browser, save for a known ending.

    Raises:
        VideoError: if it is too large.
    """
    if upload.size > MOST_MEGABYTES * 1_000_000:
        raise VideoError(
            f"{upload.name} is larger than {MOST_MEGABYTES} MB. Remedy: cut or shrink it, or count it with "
            f"`python -m posecount count {upload.name}`."
        )
    known: tuple[str, KeptUpload] | None = st.session_state.get("upload")
    if known is None or known[0] != upload.file_id:
        data = upload.getvalue()
        name = hashlib.sha256(data).hexdigest()[:16] + Path(upload.name).suffix.lower()
        known = st.session_state["upload"] = (upload.file_id, KeptUpload(name, data))
    return known[1]


@st.cache_resource
def _known_jobs() -> OrderedDict[str, RecordingJob]:
    return OrderedDict()


def remembered_job(key: str, start: Callable[[], RecordingJob]) -> RecordingJob:
    """The job of that key, in whichever session it was started; a new one where there is none."""
    jobs = _known_jobs()
    job = jobs.get(key)
    if job is None:
        job = jobs[key] = start()
    jobs.move_to_end(key)
    for old in [each for each, job in jobs.items() if not job.running][: max(len(jobs) - _JOBS, 0)]:
        del jobs[old]
    return job


def forget_job(key: str) -> None:
    """Have it counted again at the next visit."""
    _known_jobs().pop(key, None)


@st.fragment(run_every=0.5)
def show_running(job: RecordingJob) -> None:
    """Progress, the picture as it goes, counts so far and a cancel button; the page is drawn anew at the end."""
    if not job.running:
        st.rerun()
    progress = job.progress
    if progress is None:
        st.progress(0.0, text="Starting…")
    else:
        words = f"Frame {progress.done} of {progress.total or 'unknown'}, {progress.fps:.0f} frames per second"
        if progress.seconds_left is not None:
            minutes, seconds = divmod(round(progress.seconds_left), 60)
            words += f", {minutes}:{seconds:02d} left"
        st.progress(min(progress.done / (progress.total or progress.done), 1.0), text=words)
    st.button(
        "Cancel",
        icon=":material/stop:",
        disabled=job.cancelled,
        help="Stops; what was counted until then is kept.",
        on_click=job.cancel,
    )
    left, right = st.columns([2, 1], gap="medium")
    if job.preview:
        left.image(job.preview, width="stretch")
    if progress:
        for name, number in progress.counts.items():
            if number:
                right.metric(exercise_label(name), number)
    st.caption("You may close this window: the work goes on, and is there when you choose the same file again.")


def show_end(job: RecordingJob, key: str) -> None:
    """Say where only a part was counted, and offer to count again."""
    if job.result and job.result.broke_off:
        st.warning(plain(f"Counted only in part: {job.result.broke_off}. What is shown goes as far as that."))
    if (job.error or job.cancelled) and st.button("Count again", icon=":material/replay:"):
        forget_job(key)
        st.rerun()
