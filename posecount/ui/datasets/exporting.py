"""Downloads of a dataset: each file is written and checked once per version of the dataset."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import streamlit as st

from posecount.datasets.export import ExportPlan, export_colab, export_mlkit
from posecount.datasets.store import DatasetStore
from posecount.errors import DatasetError


def mlkit_file(store: DatasetStore, file_name: str) -> tuple[bytes, ExportPlan]:
    """ML Kit's CSV, checked, and a summary of it.

    Raises:
        DatasetError: if the dataset is empty, or ML Kit would misread the file.
    """
    return _mlkit_file(store, str(store.folder), store.version, file_name)


@st.cache_data(max_entries=8, show_spinner="Writing and checking the CSV…")
def _mlkit_file(_store: DatasetStore, folder: str, version: str, file_name: str) -> tuple[bytes, ExportPlan]:
    with _place() as place:
        file = place / file_name
        plan = export_mlkit(_store.dataset, file)
        return file.read_bytes(), plan


def colab_file(store: DatasetStore, images: bool) -> bytes:
    """The Colab folder as a zip, checked.

    Raises:
        DatasetError: if the dataset is empty, or an image cannot be read.
    """
    with _place() as place:
        file = place / "colab.zip"
        export_colab(store.dataset, file, (lambda index: store.image_path(store.samples[index])) if images else None)
        return file.read_bytes()


@contextmanager
def _place() -> Iterator[Path]:
    """A temporary folder to write in."""
    try:
        with tempfile.TemporaryDirectory(prefix="posecount-") as place:
            yield Path(place)
    except OSError as error:
        raise DatasetError(f"The file could not be written: {error.strerror}. Try: free disk space.") from error


def image_bytes(store: DatasetStore) -> int:
    """Size of a dataset's images, in bytes."""
    paths = (store.image_path(sample) for sample in store.samples)
    return sum(path.stat().st_size for path in paths if path and path.exists())
