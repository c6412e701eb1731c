"""An uploaded or sample video on a page: tracked once, then counted as often as settings change."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from posecount.model import Variant
from posecount.pipeline import RepetitionPipeline
from posecount.recording import SEQUENCE_SUFFIX, Progress, count_recording, track_video
from posecount.sequence import LandmarkSequence
from posecount.tracker import PoseTracker


@dataclass(frozen=True, slots=True, eq=False)
class Recorded:
    """A file whose landmarks are known.

    Attributes:
        path: the file.
        is_video: False for a landmark sequence, which has no picture.
        sequence: its landmarks.
        broke_off: why a video yielded fewer frames than it should, or None.
    """

    path: Path
    is_video: bool
    sequence: LandmarkSequence
    broke_off: str | None

    @property
    def sequence_bytes(self) -> bytes:
        """The landmarks as a ``.npz`` file."""
        with tempfile.TemporaryDirectory(prefix="posecount-") as folder:
            path = Path(folder) / f"landmarks{SEQUENCE_SUFFIX}"
            self.sequence.save(path)
            return path.read_bytes()


class _Kept:
    """An upload on disk, for as long as this object is held."""

    def __init__(self, name: str, data: bytes) -> None:
        folder = Path(tempfile.mkdtemp(prefix="posecount-"))
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self.path = folder / name
        self.path.write_bytes(data)


def keep_upload(upload: UploadedFile) -> Path:
    """Write an upload to a file that lives as long as the browser session; the last one only.

    What it is called there comes from its content, not from the browser, save for a known ending.
    """
    data = upload.getvalue()
    name = hashlib.sha256(data).hexdigest()[:16] + Path(upload.name).suffix.lower()
    kept: _Kept | None = st.session_state.get("upload")
    if kept is None or kept.path.name != name:
        kept = st.session_state["upload"] = _Kept(name, data)
    return kept.path


def track_once(path: Path, model: Callable[[], Path], variant: Variant) -> Recorded:
    """Track a video with a progress bar, or read a sequence; the last one is remembered for this browser session.

    Raises:
        VideoError, SequenceError, ModelError: if it cannot be used; fit to show.
    """
    if path.suffix.lower() == SEQUENCE_SUFFIX:
        return Recorded(path, False, LandmarkSequence.load(path), None)
    key = (str(path), variant)
    known: tuple[tuple[str, str], Recorded] | None = st.session_state.get("recorded")
    if known is None or known[0] != key:
        model_file = model()
        bar = st.progress(0.0, text="Tracking…")

        def show(done: int, total: int | None) -> None:
            if done % 5 == 0:  # each update costs a message to the browser
                bar.progress(min(done / (total or done), 1.0), text=f"Tracking: frame {done} of {total or 'unknown'}")

        try:
            with PoseTracker(model_file) as tracker:
                sequence, broke_off = track_video(path, tracker, progress=show)
        finally:
            bar.empty()
        known = st.session_state["recorded"] = (key, Recorded(path, True, sequence, broke_off))
    return known[1]


def annotate(recorded: Recorded, pipeline: RepetitionPipeline, progress: Progress) -> bytes:
    """The video with the overlay drawn, as MP4."""
    with tempfile.TemporaryDirectory(prefix="posecount-") as folder:
        output = Path(folder) / "annotated.mp4"
        count_recording(recorded.path, pipeline, output, progress)
        return output.read_bytes()
