"""Samples as portraits in a grid, and tables of photos that gave no sample."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from posecount.datasets.photos import PhotoError, read_photo
from posecount.datasets.records import SampleId
from posecount.datasets.store import DatasetStore
from posecount.drawing.portrait import HEIGHT, draw_portrait
from posecount.ingest.report import Finding
from posecount.jpeg import encode_jpeg, thumbnail
from posecount.pose import LANDMARK_COUNT, FloatArray
from posecount.ui.markdown import plain

PAGE_SIZE = 12
_THUMBNAIL = 160
"""Height in pixels."""
_COLUMNS = 3
_MOST_PROBLEMS = 500

Stamp = tuple[int, ...]
"""Tells one content of a file from another, as a file's name does not."""


def portrait(store: DatasetStore, index: int, above: bool = True) -> bytes:
    """The portrait of a sample as JPEG; without the view from above, a thumbnail."""
    path = store.image_path(store.samples[index])
    return portrait_of(path, store.dataset.landmarks[index], store.visibility[index], above)


def portrait_of(path: Path | None, landmarks: FloatArray, visibility: FloatArray, above: bool = True) -> bytes:
    """The portrait of a pose as JPEG, on the picture in a file or on a plain background."""
    stamp = _stamp(path)
    return _portrait(str(path) if path and stamp else "", stamp, landmarks.tobytes(), visibility.tobytes(), above)


@st.cache_data(max_entries=1200, show_spinner=False)
def _portrait(path: str, stamp: Stamp, landmarks: bytes, visibility: bytes, above: bool) -> bytes:
    points: FloatArray = np.frombuffer(landmarks, dtype=np.float32).reshape(LANDMARK_COUNT, 3)
    visible: FloatArray = np.frombuffer(visibility, dtype=np.float32)
    image = draw_portrait(Path(path) if path else None, points, visible, HEIGHT if above else _THUMBNAIL, above)
    return encode_jpeg(image, 85)


def _stamp(path: Path | None) -> Stamp:
    """The stamp of a file's content; empty if there is no such file."""
    try:
        found = path.stat() if path else None
    except OSError:
        return ()
    return (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns) if found else ()


def portrait_alt(sample: SampleId) -> str:
    """What a portrait shows, for people who cannot see it."""
    return f"{sample}: photo with skeleton, and the same pose from above"


def thumbnail_alt(sample: SampleId) -> str:
    """What a thumbnail shows, for people who cannot see it."""
    return f"{sample}: photo with skeleton"


def cells(count: int) -> Iterator[DeltaGenerator]:
    """Cells of a grid, row by row: rows stay level, and a narrow screen keeps the order."""
    for place in range(count):
        if place % _COLUMNS == 0:
            row = st.columns(_COLUMNS)
        yield row[place % _COLUMNS]


def show_gallery(store: DatasetStore, indices: Sequence[int], key: str) -> None:
    """Portraits of samples, a page at a time.

    Args:
        indices: of samples in the store's dataset, in the order shown.
        key: of the widgets.
    """
    pages = max(-(-len(indices) // PAGE_SIZE), 1)
    page = 1
    if pages > 1:
        page = int(st.number_input(f"Page (of {pages})", min_value=1, max_value=pages, key=f"{key}_page"))
    shown = indices[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    for cell, index in zip(cells(len(shown)), shown, strict=True):
        sample = store.samples[index]
        with cell:
            st.image(portrait(store, index), width="stretch", alt=portrait_alt(sample))
            st.caption(f"**{plain(sample.class_name)}** {plain(sample.name)}")


def show_problems(store: DatasetStore, problems: Sequence[Finding]) -> None:
    """A table of files that gave no sample, each with a thumbnail and the reason."""
    st.dataframe(
        [
            {
                "Photo": _data_url(problem.thumbnail or _duplicate(store, problem.sample)),
                "Why": f"{problem.kind}: {problem.reason}" if problem.reason else problem.kind,
                "Name": problem.name,
            }
            for problem in problems[:_MOST_PROBLEMS]
        ],
        column_config={
            "Photo": st.column_config.ImageColumn(width="small"),
            "Why": st.column_config.TextColumn(width="large"),
        },
        hide_index=True,
        row_height=64,
    )
    if len(problems) > _MOST_PROBLEMS:
        st.caption(f"Showing the first {_MOST_PROBLEMS} of {len(problems)}.")


def show_rejected(store: DatasetStore) -> None:
    """The photos that have given no sample yet: without a pose, or unreadable."""
    problems = [
        Finding(f"{each.class_name}/{each.name}", each.kind, each.reason, None, each.thumbnail)
        for each in store.rejected()
    ]
    if problems:
        photos = "1 photo" if len(problems) == 1 else f"{len(problems)} photos"
        with st.expander(f"{photos} without a sample"):
            show_problems(store, problems)


def _duplicate(store: DatasetStore, sample: SampleId | None) -> bytes | None:
    path = store.image_path(sample) if sample else None
    return _thumbnail(str(path), _stamp(path)) if path else None


@st.cache_data(max_entries=1000, show_spinner=False)
def _thumbnail(path: str, stamp: Stamp) -> bytes | None:
    try:
        return thumbnail(read_photo(Path(path)))
    except PhotoError:
        return None


def _data_url(jpeg: bytes | None) -> str | None:
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}" if jpeg else None
