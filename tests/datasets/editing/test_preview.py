"""Reading a dataset writes nothing, and shows what the next edit will carry out."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from posecount.datasets.csv_rows import format_landmarks, format_row
from posecount.datasets.dataset import PoseDataset
from posecount.datasets.editing.additions import Additions
from posecount.datasets.editing.edit import Edit, unaligned_edit
from posecount.datasets.records import SampleId
from posecount.datasets.store import DatasetStore
from tests.dataset_folder import assert_sound, filled_store, jpeg, landmarks, new_samples, settled, tree
from tests.stick_figure import stick_dataset


class Killed(BaseException):
    """In the place of kill -9: the process does nothing more."""


def killed_before_renaming(folder: Path, edit: Callable[[DatasetStore], object]) -> None:
    """An edit whose process dies after the journal's commit, before the first rename."""
    store = DatasetStore(folder)
    with pytest.MonkeyPatch.context() as patch:

        def die(edit: Edit) -> None:
            raise Killed

        def commit_and_die(edit: Edit) -> None:
            edit.journal.commit()
            raise Killed

        patch.setattr(Edit, "commit", commit_and_die)
        patch.setattr(Edit, "rollback", die)
        with pytest.raises(Killed):
            edit(store)


def killed_run(folder: Path) -> None:
    additions = Additions(folder, "run")
    additions.add(new_samples("squats_up", 2, start=10))
    additions.add(new_samples("lunges_up", 2, start=12))


def edited_by_hand(folder: Path) -> None:
    (folder / "squats_up" / "001.jpg").unlink()
    (folder / "squats_down" / "001.jpg").rename(folder / "squats_up" / "moved.jpg")
    (folder / "squats_up" / "stray.jpg").write_bytes(jpeg(999))
    (folder / "lunges_up.csv").write_text(format_row("a.jpg", format_landmarks(landmarks(5))) + "bad,1,2\n")
    (folder / "posecount.json").write_text("{")


def damaged(folder: Path) -> None:
    (folder / ".posecount" / "journal.db").write_bytes(b"not a database" * 1000)


def undo_killed(folder: Path) -> None:
    store = DatasetStore(folder)
    store.remove(store.samples[:3])
    killed_before_renaming(folder, lambda store: store.undo())


CASES: dict[str, Callable[[Path], object]] = {
    "sound": lambda folder: None,
    "edited by hand": edited_by_hand,
    "killed run": killed_run,
    "damaged journal": damaged,
    "no journal": lambda folder: shutil.rmtree(folder / ".posecount"),
    "killed relabel": lambda folder: killed_before_renaming(
        folder, lambda store: store.relabel(store.samples[:2], "lunges_up")
    ),
    "killed remove": lambda folder: killed_before_renaming(folder, lambda store: store.remove(store.samples[:3])),
    "killed add": lambda folder: killed_before_renaming(folder, lambda store: store.add(new_samples("lunges_up", 2))),
    "killed undo": undo_killed,
    "killed targets": lambda folder: killed_before_renaming(
        folder, lambda store: store.set_targets({"squats": "squats_up"})
    ),
}


@pytest.fixture(params=CASES.values(), ids=list(CASES))
def folder(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    filled_store(tmp_path / "d", 4)
    request.param(tmp_path / "d")
    return tmp_path / "d"


def everything(store: DatasetStore) -> object:
    """What a store shows, with the content of each image."""
    images = [store.image_path(sample) for sample in store.samples]
    binned = [(each.sample, each.number, each.reason, store.bin_image_path(each)) for each in store.bin()]
    return (
        store.samples,
        store.dataset.landmarks.tobytes(),
        dict(store.dataset.targets),
        store.kept,
        [path and path.read_bytes() for path in images],
        [(*each, path and path.read_bytes()) for *each, path in binned],
        [(action.number, action.kind, action.words, action.undone) for action in store.history()],
        store.rejected(),
    )


def test_reading_writes_nothing(folder: Path) -> None:
    before = tree(folder)
    store = DatasetStore(folder)
    everything(store)
    store.known()
    store.refresh()
    PoseDataset.load(folder) if store.report == () else None
    assert tree(folder) == before


def test_reading_shows_what_the_first_edit_carries_out(folder: Path) -> None:
    shown = everything(DatasetStore(folder))
    with unaligned_edit(folder):  # what was killed is finished, even where nothing is aligned
        pass
    assert everything(DatasetStore(folder)) == shown
    assert everything(settled(folder)) == shown
    assert_sound(folder)
    assert DatasetStore(folder).report == ()


def test_the_version_stays_while_nothing_changes(folder: Path) -> None:
    store = DatasetStore(folder)
    assert store.version == DatasetStore(folder).version
    (folder / "squats_up" / "002.jpg").unlink(missing_ok=True)
    assert DatasetStore(folder).version != store.version


def test_an_edit_finds_what_reading_showed(tmp_path: Path) -> None:
    filled_store(tmp_path / "d", 4)
    edited_by_hand(tmp_path / "d")
    store = DatasetStore(tmp_path / "d")
    removed = store.bin()
    assert [str(each.sample) for each in removed] == ["squats_up/001.jpg"]
    assert store.restore(removed) == (SampleId("squats_up", "001.jpg"),)
    assert_sound(tmp_path / "d")


def test_undoing_what_was_only_shown_undoes_it(tmp_path: Path) -> None:
    filled_store(tmp_path / "d", 4)
    (tmp_path / "d" / "squats_up.csv").unlink()
    store = DatasetStore(tmp_path / "d")
    assert len(store.samples) == 4 and store.history()[0].kind == "align"
    store.undo()
    assert len(store.samples) == 8
    assert_sound(tmp_path / "d")


def test_a_strict_load_shows_the_rows_that_a_killed_run_left_unwritten(tmp_path: Path) -> None:
    filled_store(tmp_path / "d", 3)
    killed_run(tmp_path / "d")
    dataset, store = PoseDataset.load(tmp_path / "d"), DatasetStore(tmp_path / "d")
    assert dataset.names == store.dataset.names and dataset.labels == store.dataset.labels
    assert dataset.landmarks.tobytes() == store.dataset.landmarks.tobytes()
    assert len(dataset) == 10


def test_a_commit_that_was_killed_half_way_is_read_as_it_was_before(tmp_path: Path) -> None:
    filled_store(tmp_path / "d", 3)
    journal = tmp_path / "d" / ".posecount" / "journal.db"
    copies = tmp_path / "copies"
    copies.mkdir()
    db = sqlite3.connect(journal)
    db.execute("PRAGMA cache_size = 1")  # pages reach the file before the commit
    db.execute("UPDATE samples SET reason = hex(zeroblob(2000))")
    for file in journal.parent.glob("journal.db*"):
        shutil.copyfile(file, copies / file.name)
    db.close()
    assert (copies / "journal.db-journal").stat().st_size > 1000
    for file in copies.iterdir():
        shutil.copyfile(file, journal.with_name(file.name))
    before = tree(tmp_path / "d")
    store = DatasetStore(tmp_path / "d")
    assert store.report == () and len(store.samples) == 6 and tree(tmp_path / "d") == before
    store.remove(store.samples[:1])
    assert DatasetStore(tmp_path / "d").report == () and all(len(each.reason) < 100 for each in store.bin())


def test_a_folder_from_elsewhere_is_only_read_until_the_first_edit(tmp_path: Path) -> None:
    stick_dataset(3).save(tmp_path)
    before = tree(tmp_path)
    store = DatasetStore(tmp_path)
    assert len(store.samples) == 6 and not store.read_only and store.history() == () and tree(tmp_path) == before
    store.remove(store.samples[:1])
    assert len(DatasetStore(tmp_path).samples) == 5 and len(store.bin()) == 1


@pytest.mark.skipif(os.name == "nt", reason="POSIX links")
def test_reading_leaves_access_to_others(tmp_path: Path) -> None:
    store = filled_store(tmp_path / "d", 2)
    other = DatasetStore(tmp_path / "d")
    other.bin(), other.history()
    store.remove(store.samples[:1])
    assert len(other.bin()) == 1
