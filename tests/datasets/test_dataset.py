"""PoseDataset: loading wholly or not at all, and saving what loads again to the bit."""

from pathlib import Path

import numpy as np
import pytest

from posecount.datasets.dataset import Exercise, PoseDataset, is_hold
from posecount.errors import DatasetError
from tests.stick_figure import stick_dataset

ROW = ",".join(["1"] * 99)


def write(folder: Path, **rows: str) -> Path:
    for name, text in rows.items():
        (folder / f"{name}.csv").write_text(text)
    return folder


def test_a_pose_to_hold_is_no_exercise_with_repetitions_and_may_be_all_there_is(tmp_path: Path) -> None:
    labels = ("none", "planks_hold", "squats_down", "squats_hold", "squats_up")
    dataset = PoseDataset(labels, labels, np.zeros((5, 33, 3), np.float32))
    assert [each.name for each in dataset.exercises] == ["planks", "squats"], "as the published programs have it"
    assert dataset.repeated == (Exercise("squats", "squats_down", ("squats_up",)),)
    assert [(each.name, each.target) for each in dataset.holds] == [
        ("planks", "planks_hold"),
        ("squats_hold", "squats_hold"),
    ]
    assert not any(map(is_hold, ("hold", "_hold", "other_hold", "planks_down")))
    assert PoseDataset.load(write(tmp_path, planks_hold=f"a.jpg,{ROW}\n")).classes == ("planks_hold",)


def test_saved_and_loaded_again_is_the_same_to_the_bit(tmp_path: Path) -> None:
    generator = np.random.default_rng(1)
    extremes = np.array([1e-30, -0.0, 1e30, 123456.789, 1 / 3], np.float32)
    landmarks = generator.choice(extremes, (6, 33, 3)) * generator.uniform(-1, 1, (6, 33, 3)).astype(np.float32)
    names = ("a.jpg", 'with "quotes".jpg', "comma, too.jpg", "line\nbreak.jpg", "c\r.jpg", "ü.jpg")
    dataset = PoseDataset(names, ("x_down",) * 3 + ("x_up",) * 3, landmarks.astype(np.float32), {"x": "x_up"})
    dataset.save(tmp_path / "new" / "folder")
    loaded = PoseDataset.load(tmp_path / "new" / "folder")
    assert (loaded.names, loaded.labels, dict(loaded.targets)) == (dataset.names, dataset.labels, {"x": "x_up"})
    assert loaded.landmarks.tobytes() == dataset.landmarks.tobytes()


def test_saving_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    dataset = stick_dataset(3)
    dataset.save(tmp_path)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    PoseDataset.load(tmp_path).save(tmp_path)
    assert before == {file.name: file.read_bytes() for file in tmp_path.iterdir()}


def test_saving_over_another_dataset_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    write(tmp_path, other=f"a.jpg,{ROW}\n")
    with pytest.raises(DatasetError, match="other"):
        stick_dataset(3).save(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["other.csv"]


@pytest.mark.parametrize("label", ["../out", ".hidden", "a/b", ""])
def test_a_class_that_would_be_written_elsewhere_is_refused(tmp_path: Path, label: str) -> None:
    dataset = PoseDataset(("a", "b"), (label, "z"), np.zeros((2, 33, 3), np.float32))
    with pytest.raises(DatasetError, match="name of a file"):
        dataset.save(tmp_path / "dataset")
    assert list(tmp_path.rglob("*.csv")) == []


def test_hidden_leftovers_of_a_killed_write_are_not_classes(tmp_path: Path) -> None:
    write(tmp_path, a_up=f"1.jpg,{ROW}\n", a_down=f"2.jpg,{ROW}\n", **{".a_up-x.part": "1.jpg,half a ro"})
    assert PoseDataset.load(tmp_path).classes == ("a_down", "a_up")


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("a.jpg,1,2,3\n", "row 1: 4 fields instead of 100"),
        (f"a.jpg,{ROW}\nb.jpg,{ROW.replace('1', 'x', 1)}\n", "row 2, landmark 1: 'x' is not a number"),
        (f"a.jpg,{ROW[:-1]}nan\n", "row 1, landmark 33: 'nan' is not a finite number"),
        (f"a.jpg,{ROW[:-1]}1e39\n", "not a finite number"),
        (f"a.jpg,{ROW[:-1]}inf\n", "not a finite number"),
        ('"open quote\n', "instead of 100"),
        ("\0\n", "row 1"),
    ],
)
def test_a_bad_row_is_an_error_that_names_file_row_and_what_to_try(tmp_path: Path, rows: str, words: str) -> None:
    write(tmp_path, a_up=rows, a_down=f"z.jpg,{ROW}\n")
    with pytest.raises(DatasetError) as error:
        PoseDataset.load(tmp_path)
    assert words in str(error.value) and "a_up.csv" in str(error.value) and "Try" in str(error.value)


@pytest.mark.parametrize("content", [{}, {"a": ""}, {"a": f"1.jpg,{ROW}\n"}])
def test_a_folder_without_samples_or_with_one_class_is_refused(tmp_path: Path, content: dict[str, str]) -> None:
    with pytest.raises(DatasetError, match="Try"):
        PoseDataset.load(write(tmp_path, **content))


def test_a_table_of_thousands_of_classes_is_refused(tmp_path: Path) -> None:
    (tmp_path / "names.csv").write_text("".join(f"{number}.jpg,name{number},{ROW}\n" for number in range(1001)))
    with pytest.raises(DatasetError, match=r"1,001 classes; at most 200.*Try: "):
        PoseDataset.load(tmp_path / "names.csv")


def test_binary_files_and_missing_paths_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"\xff\xfe\x00binary")
    for path in (tmp_path, tmp_path / "a.csv", tmp_path / "missing"):
        with pytest.raises(DatasetError, match="Try"):
            PoseDataset.load(path)


def test_google_s_samples_keep_each_number_through_saving(shared: Path, tmp_path: Path) -> None:
    dataset = PoseDataset.load(shared / "mlkit" / "fitness_pose_samples.csv")
    dataset.save(tmp_path)
    assert PoseDataset.load(tmp_path).landmarks.tobytes() == dataset.landmarks.tobytes()


@pytest.mark.parametrize("labels", [("a_up", "b_up"), ("b_up", "a_up")])
def test_the_caller_s_array_stays_writable_and_what_is_written_to_it_changes_no_dataset(
    labels: tuple[str, str],
) -> None:
    landmarks = np.zeros((2, 33, 3), np.float32)
    dataset = PoseDataset(("1.jpg", "2.jpg"), labels, landmarks)
    landmarks[:] = 7
    assert not dataset.landmarks.any() and not dataset.landmarks.flags.writeable


@pytest.mark.parametrize("name", ["", ".hidden", "a/b", "a\\b", "a\0b", "a\nb", "10:30", "x" * 300])
def test_a_class_whose_file_would_not_be_read_again_is_not_saved(tmp_path: Path, name: str) -> None:
    dataset = PoseDataset(("1.jpg", "2.jpg"), (name, "squats_up"), np.zeros((2, 33, 3), np.float32))
    with pytest.raises(DatasetError, match="cannot be the name of a file"):
        dataset.save(tmp_path / "new")
    assert not (tmp_path / "new").exists()
