"""Names on disk that are no UTF-8, as old archives leave them: they stop no page, no dataset and no batch."""

import os
from pathlib import Path

import pytest

from posecount.datasets.records import Rejected
from posecount.datasets.store import DatasetStore
from posecount.datasets.workspace import Workspace
from posecount.files import replacing
from tests.dataset_folder import filled_store

LATIN = os.fsdecode(b"caf\xe9")


def make(path: Path, *, folder: bool = False) -> None:
    try:
        path.mkdir() if folder else path.write_bytes(b"")
    except OSError:
        pytest.skip("this file system takes no such names")


def test_a_dataset_folder_with_such_a_name_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSECOUNT_HOME", str(tmp_path))
    workspace = Workspace()
    workspace.create("mine")
    make(workspace.root / LATIN, folder=True)
    (workspace.root / LATIN / "squats_up.csv").write_text("")
    assert "mine" in workspace.names() and LATIN not in workspace.names()


def test_a_dataset_with_such_tables_and_pictures_opens(tmp_path: Path) -> None:
    folder = filled_store(tmp_path / "set").folder
    before = DatasetStore(folder).samples
    make(folder / f"{LATIN}.csv")
    make(folder / "squats_up" / f"{LATIN}.jpg")
    assert DatasetStore(folder).samples == before


def test_a_rejected_picture_with_such_a_name_stops_no_batch(tmp_path: Path) -> None:
    store = filled_store(tmp_path / "set")
    store.add([], [Rejected("squats_up", f"{LATIN}.jpg", "unreadable", "not a picture", "digest", None)])
    assert "caf?.jpg" in [each.name for each in store.rejected()]


def test_a_file_is_synced_through_a_descriptor_that_may_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(os.write(descriptor, b"x")))
    with replacing(tmp_path / "file") as temporary:
        temporary.write_bytes(b"content")
    assert synced  # Windows syncs nothing else
