"""Folders that were edited by hand are put in order on opening, with a report; nothing is deleted."""

from pathlib import Path

import pytest

from posecount.datasets.csv_rows import format_landmarks, format_row
from posecount.datasets.records import SampleId
from posecount.datasets.store import DatasetStore
from tests.dataset_folder import assert_sound, files, filled_store, jpeg, landmarks, settled
from tests.stick_figure import stick_dataset


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    filled_store(tmp_path / "d", 4)
    return tmp_path / "d"


def test_a_sound_folder_is_not_touched(folder: Path) -> None:
    before = files(folder)
    store = settled(folder)
    assert store.report == () and files(folder) == before and len(store.history()) == 1


def test_a_colab_folder_from_elsewhere_opens_in_its_own_order(tmp_path: Path) -> None:
    dataset = stick_dataset(5)
    dataset.save(tmp_path)
    before = files(tmp_path)
    store = DatasetStore(tmp_path)
    assert store.report == () and store.history() == () and files(tmp_path) == before
    assert store.dataset.names == dataset.names
    assert store.dataset.landmarks.tobytes() == dataset.landmarks.tobytes()


def test_an_image_deleted_by_hand_takes_its_row_to_the_bin(folder: Path) -> None:
    (folder / "squats_up" / "001.jpg").unlink()
    store = settled(folder)
    assert "1 image (squats_up/001.jpg) deleted by hand" in store.report[0]
    assert SampleId("squats_up", "001.jpg") not in store.samples
    assert_sound(folder)
    store.restore(store.bin())
    assert SampleId("squats_up", "001.jpg") in store.samples
    assert store.image_path(SampleId("squats_up", "001.jpg")) is None
    assert DatasetStore(folder).report == ()


def test_pictures_that_return_after_an_edit_bring_their_rows_back(folder: Path, tmp_path: Path) -> None:
    before = files(folder)
    (folder / "squats_up").rename(tmp_path / "away")
    assert len(settled(folder).bin()) == 4
    (tmp_path / "away").rename(folder / "squats_up")
    assert len(DatasetStore(folder).samples) == 8, "reading shows it"
    store = settled(folder)
    assert "squats_up: 4 images (000.jpg, 001.jpg, 002.jpg, …) are back, and so are their rows" in store.report[0]
    assert files(folder) == before and store.bin() == () and all(map(store.image_path, store.samples))
    assert_sound(folder)
    store.undo()
    assert len(store.samples) == 4 and all(map(store.bin_image_path, store.bin()))
    assert DatasetStore(folder).report == ()


def test_a_picture_that_returns_under_another_name_or_class_brings_its_row(folder: Path, tmp_path: Path) -> None:
    (folder / "squats_up" / "001.jpg").rename(tmp_path / "away.jpg")
    settled(folder)
    (tmp_path / "away.jpg").rename(folder / "squats_down" / "back.jpg")
    assert SampleId("squats_down", "back.jpg") in settled(folder).samples
    assert_sound(folder)


def test_a_picture_of_a_sample_that_a_person_removed_brings_nothing_back(folder: Path) -> None:
    store = DatasetStore(folder)
    gone = SampleId("squats_up", "001.jpg")
    picture = (folder / "squats_up" / "001.jpg").read_bytes()
    (folder / "squats_up" / "001.jpg").unlink()
    store = settled(folder)
    store.restore(store.bin())
    store.remove([gone])
    (folder / "squats_up" / "001.jpg").write_bytes(picture)
    assert gone not in settled(folder).samples
    assert (folder / ".posecount" / "aside" / "squats_up" / "001.jpg").read_bytes() == picture
    assert_sound(folder)


def test_a_picture_that_returns_to_a_row_that_was_restored_without_it_is_linked_again(folder: Path) -> None:
    sample, file = SampleId("squats_up", "001.jpg"), folder / "squats_up" / "001.jpg"
    picture = file.read_bytes()
    file.unlink()
    store = settled(folder)
    store.restore(store.bin())
    assert store.image_path(sample) is None
    file.write_bytes(picture)
    assert settled(folder).image_path(sample) == file and file.read_bytes() == picture
    assert_sound(folder)


def test_an_image_moved_by_hand_to_another_class_takes_its_row_along(folder: Path) -> None:
    (folder / "squats_up" / "001.jpg").rename(folder / "squats_down" / "moved.jpg")
    (folder / "new_class").mkdir()
    (folder / "squats_up" / "002.jpg").rename(folder / "new_class" / "002.jpg")
    store = settled(folder)
    assert {SampleId("squats_down", "moved.jpg"), SampleId("new_class", "002.jpg")} <= set(store.samples)
    assert len(store.samples) == 8 and store.bin() == ()
    assert_sound(folder)
    store.undo()
    assert SampleId("squats_up", "001.jpg") in store.samples
    assert (folder / "squats_up" / "001.jpg").exists()


def test_an_image_without_a_row_is_set_aside_not_deleted(folder: Path) -> None:
    (folder / "squats_up" / "new.jpg").write_bytes(jpeg(999))
    store = settled(folder)
    assert "1 image (new.jpg) without a row" in store.report[0]
    assert (folder / ".posecount" / "aside" / "squats_up" / "new.jpg").read_bytes() == jpeg(999)
    assert_sound(folder)


def test_a_row_deleted_by_hand_puts_sample_and_image_into_the_bin(folder: Path) -> None:
    file = folder / "squats_up.csv"
    file.write_text("".join(line for line in file.read_text().splitlines(True) if not line.startswith("002")))
    store = settled(folder)
    assert "squats_up.csv: 1 row (002.jpg) deleted by hand" in store.report[0]
    assert store.bin()[0].sample == SampleId("squats_up", "002.jpg")
    assert store.bin_image_path(store.bin()[0]) is not None
    assert_sound(folder)
    store.undo()
    assert SampleId("squats_up", "002.jpg") in store.samples
    assert_sound(folder)


def test_a_class_file_deleted_by_hand_can_be_undone(folder: Path) -> None:
    before = files(folder)
    (folder / "squats_up.csv").unlink()
    store = settled(folder)
    assert store.dataset.classes == ("squats_down",) and len(store.bin()) == 4
    store.undo()
    assert files(folder) == before


def test_a_row_edited_by_hand_counts_and_its_old_values_are_in_the_bin(folder: Path) -> None:
    file = folder / "squats_up.csv"
    lines = file.read_text().splitlines(True)
    lines[0] = format_row("000.jpg", format_landmarks(landmarks(5)))
    file.write_text("".join(lines))
    store = settled(folder)
    index = store.samples.index(SampleId("squats_up", "000.jpg"))
    assert store.dataset.landmarks[index].tobytes() == landmarks(5).tobytes()
    assert store.image_path(store.samples[index]) is not None
    assert len(store.bin()) == 1
    assert_sound(folder)


def test_rows_and_classes_added_by_hand_are_taken_over(folder: Path) -> None:
    (folder / "lunges_up.csv").write_text(format_row("a.jpg", format_landmarks(landmarks(5))))
    store = settled(folder)
    assert SampleId("lunges_up", "a.jpg") in store.samples
    assert store.history()[0].kind == "align"


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("bad.jpg,1,2,3\n", "3 numbers instead of 99"),
        (format_row("bad.jpg", "x," + ",".join(["1"] * 98)), "'x' is not a number"),
        (format_row("bad.jpg", "nan," + ",".join(["1"] * 98)), "not a finite number"),
        (format_row("000.jpg", ",".join(["1"] * 99)), "a second row for '000.jpg'"),
        ('"never closed,1,2\n', "instead of 99"),
        ("\0,1\n", "squats_up.csv, row 5"),
    ],
)
def test_a_bad_row_is_left_out_with_its_number_and_the_file_kept_aside(folder: Path, row: str, words: str) -> None:
    file = folder / "squats_up.csv"
    edited = file.read_text() + row
    file.write_text(edited)
    store = settled(folder)
    assert words in store.report[0] and "row 5" in store.report[0]
    assert len(store.samples) == 8
    assert (folder / ".posecount" / "aside" / "squats_up.csv").read_text() == edited
    assert_sound(folder)
    assert DatasetStore(folder).report == ()


def test_a_binary_class_file_is_set_aside_and_rewritten(folder: Path) -> None:
    before = files(folder)
    (folder / "squats_up.csv").write_bytes(b"\xff\xfe\x00garbage")
    store = settled(folder)
    assert "set aside" in store.report[0]
    assert files(folder) == before
    assert (folder / ".posecount" / "aside" / "squats_up.csv").read_bytes() == b"\xff\xfe\x00garbage"


def test_broken_metadata_is_set_aside(folder: Path) -> None:
    for broken in ("{", "[]", '{"targets": 1}', '"x"'):
        (folder / "posecount.json").write_text(broken)
        store = settled(folder)
        assert "posecount.json" in store.report[0] and not (folder / "posecount.json").exists()
    assert len(list((folder / ".posecount" / "aside").glob("posecount*.json"))) == 4


def test_names_in_rows_that_lead_out_of_the_folder_have_no_image(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    filled_store(folder, 1)
    (tmp_path / "secret.jpg").write_bytes(jpeg(5))
    names = ["../../secret.jpg", "/etc/passwd", "..", ".hidden.jpg"]
    rows = "".join(format_row(name, format_landmarks(landmarks(i))) for i, name in enumerate(names))
    (folder / "evil.csv").write_text(rows)
    store = settled(folder)
    evil = [sample for sample in store.samples if sample.class_name == "evil"]
    assert len(evil) == 4 and all(store.image_path(sample) is None for sample in evil)
    store.relabel(evil, "squats_up")
    store.remove([sample for sample in store.samples if sample.name in names])
    assert (tmp_path / "secret.jpg").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["d", "secret.jpg"]


def test_links_are_not_images(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    filled_store(folder, 1)
    (tmp_path / "secret.jpg").write_bytes(jpeg(5))
    (folder / "squats_up" / "link.jpg").symlink_to(tmp_path / "secret.jpg")
    store = settled(folder)
    assert store.report == () and len(store.samples) == 2 and (tmp_path / "secret.jpg").exists()


def test_edits_by_hand_while_the_dataset_is_open_are_taken_over_by_the_next_edit(folder: Path) -> None:
    store = settled(folder)
    (folder / "squats_up" / "001.jpg").unlink()
    store.remove([SampleId("squats_up", "000.jpg")])
    assert len(store.samples) == 6 and "deleted by hand" in store.report[0]
    assert_sound(folder)
