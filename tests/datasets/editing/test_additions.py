"""Batches of a run: safe once they are added, one action, and in the CSV files at the end at the latest."""

import sqlite3
from collections import Counter
from pathlib import Path

import pytest

from posecount.datasets.editing.additions import Additions
from posecount.datasets.editing.edit import Edit
from posecount.datasets.records import NewSample, SampleId
from posecount.datasets.store import DatasetStore
from posecount.errors import DatasetError
from tests.dataset_folder import assert_sound, files, filled_store, jpeg, landmarks, new_samples, settled


@pytest.fixture
def store(tmp_path: Path) -> DatasetStore:
    return filled_store(tmp_path / "d", 3)


def killed_run(store: DatasetStore, class_name: str = "squats_up") -> None:
    """Two batches of a run that does not come to its end."""
    additions = Additions(store.folder, "run")
    additions.add(new_samples(class_name, 2, start=10))
    additions.add(new_samples(class_name, 2, start=12))


def test_a_class_s_csv_file_is_written_once_a_run(store: DatasetStore, monkeypatch: pytest.MonkeyPatch) -> None:
    written: Counter[str] = Counter()
    real = Edit.prepare_class

    def prepare_class(edit: Edit, name: str) -> None:
        written[name] += 1
        real(edit, name)

    monkeypatch.setattr(Edit, "prepare_class", prepare_class)
    with store.adding() as additions:
        for start in (10, 12, 14):
            additions.add([*new_samples("squats_up", 2, start=start), *new_samples("lunges_up", 1, start=start)])
    assert written == {"squats_up": 1, "lunges_up": 1}
    assert len(store.samples) == 15
    assert_sound(store.folder)


def test_batches_are_the_same_as_one_addition(store: DatasetStore, tmp_path: Path) -> None:
    other = filled_store(tmp_path / "other", 3)
    other.add(new_samples("squats_up", 6, start=10))
    with store.adding() as additions:
        for start in (10, 12, 14):
            additions.add(new_samples("squats_up", 2, start=start))
    assert files(store.folder) == files(other.folder)
    assert store.history()[0].words == other.history()[0].words == "Added 6 samples to squats_up"


def test_other_readers_find_a_valid_folder_between_batches(store: DatasetStore) -> None:
    before = files(store.folder)
    with store.adding() as additions:
        additions.add(new_samples("squats_up", 2, start=10))
        during = files(store.folder)
        assert {name for name in during if name.endswith(".csv")} == {"squats_down.csv", "squats_up.csv"}
        assert all(during[name] == data for name, data in before.items())
    assert_sound(store.folder)


@pytest.mark.parametrize("class_name", ["squats_up", "a_new_class"])
def test_the_next_opening_writes_the_rows_of_a_killed_run(store: DatasetStore, class_name: str) -> None:
    killed_run(store, class_name)
    opened = settled(store.folder)
    assert opened.report == () and len(opened.samples) == 10
    assert opened.history()[0].words == f"Added 4 samples to {class_name}"
    assert_sound(store.folder)
    after = files(store.folder)
    version = opened.version
    opened.refresh()
    assert opened.version == version and files(store.folder) == after
    opened.undo()
    assert len(opened.samples) == 6 and len(opened.bin()) == 4


def test_hand_edits_during_a_killed_run_are_taken_over_and_no_new_sample_is_lost(store: DatasetStore) -> None:
    killed_run(store)
    table = store.folder / "squats_up.csv"
    table.write_text("".join(table.read_text().splitlines(keepends=True)[1:]))
    opened = settled(store.folder)
    assert [str(each.sample) for each in opened.bin()] == ["squats_up/000.jpg"]
    assert len(opened.samples) == 9 and "1 row (000.jpg) deleted by hand" in opened.report[0]
    assert_sound(store.folder)


def test_a_csv_file_that_is_deleted_during_a_run_takes_only_its_own_rows_along(store: DatasetStore) -> None:
    killed_run(store)
    (store.folder / "squats_up.csv").unlink()
    opened = settled(store.folder)
    assert len(opened.samples) == 7 and len(opened.bin()) == 3
    assert_sound(store.folder)


def test_edits_of_another_window_between_batches_stay(store: DatasetStore) -> None:
    other = DatasetStore(store.folder)
    with store.adding() as additions:
        (first, second) = additions.add(new_samples("squats_up", 2, start=10))
        other.refresh()
        assert first in other.samples
        other.relabel([first], "squats_down")
        other.remove([second])
        additions.add(new_samples("squats_up", 2, start=12))
    assert len(store.samples) == 9 and SampleId("squats_down", first.name) in store.samples
    assert [action.kind for action in store.history()] == ["add", "remove", "relabel", "add", "add"]
    assert_sound(store.folder)


def test_an_error_in_a_run_keeps_the_batches_before_it(store: DatasetStore) -> None:
    with pytest.raises(DatasetError, match="no letter"), store.adding() as additions:
        additions.add(new_samples("squats_up", 2, start=10))
        additions.add([NewSample("🏋️", "a.jpg", landmarks(50))])
    assert len(store.samples) == 8
    assert_sound(store.folder)


def test_a_picture_put_into_the_folder_during_a_run_is_not_overwritten(store: DatasetStore) -> None:
    with store.adding() as additions:
        additions.add(new_samples("squats_up", 1, start=10))
        by_hand = store.folder / "squats_up" / "011.jpg"
        by_hand.write_bytes(jpeg(999))
        (added,) = additions.add(new_samples("squats_up", 1, start=11))
        assert added.name == "011-2.jpg" and by_hand.read_bytes() == jpeg(999)
    assert (store.folder / ".posecount" / "aside" / "squats_up" / "011.jpg").read_bytes() == jpeg(999)
    assert_sound(store.folder)


def test_a_read_only_dataset_takes_no_run(store: DatasetStore) -> None:
    with pytest.raises(DatasetError, match="read-only"), DatasetStore(store.folder, read_only=True).adding():
        pass


def test_a_journal_of_posecount_0_1_opens_and_takes_a_run(store: DatasetStore) -> None:
    with sqlite3.connect(store.folder / ".posecount" / "journal.db") as journal:
        journal.execute("DROP TABLE unwritten")
    journal.close()
    opened = DatasetStore(store.folder)
    assert opened.samples == store.samples and opened.version == store.version and len(opened.history()) == 1
    with opened.adding() as additions:
        additions.add(new_samples("squats_up", 2, start=10))
    assert len(opened.samples) == 8
    assert_sound(store.folder)
