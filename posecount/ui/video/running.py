"""A recording on a page: uploaded, counted in the background, and found again at the next visit."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import weakref
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from posecount.datasets.dataset import exercise_label
from posecount.errors import VideoError
from posecount.tracking.sequence import SEQUENCE_SUFFIX
from posecount.ui.markdown import plain
from posecount.video.job import RecordingJob
from posecount.video.queue import RecordingQueue
from posecount.video.reader import VIDEO_SUFFIXES

MOST_MEGABYTES = 300
"""The largest upload: `maxUploadSize` of .streamlit/config.toml, as the server refuses more. The command line takes
larger files."""
UPLOAD_TYPES = [suffix[1:] for suffix in (*VIDEO_SUFFIXES, SEQUENCE_SUFFIX)]


class KeptUpload:
    """An upload on disk, for as long as this object is held.

    Attributes:
        path: the file.
        title: its name in the browser.
        file_id: Streamlit's id of the upload.
    """

    def __init__(self, name: str, data: bytes, title: str = "", file_id: str = "") -> None:
        self.title, self.file_id = title, file_id
        folder = Path(tempfile.mkdtemp(prefix="posecount-"))
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self.path = folder / name
        self.path.write_bytes(data)


def keep_upload(upload: UploadedFile) -> KeptUpload:
    """Write an upload to a file; the browser session holds the last one.

    The file is named after its content. Only its suffix comes from the browser, and only a known one.

    Raises:
        VideoError: if it is too large.
    """
    if upload.size > MOST_MEGABYTES * 1_000_000:
        raise VideoError(
            f"{upload.name} is larger than {MOST_MEGABYTES} MB. Try: cut or shrink it, or count it with "
            f"`posecount count {upload.name}`."
        )
    known = last_upload()
    if known is None or known.file_id != upload.file_id:
        data = upload.getvalue()
        name = hashlib.sha256(data).hexdigest()[:16] + Path(upload.name).suffix.lower()
        known = st.session_state["upload"] = KeptUpload(name, data, upload.name, upload.file_id)
    return known


def last_upload() -> KeptUpload | None:
    """The last upload of this visit, which outlives the widget when the page is left."""
    known: KeptUpload | None = st.session_state.get("upload")
    return known


def forget_upload() -> None:
    """Close the last upload."""
    st.session_state.pop("upload", None)


class Visitor:
    """Stands for one browser session; it goes with it."""


@st.cache_resource
def recordings() -> RecordingQueue:
    """The recordings of all visitors of this server."""
    return RecordingQueue()


def visitor() -> Visitor:
    """Who asks: one object per browser session."""
    known: Visitor = st.session_state.setdefault("video_visitor", Visitor())
    return known


@st.fragment(run_every=0.5)
def show_running(job: RecordingJob) -> None:
    """Progress, a preview, the counts so far and a cancel button; the page reruns at the end."""
    if not job.running:
        st.rerun()
    progress = job.progress
    if progress is None:
        st.progress(0.0, text="Waiting for another video to finish…" if job.waiting else "Starting…")
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
        help="Stops counting. What was counted so far is kept.",
        on_click=job.cancel,
    )
    left, right = st.columns([2, 1], gap="medium")
    if job.preview:
        left.image(job.preview, width="stretch", alt="The frame that is being counted")
    if progress:
        for name, number in progress.counts.items():
            if number:
                right.metric(exercise_label(name), number)
    st.caption("You can close this window: counting continues. Choose the same file again to see the result.")


def show_end(job: RecordingJob, key: str) -> None:
    """Say if only a part was counted, and offer to count again."""
    if job.result and job.result.broke_off:
        st.warning(plain(f"Counted only in part: {job.result.broke_off}. Results cover the video up to that point."))
    if (job.error or job.cancelled) and st.button("Count again", icon=":material/replay:"):
        recordings().forget(key)
        st.rerun()
