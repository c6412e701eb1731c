"""DatasetStore: edits are atomic, undoable and shared, and nothing is lost when a process dies."""

import json
import os
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from posecount.datasets.dataset import PoseDataset
from posecount.datasets.records import NewSample, Rejected, SampleId
from posecount.datasets.store import DatasetStore
from posecount.errors import DatasetError
from tests.dataset_folder import assert_sound, files, filled_store, jpeg, landmarks, new_samples, settled
from tests.stick_figure import stick_dataset

ROOT = Path(__file__).resolve().parents[2]


def run(code: str, *arguments: object, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run code in a process of its own, with the tests' modules at hand."""
    process = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert process.returncode == 0 or not check, process.stderr
    return process


def everything(store: DatasetStore) -> set[bytes]:
    """The landmarks of all samples, in the dataset and in the bin, by which each can be told."""
    store.restore(store.bin())
    return {each.tobytes() for each in store.dataset.landmarks}


def test_on_disk_is_exactly_a_colab_folder(tmp_path: Path) -> None:
    store = filled_store(tmp_path / "d", 2)
    assert set(files(tmp_path / "d")) == {
        *("squats_down.csv", "squats_down/000.jpg", "squats_down/001.jpg"),
        *("squats_up.csv", "squats_up/000.jpg", "squats_up/001.jpg"),
    }
    assert_sound(tmp_path / "d")
    loaded = PoseDataset.load(tmp_path / "d")
    assert loaded.landmarks.tobytes() == store.dataset.landmarks.tobytes()
    assert [SampleId(*pair) for pair in zip(loaded.labels, loaded.names, strict=True)] == list(store.samples)


def test_added_samples_come_back_with_image_visibility_and_name(tmp_path: Path) -> None:
    store = DatasetStore.create(tmp_path / "d")
    visibility = np.linspace(0, 1, 33, dtype=np.float32)
    picture = jpeg()
    ids = store.add([NewSample("squats up!", "my photo?.jpg", landmarks(1), visibility, picture)])
    assert ids == (SampleId("squats_up", "my photo_.jpg"),)
    again = DatasetStore(tmp_path / "d")
    assert again.samples == ids
    path = again.image_path(ids[0])
    assert path is not None and path.read_bytes() == picture
    assert np.array_equal(again.visibility[0], visibility)
    assert np.array_equal(again.dataset.landmarks[0], landmarks(1))


def test_a_taken_name_gets_a_number_even_if_only_the_case_differs(tmp_path: Path) -> None:
    store = DatasetStore.create(tmp_path / "d")
    names = ("a.jpg", "A.jpg", "a.jpg")
    ids = store.add([NewSample("x", name, landmarks(i), image=jpeg(i)) for i, name in enumerate(names)])
    assert [each.name for each in ids] == ["a.jpg", "A-2.jpg", "a-3.jpg"]
    assert store.add([NewSample("X", "b.jpg", landmarks(9))])[0].class_name == "x"  # one folder on some systems


def test_relabelled_samples_take_their_images_along(tmp_path: Path) -> None:
    store = filled_store(tmp_path / "d", 2)
    picture = store.image_path(SampleId("squats_up", "000.jpg"))
    assert picture is not None
    data = picture.read_bytes()
    moved = store.relabel([SampleId("squats_up", "000.jpg")], "squats_down")
    assert moved == (SampleId("squats_down", "000-2.jpg"),)
    path = store.image_path(moved[0])
    assert path is not None and path.read_bytes() == data and not picture.exists()
    assert_sound(tmp_path / "d")


def test_a_class_without_samples_leaves_no_file_and_comes_back_by_undo(tmp_path: Path) -> None:
    store = filled_store(tmp_path / "d", 2)
    before = files(tmp_path / "d")
    store.remove([sample for sample in store.samples if sample.class_name == "squats_up"])
    assert store.dataset.classes == ("squats_down",)
    assert not (tmp_path / "d" / "squats_up").exists() and not (tmp_path / "d" / "squats_up.csv").exists()
    store.undo()
    assert files(tmp_path / "d") == before


def test_undoing_everything_in_any_order_of_kinds_gives_back_the_same_bytes(tmp_path: Path) -> None:
    store = filled_store(tmp_path / "d", 5)
    before = files(tmp_path / "d")
    store.relabel(store.samples[:2], "lunges_up")
    store.remove(store.samples[3:6])
    store.keep(store.samples[:3])
    store.restore(store.bin()[:1])
    store.add(new_samples("squats_up", 1, start=9))
    for _ in range(5):
        store.undo()
    assert files(tmp_path / "d") == before
    assert store.kept == frozenset()


def test_an_earlier_action_is_undone_alone(tmp_path: Path) -> None:
    store = filled_store(tmp_path / "d", 4)
    first, second, third = store.samples[0], store.samples[1], store.samples[2]
    store.remove([first])
    store.relabel([second], "squats_up")
    store.remove([third])
    removal = store.history()[2]
    assert removal.kind == "remove" and not removal.undone
    assert store.undo(removal).count == 1
    assert first in store.samples and third not in store.samples
    assert next(each for each in store.history() if each.number == removal.number).undone


def test_an_undo_can_be_undone_and_undone_again(tmp_path: Path) -> None:
    store = filled_store(tmp_path / "d", 2)
    sample = store.samples[0]
    store.remove([sample])
    store.undo()
    store.undo(store.history()[0])
    assert sample not in store.samples
    removal = store.history()[2]
    assert removal.kind == "remove" and not removal.undone
    store.undo(removal)
    assert sample in store.samples


def test_an_undo_leaves_what_a_later_action_moved_and_says_so(tmp_path: Path) -> None:
    store = filled_store(tmp_path / "d", 3)
    chosen = store.samples[:2]
    moved = store.relabel(chosen, "lunges_up")
    relabelling = store.history()[0]
    store.remove(moved[:1])
    undone = store.undo(relabelling)
    assert undone.count == 1 and len(undone.conflicts) == 1
    assert "lunges_up/000.jpg is now in the bin" in undone.conflicts[0]
    with pytest.raises(DatasetError, match="cannot be undone"):
        store.undo(relabelling)


def test_an_undo_into_a_taken_name_finds_another_name(tmp_path: Path) -> None:
    store = filled_store(tmp_path / "d", 2)
    sample = store.samples[0]
    store.remove([sample])
    removal = store.history()[0]
    store.add([NewSample(sample.class_name, sample.name, landmarks(77), image=jpeg(77))])
    store.undo(removal)
    assert {sample, SampleId(sample.class_name, "000-2.jpg")} <= set(store.samples)
    assert_sound(tmp_path / "d")


def test_undoing_an_addition_keeps_the_samples_in_the_bin(tmp_path: Path) -> None:
    store = filled_store(tmp_path / "d", 2)
    store.undo()
    assert store.samples == () and len(store.bin()) == 4
    assert all(store.bin_image_path(each) for each in store.bin())
    store.undo(store.history()[0])
    assert len(store.samples) == 4
    assert_sound(tmp_path / "d")


def test_undo_without_an_action_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="nothing to undo"):
        DatasetStore.create(tmp_path / "d").undo()


def test_additions_of_one_run_are_one_action(tmp_path: Path) -> None:
    store = DatasetStore.create(tmp_path / "d")
    with store.adding() as additions:
        for start in (0, 2, 4):
            additions.add(new_samples("squats_up", 2, start=start))
    with store.adding() as additions:
        additions.add(new_samples("squats_up", 1, start=6))
    assert [action.words for action in store.history()] == [
        "Added 1 sample to squats_up",
        "Added 6 samples to squats_up",
    ]
    store.undo(store.history()[1])
    assert len(store.samples) == 1


def test_a_verdict_is_remembered_and_forgotten_when_relabelled(tmp_path: Path) -> None:
    store = filled_store(tmp_path / "d", 2)
    store.keep(store.samples[:2])
    assert DatasetStore(tmp_path / "d").kept == set(store.samples[:2])
    (moved,) = store.relabel(store.samples[:1], "squats_up")
    assert store.kept == {SampleId("squats_down", "001.jpg")} and moved not in store.kept


def test_the_version_differs_after_each_change_and_not_without(tmp_path: Path) -> None:
    store = filled_store(tmp_path / "d", 2)
    first = store.version
    store.refresh()
    assert store.version == first == DatasetStore(tmp_path / "d").version
    store.keep(store.samples[:1])
    assert store.version != first
    assert filled_store(tmp_path / "e", 2).version != first


def test_targets_are_written_beside_the_samples(tmp_path: Path) -> None:
    store = filled_store(tmp_path / "d", 2)
    store.set_targets({"squats": "squats_up"})
    assert store.dataset.exercises[0].target == "squats_up"
    assert PoseDataset.load(tmp_path / "d").exercises[0].target == "squats_up"


def test_a_turning_point_is_undone_and_what_else_the_metadata_hold_stays(tmp_path: Path) -> None:
    metadata = tmp_path / "d" / "posecount.json"
    store = filled_store(tmp_path / "d", 2)
    before = files(tmp_path / "d")
    store.set_targets({"squats": "squats_up"})
    store.set_targets({"squats": "squats_up"})  # nothing new
    assert store.history()[0].words == "Chose where to turn: Squats at squats_up"
    assert [action.kind for action in store.history()] == ["targets", "add"]
    undone = store.undo()
    assert (undone.count, undone.targets, undone.conflicts) == (0, 1, ())
    assert files(tmp_path / "d") == before and store.dataset.exercises[0].target == "squats_down"
    store.undo(store.history()[0])
    assert dict(store.dataset.targets) == {"squats": "squats_up"}
    metadata.write_text('{"author": "me", "targets": {"squats": "squats_up", "x": "x_up"}}')
    store.set_targets({"squats": "squats_down"})
    store.undo()
    assert json.loads(metadata.read_text()) == {"author": "me", "targets": {"squats": "squats_up", "x": "x_up"}}
    assert_sound(tmp_path / "d")


def test_a_turning_point_that_was_changed_since_is_not_undone(tmp_path: Path) -> None:
    store = filled_store(tmp_path / "d", 2)
    store.set_targets({"squats": "squats_up"})
    first = store.history()[0]
    store.set_targets({"squats": "squats_down"})
    with pytest.raises(DatasetError, match="Squats was changed by a later action"):
        store.undo(first)
    assert dict(store.dataset.targets) == {"squats": "squats_down"}


def test_samples_and_the_turning_points_that_came_with_them_are_one_action(tmp_path: Path) -> None:
    store = DatasetStore.create(tmp_path / "d")
    store.add([*new_samples("x_up", 1), *new_samples("x_down", 1)], targets={"x": "x_up"})
    assert dict(store.dataset.targets) == {"x": "x_up"}
    undone = store.undo()
    assert (undone.count, undone.targets) == (2, 1)
    assert files(tmp_path / "d") == {}


@pytest.mark.parametrize("bad", [np.zeros((32, 3), np.float32), np.full((33, 3), np.nan, np.float32)])
def test_a_bad_sample_stops_the_whole_addition(tmp_path: Path, bad: np.ndarray) -> None:
    store = filled_store(tmp_path / "d", 1)
    before = files(tmp_path / "d")
    with pytest.raises(DatasetError, match="finite"):
        store.add([*new_samples("squats_up", 2, start=5), NewSample("squats_up", "bad.jpg", bad)])
    assert files(tmp_path / "d") == before and len(DatasetStore(tmp_path / "d").samples) == 2
    assert list((tmp_path / "d" / ".posecount" / "pending").iterdir()) == []


def test_rejected_pictures_are_remembered_with_their_thumbnails(tmp_path: Path) -> None:
    store = filled_store(tmp_path / "d", 1)
    rejected = Rejected("squats_up", "wall.jpg", "no pose", "no one", "abc", b"jpeg")
    store.add([], [rejected])
    assert DatasetStore(tmp_path / "d").rejected() == (rejected,)
    assert "squats_up/wall.jpg" in store.known()["abc"].words
    store.add([NewSample("squats_up", "wall.jpg", landmarks(50), image=jpeg(50), source="abc")])
    assert store.rejected() == ()  # another model has found a person after all


# several windows


def test_an_edit_from_a_stale_window_is_an_error_and_changes_nothing(tmp_path: Path) -> None:
    one, other = filled_store(tmp_path / "d", 3), DatasetStore(tmp_path / "d")
    sample = one.samples[0]
    one.relabel([sample], "lunges_up")
    after = files(tmp_path / "d")
    for edit in (
        lambda: other.remove([sample, other.samples[1]]),
        lambda: other.relabel([sample], "x"),
        lambda: other.keep([sample]),
    ):
        with pytest.raises(DatasetError, match=r"squats_down/000.jpg: no longer in this dataset.*another window"):
            edit()
    assert files(tmp_path / "d") == after
    assert sample not in other.samples  # the message came with the dataset as it is now


def test_edits_of_two_windows_add_up(tmp_path: Path) -> None:
    one, other = filled_store(tmp_path / "d", 3), DatasetStore(tmp_path / "d")
    one.remove(one.samples[:1])
    other.add(new_samples("squats_up", 1, start=7))
    one.keep([SampleId("squats_up", "007.jpg")])
    one.refresh()
    assert len(one.samples) == 6 and len(one.bin()) == 1
    other.undo()  # the last action, whichever window it was in
    assert not other.kept


def test_restoring_from_the_bin_twice_is_an_error(tmp_path: Path) -> None:
    one, other = filled_store(tmp_path / "d", 2), DatasetStore(tmp_path / "d")
    one.remove(one.samples[:1])
    removed = other.bin()
    one.restore(one.bin())
    with pytest.raises(DatasetError, match="no longer in the bin"):
        other.restore(removed)


def test_threads_and_processes_at_once_lose_nothing(tmp_path: Path) -> None:
    filled_store(tmp_path / "d", 1)
    code = """
        import sys
        from dataset_folder import new_samples
        from posecount.datasets.store import DatasetStore
        store = DatasetStore(sys.argv[1])
        for number in range(6):
            (id,) = store.add(new_samples(f"class_{sys.argv[2]}", 1, start=number))
            (id,) = store.relabel([id], f"moved_{sys.argv[2]}")
            store.remove([id])
            store.undo(next(action for action in store.history() if action.kind == "remove" and not action.undone))
    """

    def in_process(name: str) -> str:
        return run(code, tmp_path / "d", name, check=False).stderr

    def in_thread(name: str) -> str:
        store = DatasetStore(tmp_path / "d")
        for number in range(6):
            store.add(new_samples(f"moved_{name}", 1, start=number))
        return ""

    with ThreadPoolExecutor(4) as pool:
        results = [pool.submit(in_process, name) for name in "ab"] + [pool.submit(in_thread, name) for name in "cd"]
        errors = [result.result() for result in results]
    store = DatasetStore(tmp_path / "d")
    # One may undo what the other has just removed, and then find its own undone already; a sample is never lost.
    assert all(
        not error or "cannot be undone" in error or "no longer" in error or "StopIteration" in error for error in errors
    )
    assert store.report == ()
    assert {sample.class_name for sample in store.samples} >= {"moved_c", "moved_d"}
    assert sum(sample.class_name in ("moved_c", "moved_d") for sample in store.samples) == 12
    everything(store)
    assert_sound(tmp_path / "d")


# death and misfortune


def test_killed_at_any_moment_the_dataset_opens_sound_and_complete(tmp_path: Path) -> None:
    filled_store(tmp_path / "d", 5)
    # One process forks and kills its children, which spares each of them the seconds of importing.
    code = """
        import os, random, signal, sys, time
        from pathlib import Path
        from dataset_folder import assert_sound, new_samples, settled
        from posecount.datasets.store import DatasetStore

        def edit(folder, done):
            store = DatasetStore(folder)
            for number in range(1, 10_000):
                with store.adding() as additions:
                    additions.add(new_samples("squats_up", 1, start=100 * number))
                    ids = additions.add(new_samples("lunges_up", 2, start=100 * number))
                ids = store.relabel([*ids, *store.samples[:2]], f"class_{number % 3}")
                store.remove(ids[:2])
                store.undo()
                store.restore(store.bin()[:1])
                os.write(done, b".")

        def everything(store):
            store.restore(store.bin())
            return {each.tobytes() for each in store.dataset.landmarks}

        folder = Path(sys.argv[1])
        moments = random.Random(3)
        first = everything(DatasetStore(folder))
        for _ in range(12):
            rounds, done = os.pipe()
            child = os.fork()
            if not child:
                edit(folder, done)
                os._exit(0)
            os.read(rounds, 1)  # at least one round, however slow the machine is
            time.sleep(moments.uniform(0, 0.5))
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            os.close(rounds), os.close(done)
            store = settled(folder)
            assert store.report == (), store.report  # nothing looked as if it had been edited by hand
            assert_sound(folder)
            assert all(store.image_path(sample) for sample in store.samples)
            now = everything(store)
            assert first <= now
            first = now
        print(len(first))
    """
    assert int(run(code, tmp_path / "d").stdout) > 10


@pytest.mark.parametrize("edit", ["relabel", "remove", "add", "undo", "run"])
def test_killed_before_any_single_rename_the_edit_is_finished_or_never_was(tmp_path: Path, edit: str) -> None:
    code = """
        import os, sys
        from pathlib import Path
        from dataset_folder import filled_store, new_samples
        from posecount.datasets.store import DatasetStore

        def add_in_batches(store):
            with store.adding() as additions:
                additions.add(new_samples("lunges_up", 1))
                additions.add(new_samples("lunges_up", 1, start=1))

        def die_at(left):
            for name in ("replace", "unlink"):
                def dying(self, *arguments, real=getattr(Path, name), **keywords):
                    nonlocal left
                    if left == 0:
                        os._exit(9)
                    left -= 1
                    return real(self, *arguments, **keywords)
                setattr(Path, name, dying)

        for deaths in range(20):
            folder = Path(sys.argv[1], str(deaths))
            store = filled_store(folder, 3)
            child = os.fork()
            if not child:
                die_at(deaths)
                {
                    "relabel": lambda: store.relabel(store.samples[:2], "lunges_up"),
                    "remove": lambda: store.remove(store.samples[:3]),
                    "add": lambda: store.add(new_samples("lunges_up", 2)),
                    "undo": lambda: store.undo(),
                    "run": lambda: add_in_batches(store),
                }[sys.argv[2]]()
                os._exit(0)
            if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0:
                break
        print(deaths)
    """
    deaths = int(run(code, tmp_path, edit).stdout)
    assert deaths > 2  # it did die on the way, and in the end it did not
    counts = {"relabel": {6}, "remove": {3, 6}, "add": {6, 8}, "undo": {0, 6}, "run": {6, 7, 8}}[edit]
    for folder in (tmp_path / str(number) for number in range(deaths + 1)):
        after = settled(folder)
        assert after.report == ()
        assert len(after.samples) in counts
        assert len(after.samples) + len(after.bin()) == max(len(after.samples), 6)
        assert set(files(folder)) == {
            *(f"{name}.csv" for name in after.dataset.classes),
            *(str(sample) for sample in after.samples),
        }


def test_a_damaged_journal_is_put_aside_and_the_samples_stay(tmp_path: Path) -> None:
    filled_store(tmp_path / "d", 3)
    before = files(tmp_path / "d")
    (tmp_path / "d" / ".posecount" / "journal.db").write_bytes(b"not a database" * 1000)
    store = settled(tmp_path / "d")
    assert len(store.samples) == 6 and files(tmp_path / "d") == before
    assert (tmp_path / "d" / ".posecount" / "journal-damaged-1.db").exists()
    store.remove(store.samples[:1])
    assert len(DatasetStore(tmp_path / "d").samples) == 5


def test_a_full_disk_is_a_clear_error_and_changes_nothing(tmp_path: Path) -> None:
    filled_store(tmp_path / "d", 30, images=False)
    before = files(tmp_path / "d")
    # A limit on file sizes fails a write in the middle, as a full disk does.
    code = """
        import resource, signal, sys
        from dataset_folder import new_samples
        from posecount.errors import DatasetError
        from posecount.datasets.store import DatasetStore
        store = DatasetStore(sys.argv[1])
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), -1))
        try:
            store.add(new_samples("squats_up", 30, images=False, start=100))
        except DatasetError as error:
            print(error)
    """
    for limit in (1_000, 20_000, 150_000):
        said = run(code, tmp_path / "d", limit).stdout
        assert "No space is left" in said or "could not be changed" in said, limit
        assert "Try" in said
        store = settled(tmp_path / "d")
        assert len(store.samples) == 60 and store.report == ()
        assert files(tmp_path / "d") == before
        assert list((tmp_path / "d" / ".posecount" / "pending").iterdir()) == []


def test_a_really_full_disk_is_a_clear_error_and_changes_nothing(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount a small disk")
    try:
        store = filled_store(disk / "d", 20)
        before = files(disk / "d")
        with pytest.raises(DatasetError, match=r"No space is left.*Try"):
            for start in range(100, 10_000, 50):
                before = files(disk / "d")
                store.add(new_samples("squats_up", 50, start=start))
        assert files(disk / "d") == before
        opened = DatasetStore(disk / "d")
        assert len(opened.samples) == len(store.samples)
        assert_sound(disk / "d")
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_read_only_folder_opens_and_says_that_it_cannot_be_changed(tmp_path: Path) -> None:
    filled_store(tmp_path / "d", 2)
    before = files(tmp_path / "d")
    code = """
        import os, sys
        from dataset_folder import new_samples
        from posecount.errors import DatasetError
        from posecount.datasets.store import DatasetStore
        # Load all modules, Pillow's plugins among them, while they can still be read.
        DatasetStore(sys.argv[1], read_only=True)
        samples = new_samples("x", 1)
        if os.geteuid() == 0:
            os.chdir(sys.argv[1])
            os.setegid(65534)
            os.seteuid(65534)
        store = DatasetStore(".")
        print(len(store.samples), store.read_only, store.report, store.bin(), store.history())
        remove, add = lambda: store.remove(store.samples[:1]), lambda: store.add(samples)
        for edit in (remove, add, store.undo):
            try:
                edit()
            except DatasetError as error:
                print(error)
    """
    for folder in (tmp_path / "d" / ".posecount", tmp_path / "d"):
        folder.chmod(0o555)
    for file in (tmp_path / "d" / ".posecount").glob("*"):
        file.chmod(0o555 if file.is_dir() else 0o444)
    try:
        said = run(code, tmp_path / "d").stdout.splitlines()
    finally:
        for folder in (tmp_path / "d", tmp_path / "d" / ".posecount"):
            folder.chmod(0o755)
    assert said[0].startswith("4 True")
    assert "cannot be written to" in said[0]
    assert len(said) == 4 and all("read-only" in line or "nothing to undo" in line for line in said[1:])
    assert files(tmp_path / "d") == before


def test_a_store_opened_read_only_writes_nothing_at_all(tmp_path: Path) -> None:
    stick_dataset(3).save(tmp_path)
    store = DatasetStore(tmp_path, read_only=True)
    assert len(store.samples) == 6 and store.bin() == () and store.history() == () and store.known() == {}
    assert not (tmp_path / ".posecount").exists()
    with pytest.raises(DatasetError, match="read-only"):
        store.remove(store.samples[:1])


@pytest.mark.parametrize("content", [None, "photo.jpg"])
def test_a_folder_that_is_not_a_dataset_is_refused_and_left_alone(tmp_path: Path, content: str | None) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    if content:
        (folder / content).write_bytes(jpeg())
    with pytest.raises(DatasetError, match="Try"):
        DatasetStore(folder)
    with pytest.raises(DatasetError, match="does not exist"):
        DatasetStore(tmp_path / "missing")
    assert [path.name for path in folder.iterdir()] == ([content] if content else [])


def test_an_edit_of_a_dataset_that_has_vanished_is_an_error(tmp_path: Path) -> None:
    store = filled_store(tmp_path / "d", 2)
    (tmp_path / "d").rename(tmp_path / "e")
    with pytest.raises(DatasetError, match="renamed or deleted"):
        store.remove(store.samples[:1])
    assert not (tmp_path / "d").exists()
