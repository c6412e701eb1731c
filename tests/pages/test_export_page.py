"""The Export page: ML Kit and the notebook can read the downloads."""

import errno
import io
import os
import tempfile
import zipfile
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from posecount.datasets.dataset import PoseDataset
from posecount.datasets.records import NewSample
from posecount.datasets.store import DatasetStore
from posecount.datasets.workspace import Workspace
from posecount.ui.datasets.exporting import colab_file, image_bytes, mlkit_file
from tests.stick_figure import stick_dataset, stick_figure

PAGE = Path(__file__).resolve().parents[2] / "pages" / "export.py"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DatasetStore:
    monkeypatch.setenv("POSECOUNT_HOME", str(tmp_path / "home"))
    workspace = Workspace()
    store = workspace.open(workspace.create("mine"))
    figures = stick_dataset()
    store.add(NewSample(*row) for row in zip(figures.labels, figures.names, figures.landmarks, strict=True))
    return store


def show(name: str = "mine") -> AppTest:
    page = AppTest.from_file(str(PAGE), default_timeout=120)
    page.session_state["dataset_name"] = name
    page.run()
    assert not page.exception
    return page


def test_shows_counts_and_the_java_for_these_classes(store: DatasetStore) -> None:
    page = show()
    assert page.dataframe[0].value["Samples"].tolist() == [20, 20]
    assert page.code[0].value == (
        'private static final String POSE_SAMPLES_FILE = "pose/mine.csv";\n'
        'private static final String[] POSE_CLASSES = { "squats_down" };'
    )
    assert any("40 rows of 101 fields" in caption.value for caption in page.caption)
    assert not page.warning


def test_warns_if_the_file_is_unlikely_to_count(store: DatasetStore) -> None:
    store.add([NewSample("plank", "a.jpg", stick_figure(0.5))])
    warning = show().warning[0].value
    assert "plank has 1 sample" in warning
    assert "The class plank is alone in its exercise" in warning


def test_warns_where_ml_kit_s_app_would_count_another_class(store: DatasetStore) -> None:
    store.set_targets({"squats": "squats_up"})
    page = show()
    assert "Squats: the turning point is squats_up" in page.warning[0].value.replace("\\", "")
    assert '{ "squats_up" }' in page.code[0].value
    store.set_targets({"squats": "squats_down"})
    assert not show().warning


def test_lists_the_names_that_are_different_in_the_file(store: DatasetStore) -> None:
    store.add([NewSample("приседания_up", "фото.jpg", stick_figure(0.5))])
    changes = show().dataframe[1].value
    assert changes["Here"].tolist() == ["приседания_up", "фото.jpg"]
    assert all(name.isascii() for name in changes["In the file"])


def test_an_empty_dataset_offers_nothing(store: DatasetStore) -> None:
    Workspace().create("empty")
    assert "no samples" in show("empty").info[0].value


def test_the_csv_reads_back_as_the_dataset(store: DatasetStore, tmp_path: Path) -> None:
    data, _ = mlkit_file(store, "mine.csv")
    (tmp_path / "mine.csv").write_bytes(data)
    again = PoseDataset.load(tmp_path / "mine.csv")
    assert again.labels == store.dataset.labels
    assert (again.landmarks == store.dataset.landmarks).all()


def test_a_full_disk_gives_an_error_message(store: DatasetStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    st.cache_data.clear()
    monkeypatch.setattr(tempfile, "TemporaryDirectory", full)
    assert "could not be written: No space left on device. Try: free disk space." in show().error[0].value.replace(
        "\\", ""
    )


def test_the_csv_follows_every_change(store: DatasetStore) -> None:
    before, _ = mlkit_file(store, "mine.csv")
    store.remove(store.samples[:1])
    after, _ = mlkit_file(store, "mine.csv")
    assert len(after.splitlines()) == len(before.splitlines()) - 1


def test_the_zip_holds_images_only_if_requested(store: DatasetStore) -> None:
    assert image_bytes(store) == 0
    store.add([NewSample("squats_up", "photo.jpg", stick_figure(0.1), image=b"picture")])
    assert image_bytes(store) == len(b"picture")
    for images in (False, True):
        with zipfile.ZipFile(io.BytesIO(colab_file(store, images))) as archive:
            assert ("squats_up/photo.jpg" in archive.namelist()) is images
