"""The files of the Video page: uploaded, kept on disk for the visit, and listed with what was counted in each."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from posecount.datasets.dataset import exercise_label
from posecount.errors import VideoError
from posecount.files import folder_of
from posecount.shipped import SAMPLE_CLIPS
from posecount.tracking.sequence import SEQUENCE_SUFFIX
from posecount.ui.markdown import plain
from posecount.ui.remembered import remembered
from posecount.ui.video.running import follow, status
from posecount.video.job import RecordingJob
from posecount.video.reader import VIDEO_SUFFIXES

MOST_MEGABYTES = 300
"""The largest upload: `maxUploadSize` of .streamlit/config.toml, as the server refuses more. The command line takes
larger files."""
MOST_FILES = 10
"""How many uploads a visit keeps."""
UPLOAD_TYPES = [suffix[1:] for suffix in (*VIDEO_SUFFIXES, SEQUENCE_SUFFIX)]

_FILES, _PROBLEMS, _TAKEN = "uploads", "upload_problems", "uploads_taken"
_CHOSEN = "uploaded_file"


class SourceFile:
    """A file to count in.

    Attributes:
        path: the file.
        title: what people call it.
    """

    def __init__(self, path: Path, title: str) -> None:
        self.path, self.title = path, title


class KeptUpload(SourceFile):
    """An upload on disk, for as long as this object is held.

    Raises:
        VideoError: if it cannot be stored.
    """

    def __init__(self, name: str, data: bytes | memoryview, title: str = "") -> None:
        try:
            path = folder_of(self) / name
            path.write_bytes(data)
        except OSError as error:
            raise VideoError(
                f"{title or 'The video'} cannot be stored: {error.strerror or error}. Try: free some disk space."
            ) from error
        super().__init__(path, title)


def show_uploader() -> list[SourceFile]:
    """Let a person add files; return those of the visit, the last first, or else the sample clip that is chosen."""
    taken = st.session_state.setdefault(_TAKEN, 0)
    uploads = st.file_uploader(
        "Videos, or landmark sequences",
        type=UPLOAD_TYPES,
        accept_multiple_files=True,
        max_upload_size=MOST_MEGABYTES,
        key=f"upload_{taken}",
        help="posecount counts them on the machine it runs on, one after another. A file is deleted there after you "
        "close it or this tab and other files have been counted. Its landmarks, which show no picture, are kept, so "
        "the same file counts at once next time.",
    )
    if uploads:
        st.session_state[_PROBLEMS] = keep_uploads(uploads)
        st.session_state[_TAKEN] = taken + 1  # an empty widget: the server need not hold the files in memory as well
        st.rerun()
    for problem in st.session_state.get(_PROBLEMS, ()):
        st.error(plain(problem))
    files: list[SourceFile] = st.session_state.get(_FILES, [])
    if files:
        return files
    clips = {exercise_label(name): path for name, path in SAMPLE_CLIPS.items() if path.is_file()}
    choice = remembered(st.pills, "sample_clip", None, label="Or a sample clip", options=list(clips))
    return [SourceFile(clips[choice], clips[choice].name)] if choice else []


def keep_uploads(uploads: Sequence[UploadedFile]) -> list[str]:
    """Write uploads to files, which the visit holds; return why others could not be kept, each fit to show.

    A file is named after its content. Only its suffix comes from the browser, and only a known one.
    """
    kept: dict[str, KeptUpload] = {}
    problems: list[str] = []
    if more := [upload.name for upload in uploads[MOST_FILES:]]:
        problems.append(
            f"{MOST_FILES} files are counted at a time, so these were left out: {', '.join(more)}. Try: add them "
            "afterwards, or count them all with `posecount count`."
        )
    for upload in uploads[:MOST_FILES]:
        try:
            each = _keep(upload)
            kept[each.path.name] = each
        except VideoError as error:
            problems.append(str(error))
    if kept:
        known = [each for each in st.session_state.get(_FILES, []) if each.path.name not in kept]
        st.session_state[_FILES] = [*kept.values(), *known][:MOST_FILES]
        st.session_state[_CHOSEN] = next(iter(kept))
    return problems


def _keep(upload: UploadedFile) -> KeptUpload:
    if upload.size > MOST_MEGABYTES * 1_000_000:
        raise VideoError(
            f"{upload.name} is larger than {MOST_MEGABYTES} MB. Try: cut or shrink it, or count it with "
            f"`posecount count {upload.name}`."
        )
    data = upload.getbuffer()
    name = hashlib.sha256(data).hexdigest()[:16] + Path(upload.name).suffix.lower()
    return KeptUpload(name, data, upload.name)


def choose_file(files: Sequence[SourceFile], jobs: Mapping[str, RecordingJob]) -> tuple[str, str, RecordingJob]:
    """List the files of the visit with what was counted in each; return title, key and job of the one to show.

    Args:
        files: at least one.
        jobs: in the same order, by key.
    """
    shown = list(jobs.items())
    if not isinstance(files[0], KeptUpload):
        return files[0].title, *shown[0]
    names, statuses = [each.path.name for each in files], [status(job) for job in jobs.values()]
    titles = {each.path.name: plain(each.title) for each in files}
    left, right = st.columns([4, 1], vertical_alignment="bottom")
    with left:
        chosen = remembered(
            st.radio,
            _CHOSEN,
            names[0],
            label="Last files",
            options=names,
            format_func=titles.get,
            captions=[plain(each) for each in statuses],
        )
    right.button(
        "Close", icon=":material/close:", on_click=_forget, args=[chosen], help="Takes this file off the list."
    )
    if any(job.running for job in jobs.values()):
        follow(list(jobs.values()), statuses)
    number = names.index(chosen)
    return files[number].title, *shown[number]


def _forget(name: str) -> None:
    st.session_state[_FILES] = [each for each in st.session_state[_FILES] if each.path.name != name]
    st.session_state.pop(_PROBLEMS, None)
