"""A dataset folder from anybody: nothing outside it is touched, no link in it is followed, and it opens everywhere."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from posecount.datasets.dataset import PoseDataset
from posecount.datasets.editing.paths import belongs
from posecount.datasets.records import SampleId
from posecount.datasets.statistics import class_statistics
from posecount.datasets.store import DatasetStore
from posecount.errors import DatasetError
from posecount.files import lock_file
from tests.dataset_folder import assert_sound, filled_store, jpeg, landmarks, new_samples, settled, tree

needs_links = pytest.mark.skipif(os.name == "nt", reason="POSIX links")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """The dataset `d`, with samples in the bin, beside files of the person that must stay as they are."""
    store = filled_store(tmp_path / "d", 4)
    store.remove(store.samples[:1])
    (tmp_path / "home" / "photos").mkdir(parents=True)
    for name in ("precious.txt", "photos/a.jpg", "photos/b.jpg", "squats_up.csv"):
        (tmp_path / "home" / name).write_bytes(f"content of {name}".encode())
    return tmp_path


@contextmanager
def journal(place: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(place / "d" / ".posecount" / "journal.db")) as db, db:
        yield db


def use(folder: Path) -> DatasetStore:
    """What pages and commands do with a dataset: read it in every way, then edit it in every way."""
    store = DatasetStore(folder)
    for _ in range(2):
        store.history(), store.rejected(), store.known(), class_statistics(store)
        for sample in store.samples:
            path = store.image_path(sample)
            assert path is None or path.resolve().is_relative_to(folder.resolve())
        for each in store.bin():
            path = store.bin_image_path(each)
            assert path is None or path.resolve().is_relative_to(folder.resolve())
        store.keep([])
    for edit in (
        lambda: store.restore(store.bin()),
        lambda: store.relabel(store.samples[:1], "squats_up"),
        lambda: store.add(new_samples("squats_up", 2, start=50)),
        lambda: store.remove(store.samples[:2]),
        lambda: store.undo(),
        lambda: store.undo(store.history()[-1]),
        lambda: store.undo(store.history()[0]),
        lambda: store.set_targets({"squats": "squats_up"}),
    ):
        try:
            edit()
        except DatasetError as error:
            assert str(error)
    return DatasetStore(folder)


PLANS = [
    ("../home/precious.txt", None),
    ("../home/precious.txt", "squats_up/x.jpg"),
    ("squats_up.csv", "../home/precious.txt"),
    ("squats_up/000.jpg", "../home/photos/a.jpg"),
    (".posecount/pending/x", "../home/precious.txt"),
    ("{home}/precious.txt", None),
    ("squats_up.csv", "{home}/precious.txt"),
    ("squats_up/../../home/precious.txt", None),
    ("./../home/precious.txt", ".posecount/bin/1.jpg"),
    (".posecount/../../home/precious.txt", None),
    ("link/precious.txt", None),
    ("link/precious.txt", ".posecount/bin/99.txt"),
    ("squats_up/000.jpg", "link/precious.txt"),
    ("squats_up.csv", "link/precious.txt"),
    ("squats_up.csv", "chain/link/precious.txt"),
    (".posecount/bin/1.jpg", ".posecount/journal.db"),
    (".posecount/journal.db", None),
    (".posecount/lock", "squats_up/lock.jpg"),
    ("squats_up", None),
    ("..", "squats_up/all"),
    ("", None),
    (".", ".posecount/aside/all"),
    ("squats_up.csv", ".."),
    ("squats_up.csv", "a\0b"),
    ("squats_up/000.jpg", "x" * 5000 + "/y"),
]


@needs_links
@pytest.mark.parametrize(("source", "target"), PLANS)
def test_planned_renames_touch_nothing_outside_and_lose_no_sample(place: Path, source: str, target: str | None) -> None:
    home = str(place / "home")
    (place / "d" / "link").symlink_to(home, target_is_directory=True)
    (place / "d" / "chain").symlink_to(place, target_is_directory=True)
    (place / "d" / ".posecount" / "pending" / "x").write_text("of no one")
    with journal(place) as db:
        pair = (source.format(home=home), target and target.format(home=home))
        db.execute("INSERT INTO renames (source, target) VALUES (?, ?)", pair)
    before, inside = tree(place / "home"), tree(place / "d")
    store = DatasetStore(place / "d")
    assert len(store.samples) + len(store.bin()) == 8 and len(PoseDataset.load(place / "d")) == 7
    assert tree(place / "d") == inside
    assert any("outside" in line for line in store.report) or (source, target) != PLANS[0]
    used = use(place / "d")
    assert len(used.samples) + len(used.bin()) == 10
    assert tree(place / "home") == before
    assert_sound(place / "d")
    assert DatasetStore(place / "d").report == ()


def link_to_home(path: str) -> Callable[[Path], None]:
    """Replace something in the dataset by a link to the person's folder, or to a file in it."""

    def attack(place: Path) -> None:
        target = place / "d" / path
        shutil.rmtree(target) if target.is_dir() else target.unlink(missing_ok=True)
        file = bool(target.suffix) or target.name == "lock" or "journal.db" in path
        target.symlink_to(place / "home" / ("precious.txt" if file else "photos"), target_is_directory=not file)

    return attack


LINKS = [
    *("squats_up", "squats_up.csv", "lunges_up", "lunges_up.csv", "posecount.json", "squats_up/000.jpg"),
    *(".posecount/pending", ".posecount/bin", ".posecount/aside", ".posecount/lock", ".posecount/journal.db"),
    *(".posecount/journal.db-journal", ".posecount/journal.db-wal", ".posecount/bin/1.jpg"),
]


@needs_links
@pytest.mark.parametrize("path", LINKS)
def test_no_link_in_a_dataset_is_followed(place: Path, path: str) -> None:
    link_to_home(path)(place)
    before = tree(place / "home")
    use(place / "d")
    assert tree(place / "home") == before
    if path == LINKS[5]:  # it stays where it is, as no image
        (place / "d" / path).unlink()
    assert_sound(place / "d")


@needs_links
def test_a_hidden_folder_that_is_a_link_is_put_aside_and_not_followed(place: Path) -> None:
    (place / "d" / ".posecount").rename(place / "home" / ".posecount")
    (place / "d" / ".posecount").symlink_to(place / "home" / ".posecount")
    before = tree(place / "home")
    assert len(use(place / "d").samples) >= 7
    assert tree(place / "home") == before
    assert (place / "d" / ".posecount-aside").is_symlink()


@needs_links
@pytest.mark.parametrize(
    "path", [".posecount/journal.db", ".posecount/lock", "squats_up.csv", "posecount.json", "squats_up/000.jpg"]
)
def test_a_file_that_has_another_name_outside_is_not_written_to(place: Path, path: str) -> None:
    DatasetStore(place / "d").set_targets({"squats": "squats_up"})
    (place / "d" / path).touch()
    os.link(place / "d" / path, place / "home" / "other name")
    before = tree(place / "home")
    assert len(use(place / "d").samples) >= 7
    assert tree(place / "home") == before
    assert_sound(place / "d")


def test_metadata_of_megabytes_are_put_aside_unread(place: Path) -> None:
    metadata = place / "d" / "posecount.json"
    metadata.write_text('{"targets": {' + ",".join(f'"{number}": "a"' for number in range(100_000)) + "}}")
    store = settled(place / "d")
    assert len(store.samples) == 7 and any("posecount.json" in line for line in store.report)
    assert not metadata.exists()


@needs_links
def test_a_strict_load_refuses_a_link_in_words(place: Path) -> None:
    link_to_home("squats_up.csv")(place)
    with pytest.raises(DatasetError, match="link"):
        PoseDataset.load(place / "d")


@pytest.mark.parametrize(
    "class_name", ["../home/photos", "{home}/photos", "..", ".posecount", "a/b", "", "\0", "x" * 9999]
)
@pytest.mark.parametrize("name", ["a.jpg", "../../home/precious.txt", "{home}/precious.txt"])
def test_names_in_a_journal_lead_nowhere(place: Path, class_name: str, name: str) -> None:
    home = str(place / "home")
    with journal(place) as db:
        values = (class_name.format(home=home), name.format(home=home))
        db.execute("UPDATE samples SET class = ?, name = ?, image = 1 WHERE id IN (1, 3)", values)
        db.execute("INSERT INTO files VALUES (?, '1 1')", values[:1])
        db.execute("UPDATE changes SET before = json_set(before, '$[1]', ?, '$[2]', ?)", values)
        db.execute("UPDATE changes SET after = json_set(after, '$[1]', ?, '$[2]', ?)", values)
    before = tree(place / "home")
    opened = DatasetStore(place / "d")
    assert len(opened.samples) + len(opened.bin()) >= 8
    used = use(place / "d")
    assert len(used.samples) + len(used.bin()) >= 8
    assert tree(place / "home") == before
    assert sorted(path.name for path in place.iterdir()) == ["d", "home"]
    assert all(belongs(f"{sample.class_name}.csv") for sample in used.samples)


@pytest.mark.parametrize(
    "script",
    [
        "CREATE TRIGGER t AFTER INSERT ON samples BEGIN INSERT INTO renames VALUES (null, '../home/a', null); END",
        "CREATE TRIGGER t AFTER INSERT ON actions BEGIN DELETE FROM samples; END",
        "ALTER TABLE rejected RENAME TO old; CREATE VIEW rejected AS SELECT * FROM old",
        "CREATE TABLE other (x); CREATE TRIGGER t AFTER DELETE ON renames BEGIN DELETE FROM samples; END",
        "DROP TABLE counters",
        "DELETE FROM counters",
        "DROP TABLE changes; CREATE TABLE changes (x)",
        "UPDATE actions SET time = 1e300",
        "UPDATE changes SET before = 'x'",
        "UPDATE samples SET landmarks = x'00' WHERE id = 2",
        "UPDATE samples SET landmarks = zeroblob(392) || x'0000c07f' WHERE id = 2",
        "UPDATE samples SET text = 'x' WHERE id = 2",
        "UPDATE samples SET place = 'elsewhere' WHERE id = 2",
        "UPDATE samples SET class = cast(x'ff' AS TEXT) WHERE id = 2",
        "PRAGMA journal_mode = WAL",
        "PRAGMA user_version = 9",
    ],
)
def test_a_journal_with_anything_in_it_opens_and_loses_no_sample(place: Path, script: str) -> None:
    with journal(place) as db:
        db.executescript(script)
    before = tree(place / "home")
    assert len(DatasetStore(place / "d").samples) == 7
    assert len(settled(place / "d").samples) == 7
    use(place / "d")
    assert tree(place / "home") == before
    assert_sound(place / "d")


def test_a_rollback_that_names_other_files_deletes_none(place: Path) -> None:
    """SQLite deletes the file that a rollback journal names as its super-journal."""
    victim = place / "home" / "victim"
    victim.touch()
    name, magic = str(victim).encode(), bytes.fromhex("d9d505f920a163d7")
    header = magic + bytes(12) + (512).to_bytes(4, "big") + (4096).to_bytes(4, "big")
    data = header.ljust(512, b"\0") + (1 << 18 | 1).to_bytes(4, "big") + name
    data += len(name).to_bytes(4, "big") + sum(name).to_bytes(4, "big") + magic
    (place / "d" / ".posecount" / "journal.db-journal").write_bytes(data)
    use(place / "d")
    assert victim.exists()


# what stands in the way


def in_place_of(path: str, what: str) -> Callable[[Path], None]:
    def attack(folder: Path) -> None:
        target = folder / path
        shutil.rmtree(target) if target.is_dir() else target.unlink(missing_ok=True)
        if what == "folder":
            (target / "within").mkdir(parents=True)
        elif what == "fifo":
            os.mkfifo(target)
        else:
            target.write_text("in the way")

    return attack


OBSTACLES = [
    *((path, what) for path in ("squats_up", "lunges_up") for what in ("file", "fifo")),
    *((path, what) for path in ("squats_up.csv", "lunges_up.csv", "posecount.json") for what in ("folder", "fifo")),
    *((f".posecount/{name}", "file") for name in ("pending", "bin", "aside")),
    *((f".posecount/{name}", "folder") for name in ("lock", "journal.db", "journal.db-journal", "pending/stray")),
    *((f".posecount/pending/{name}", "file") for name in ("stray", "photo.jpg")),
    *(("squats_up/001.jpg", what) for what in ("folder", "fifo")),
]


@pytest.mark.parametrize(("path", "what"), OBSTACLES)
def test_what_is_in_the_way_is_put_aside_with_a_message_and_no_sample_is_lost(
    tmp_path: Path, path: str, what: str
) -> None:
    folder = tmp_path / "d"
    store = filled_store(folder, 4)
    store.remove(store.samples[:1])
    values = {each.tobytes() for each in store.dataset.landmarks}
    in_place_of(path, what)(folder)
    before = {name for name, content in tree(folder).items() if content == b"in the way"}
    opened = DatasetStore(folder)
    assert not opened.read_only
    shown = {each.tobytes() for each in opened.dataset.landmarks}
    reported = opened.report
    opened.keep([])
    reported += opened.report
    opened.add(new_samples("lunges_up", 1))
    opened.restore(opened.bin())
    reported += opened.report
    assert reported or not path.startswith(("squats_up.", "posecount.json", ".posecount/pending"))
    assert values <= {each.tobytes() for each in opened.dataset.landmarks} and (shown == values or "001" in path)
    assert_sound(folder)
    assert DatasetStore(folder).report == ()
    after = [name for name, content in tree(folder).items() if content == b"in the way"]
    assert len(after) == len(before)  # moved, not deleted


@pytest.mark.parametrize("part", range(1, 12, 2))
@pytest.mark.parametrize("junk", [b"\xff", b"\0", b"junk"])
def test_a_journal_damaged_anywhere_is_put_aside_with_a_message_and_no_sample_is_lost(
    tmp_path: Path, part: int, junk: bytes
) -> None:
    folder = tmp_path / "d"
    store = filled_store(folder, 40, images=False)
    store.remove(store.samples[:8])
    values = {each.tobytes() for each in store.dataset.landmarks}
    file = folder / ".posecount" / "journal.db"
    data = bytearray(file.read_bytes())
    start = len(data) * part // 12
    data[start : start + 3000] = junk * (3000 // len(junk))
    file.write_bytes(data)
    opened = DatasetStore(folder)
    assert {each.tobytes() for each in opened.dataset.landmarks} >= values
    opened.history(), opened.bin(), opened.known(), opened.rejected()
    damaged = any("damaged" in line for line in opened.report)
    opened.remove(opened.samples[:1])
    assert (file.with_name("journal-damaged-1.db").exists()) == damaged
    assert_sound(folder)
    assert DatasetStore(folder).report == ()


def test_samples_in_the_bin_and_unwritten_ones_outlive_damage_elsewhere_in_the_journal(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    store = filled_store(folder, 4)
    store.remove(store.samples[:2])
    with pytest.raises(KeyboardInterrupt), pytest.MonkeyPatch.context() as patch, store.adding() as additions:
        additions.add(new_samples("squats_up", 2, start=20))
        patch.setattr(DatasetStore, "_take_over", lambda self: None)
        raise KeyboardInterrupt
    with closing(sqlite3.connect(folder / ".posecount" / "journal.db")) as db, db:
        db.execute("UPDATE actions SET time = 'long ago'")
    opened = settled(folder)
    assert len(opened.samples) == 8 and len(opened.bin()) == 2
    assert all(opened.bin_image_path(each) for each in opened.bin())
    assert opened.restore(opened.bin()) == (SampleId("squats_down", "001.jpg"), SampleId("squats_down", "000.jpg"))
    assert_sound(folder)


def test_a_rename_that_was_made_before_a_process_died_is_not_made_again(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    filled_store(folder, 3)
    table = folder / "squats_up.csv"
    table.write_text(table.read_text() + "bad,1,2\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("posecount.datasets.editing.journal.Journal.forget_plans", lambda self: 1 / 0)
        patch.setattr("posecount.datasets.editing.edit.Edit.rollback", lambda self: None)
        with pytest.raises(ZeroDivisionError):
            settled(folder)
    opened = settled(folder)
    assert len(opened.samples) == 6 and opened.bin() == () and table.exists()
    assert_sound(folder)
    picture = folder / "squats_up" / "new.jpg"
    picture.write_bytes(jpeg(int(landmarks(3)[0, 0])))
    assert settled(folder).report


def test_a_link_in_the_place_of_a_lock_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError):
        lock_file(tmp_path / "lock")
    assert not (tmp_path / "elsewhere").exists()
