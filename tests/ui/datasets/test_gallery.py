"""Pictures of samples: cached for as long as the file stays the same."""

import os
from pathlib import Path

import pytest
import streamlit as st

from posecount.datasets.store import DatasetStore
from posecount.ingest.report import Finding
from posecount.ui.datasets.gallery import portrait, show_problems
from tests.dataset_folder import filled_store, jpeg


@pytest.fixture
def store(tmp_path: Path) -> DatasetStore:
    st.cache_data.clear()
    return filled_store(tmp_path / "mine", 1)


def replace_picture(store: DatasetStore) -> None:
    """Put another picture in the place of the first sample's, with the same date."""
    path = store.image_path(store.samples[0])
    assert path
    before = path.stat()
    path.with_name("new").write_bytes(jpeg(250))
    os.utime(path.with_name("new"), ns=(before.st_atime_ns, before.st_mtime_ns))
    path.with_name("new").replace(path)


def test_a_portrait_follows_its_picture(store: DatasetStore) -> None:
    before = portrait(store, 0)
    assert portrait(store, 0) == before
    replace_picture(store)
    assert portrait(store, 0) != before


def test_the_thumbnail_of_a_duplicate_follows_its_picture(store: DatasetStore, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr(st, "dataframe", lambda rows, **_: shown.append(rows[0]["Photo"]))
    duplicate = Finding("squats_up/again.jpg", "duplicate", "the same picture", sample=store.samples[0])
    for _ in range(2):
        show_problems(store, [duplicate])
    replace_picture(store)
    show_problems(store, [duplicate])
    assert shown[0] == shown[1] != shown[2]


def test_a_sample_whose_picture_is_gone_has_a_portrait_without_it(store: DatasetStore) -> None:
    path = store.image_path(store.samples[0])
    assert path
    with_picture = portrait(store, 0)
    path.unlink()
    assert portrait(store, 0) not in (b"", with_picture)
