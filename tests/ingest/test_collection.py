"""What is handed in: folders, uploads and CSV files are told apart, and closed in the end."""

from pathlib import Path

import pytest

from posecount.datasets.photos import PhotoError
from posecount.errors import DatasetError
from posecount.ingest import collection as collection_module
from posecount.ingest.collection import Collection, open_csv, open_folder, photo_of
from tests.dataset_folder import jpeg

ROW = b"a.jpg" + b",1.5" * 99 + b"\n"


def test_a_folder_holds_the_same_as_a_zip_of_it(tmp_path: Path) -> None:
    for name in (
        "squats_up/b.jpg",
        "squats_up/a.jpg",
        "deep/er/squats_down/c.png",
        "squats_up/.hidden.jpg",
        "x/note.txt",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    collection = open_folder(tmp_path)
    assert [(photo.class_name, photo.name) for photo in collection.photos] == [
        ("squats_down", "c.png"),
        ("squats_up", "a.jpg"),
        ("squats_up", "b.jpg"),
    ]
    assert collection.photos[1].read() == b"squats_up/a.jpg"
    assert [each.name for each in collection.left_out] == ["x/note.txt"]


def test_a_missing_folder_or_one_without_photos_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(DatasetError, match="Try"):
            open_folder(folder)


def test_a_file_that_vanishes_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "a.jpg").write_bytes(b"x")
    collection = open_folder(tmp_path)
    (tmp_path / "c" / "a.jpg").unlink()
    with pytest.raises(PhotoError, match="cannot be read"):
        collection.photos[0].read()


def test_a_photo_in_memory_reads_as_it_is() -> None:
    assert photo_of("c", "a.jpg", b"data").read() == b"data"


def test_a_file_of_too_many_bytes_is_refused_unread(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(collection_module, "MAX_FILE_BYTES", 10)
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "a.jpg").write_bytes(jpeg())
    with pytest.raises(PhotoError, match="MB"):
        open_folder(tmp_path).photos[0].read()


def test_only_photos_without_tables_need_the_pose_model() -> None:
    photo = photo_of("c", "a.jpg", b"data")
    assert Collection((photo,)).needs_model
    assert not Collection((photo,), (("c", b"rows"),)).needs_model
    assert not open_csv(ROW, "c.csv").needs_model


def test_a_csv_file_is_a_table_called_like_it() -> None:
    assert open_csv(ROW, "squats_up.csv").tables == (("squats_up", ROW),)
    assert open_csv(ROW, "squats_up").tables == (("squats_up", ROW),)


def test_a_collection_is_closed_after_its_block() -> None:
    closed: list[bool] = []
    with Collection(close=lambda: closed.append(True)):
        assert not closed
    assert closed
