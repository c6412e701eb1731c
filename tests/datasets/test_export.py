"""Exports read back as the other programs read them, and come back byte for byte."""

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from posecount.cli.app import app
from posecount.datasets.dataset import PoseDataset
from posecount.datasets.export import check_colab, check_mlkit, export_colab, export_mlkit, plan_export
from posecount.errors import DatasetError
from tests.stick_figure import stick_dataset

HOSTILE = (
    "a,b",
    '"quoted"',
    "two\nlines",
    "carriage\rreturn",
    "",
    " ",
    "é.png",
    "写真",
    "😀",
    "../../etc/passwd",
    "CON",
    ".hidden",
    "x" * 300,
    "semi;colon",
    "\u2028",
    "nul\0byte",
)


def named(names: tuple[str, ...], labels: tuple[str, ...]) -> PoseDataset:
    landmarks = np.resize(stick_dataset().landmarks, (len(names), 33, 3)).astype(np.float32)
    return PoseDataset(names, labels, landmarks)


def java_rows(data: bytes) -> list[list[str]]:
    """The file as ML Kit's parser sees it: Java's readLine, then a split at every comma."""
    return [line.split(",") for line in re.split(r"\r\n|\r|\n", data.decode())[:-1]]


def test_every_row_has_the_fields_that_ml_kit_wants(tmp_path: Path) -> None:
    export_mlkit(stick_dataset(), tmp_path / "samples.csv")
    rows = java_rows((tmp_path / "samples.csv").read_bytes())
    assert {len(row) for row in rows} == {101}
    values = np.array([row[2:] for row in rows], np.float32).reshape(-1, 33, 3)
    np.testing.assert_array_equal(values, stick_dataset().landmarks)


@pytest.mark.parametrize("name", HOSTILE)
def test_ml_kit_reads_every_row_with_any_sample_and_class_names(tmp_path: Path, name: str) -> None:
    dataset = named((name, "plain.jpg", name), (f"{name}_up", "squats_down", f"{name}_down"))
    plan = export_mlkit(dataset, tmp_path / "samples.csv")
    rows = java_rows((tmp_path / "samples.csv").read_bytes())
    assert {len(row) for row in rows} == {101}
    assert len({row[1] for row in rows}) == 3
    assert all(row[0] and row[1] and (row[0] + row[1]).isascii() for row in rows)
    assert not any(set(row[0] + row[1]) & set("\"'/\\") for row in rows)
    changed = {(each.before, each.after) for each in plan.renamed}
    assert ("plain.jpg", "plain.jpg") not in changed
    assert all(before != after for before, after in changed)


def test_every_changed_name_is_listed(tmp_path: Path) -> None:
    plan = plan_export(named(("a,b.jpg", "fine.jpg"), ("sq,uats_up", "squats_down")))
    assert [str(each) for each in plan.renamed] == [
        "class 'sq,uats_up' is written as 'sq_uats_up'",
        "sample 'a,b.jpg' is written as 'a_b.jpg'",
    ]


def test_classes_of_an_exercise_stay_together_and_others_apart() -> None:
    labels = ("отжимания_up", "отжимания_down", "приседания_up", "приседания_down")
    plan = plan_export(named(("1", "2", "3", "4"), labels))
    assert sorted(len(exercise.rest) for exercise in plan.dataset.exercises) == [1, 1]
    assert len(plan.dataset.classes) == 4


def test_names_that_would_become_the_same_are_numbered() -> None:
    plan = plan_export(named(("a,b", "a;b", "a_b"), ("x_up", "x_up", "x_up")))
    assert sorted(plan.dataset.names) == ["a_b", "a_b-2", "a_b-3"]
    assert "a_b" not in {each.before for each in plan.renamed}  # what was safe keeps its name


def test_export_import_export_is_byte_identical(tmp_path: Path) -> None:
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    export_mlkit(named(HOSTILE, tuple(f"{name}_up" for name in reversed(HOSTILE))), first)
    export_mlkit(PoseDataset.load(first), second)
    assert first.read_bytes() == second.read_bytes()


def test_a_colab_zip_unpacked_and_exported_again_is_byte_identical(tmp_path: Path) -> None:
    dataset = stick_dataset()
    targets = PoseDataset(dataset.names, dataset.labels, dataset.landmarks, {"squats": "squats_up"})
    export_colab(targets, tmp_path / "first.zip")
    with zipfile.ZipFile(tmp_path / "first.zip") as archive:
        archive.extractall(tmp_path / "folder")
    again = PoseDataset.load(tmp_path / "folder")
    assert again.targets == {"squats": "squats_up"}
    export_colab(again, tmp_path / "second.zip")
    assert (tmp_path / "first.zip").read_bytes() == (tmp_path / "second.zip").read_bytes()


def test_a_colab_zip_holds_each_image_under_the_name_in_its_csv(tmp_path: Path) -> None:
    dataset = named(("b,1.jpg", "a.jpg", "none.jpg"), ("squats_up", "squats_down", "squats_down"))
    images = {}
    for index, name in enumerate(dataset.names):
        if name != "none.jpg":
            images[index] = tmp_path / f"{index}.jpg"
            images[index].write_bytes(name.encode())
    export_colab(dataset, tmp_path / "colab.zip", images.get)
    with zipfile.ZipFile(tmp_path / "colab.zip") as archive:
        assert sorted(archive.namelist()) == [
            "squats_down.csv",
            "squats_down/a.jpg",
            "squats_up.csv",
            "squats_up/b_1.jpg",
        ]
        assert archive.read("squats_up/b_1.jpg") == b"b,1.jpg"
        row = archive.read("squats_up.csv").decode().rstrip("\n").split(",")
    assert len(row) == 100
    assert row[0] == "b_1.jpg"


def test_an_image_that_has_gone_loses_nothing(tmp_path: Path) -> None:
    file = tmp_path / "colab.zip"
    file.write_bytes(b"before")
    with pytest.raises(DatasetError, match=r"gone\.jpg"):
        export_colab(stick_dataset(), file, lambda index: tmp_path / "gone.jpg")
    assert file.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [file]


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="missing"):
        export_mlkit(stick_dataset(), tmp_path / "missing" / "samples.csv")


def test_an_empty_dataset_cannot_be_exported(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="empty"):
        export_mlkit(PoseDataset((), (), np.zeros((0, 33, 3), np.float32)), tmp_path / "samples.csv")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.replace("000.jpg", "000,jpg", 1), "102"),
        (lambda text: text.replace("squats_down", "squats_up", 1), "another name or class"),
        (lambda text: text.partition("\n")[2], "39 rows"),
        (lambda text: text.replace(",0.0,", ",NaN,", 1), "finite"),
        (lambda text: text.replace(",0.0,", ",0.5,", 1), "other numbers"),
    ],
)
def test_a_file_that_ml_kit_would_misread_is_refused(
    tmp_path: Path, change: Callable[[str], str], message: str
) -> None:
    figures = stick_dataset()
    flat = PoseDataset(figures.names, figures.labels, figures.landmarks * np.array((1, 1, 0), np.float32))
    export_mlkit(flat, tmp_path / "samples.csv")
    text = (tmp_path / "samples.csv").read_text()
    check_mlkit(text.encode(), flat)
    with pytest.raises(DatasetError, match=message):
        check_mlkit(change(text).encode(), flat)


def test_a_zip_with_other_samples_is_refused(tmp_path: Path) -> None:
    dataset = stick_dataset()
    export_colab(dataset, tmp_path / "colab.zip")
    check_colab(tmp_path / "colab.zip", dataset)
    moved = PoseDataset(dataset.names, dataset.labels, dataset.landmarks + 1)
    with pytest.raises(DatasetError, match="numbers changed"):
        check_colab(tmp_path / "colab.zip", moved)


def test_the_java_names_the_file_and_the_classes_to_count() -> None:
    plan = plan_export(named(("1", "2", "3"), ("lunges_down", "lunges_up", "none")), "lunges.csv")
    assert plan.java == (
        'private static final String POSE_SAMPLES_FILE = "pose/lunges.csv";\n'
        'private static final String[] POSE_CLASSES = { "lunges_down" };'
    )


@pytest.mark.parametrize(
    ("labels", "warning"),
    [
        (("squats_up",) * 12, "only one class"),
        (("squats_up",) * 12 + ("squats_down",) * 9, "squats_down has 9 samples, fewer than 10"),
        (("squats_up",) * 12 + ("plank",) * 12, "The class plank is alone in its exercise"),
        (("none",) * 12 + ("other_sitting",) * 12, "no exercise to count"),
        (("none",) * 12 + ("planks_hold",) * 12, "planks_hold is a pose to hold"),
    ],
)
def test_an_export_of_little_use_carries_a_warning(labels: tuple[str, ...], warning: str) -> None:
    plan = plan_export(named(tuple(map(str, range(len(labels)))), labels))
    assert any(warning in each for each in plan.warnings)


def test_nothing_is_warned_about_without_need() -> None:
    assert plan_export(stick_dataset()).warnings == ()


def test_counts_are_per_class() -> None:
    assert plan_export(stick_dataset()).counts == {"squats_down": 20, "squats_up": 20}


# On the command line


@pytest.mark.parametrize("suffix", ["csv", "zip"])
def test_the_command_line_chooses_the_format_by_the_suffix(tmp_path: Path, suffix: str) -> None:
    stick_dataset().save(tmp_path / "set")
    file = tmp_path / f"out.{suffix}"
    done = CliRunner().invoke(app, ["export", str(tmp_path / "set"), "-o", str(file)])
    assert done.exit_code == 0, done.output
    assert "40 samples of 2 classes" in done.output
    if suffix == "csv":
        assert len(PoseDataset.load(file)) == 40
        assert 'POSE_CLASSES = { "squats_down" }' in done.output
    else:
        assert zipfile.ZipFile(file).namelist() == ["squats_down.csv", "squats_up.csv"]


def test_the_command_line_puts_images_into_the_zip_unless_told_not_to(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    stick_dataset().save(folder)
    (folder / "squats_up").mkdir()
    (folder / "squats_up" / "003.jpg").write_bytes(b"picture")
    for option, expected in (("--images", True), ("--no-images", False)):
        CliRunner().invoke(app, ["export", str(folder), "-o", str(tmp_path / "out.zip"), option, "--force"])
        with zipfile.ZipFile(tmp_path / "out.zip") as archive:
            assert ("squats_up/003.jpg" in archive.namelist()) is expected


def test_the_command_line_refuses_other_suffixes(tmp_path: Path) -> None:
    stick_dataset().save(tmp_path / "set")
    done = CliRunner().invoke(app, ["export", str(tmp_path / "set"), "-o", str(tmp_path / "out.txt")])
    assert done.exit_code == 2
    assert not (tmp_path / "out.txt").exists()


# With real files


def test_googles_file_comes_back_with_every_number(shared: Path, tmp_path: Path) -> None:
    source = shared / "mlkit" / "fitness_pose_samples.csv"
    plan = export_mlkit(PoseDataset.load(source), tmp_path / "samples.csv")
    assert plan.renamed == ()
    before = {row[0]: row[1:] for row in java_rows(source.read_bytes() + b"\n") if len(row) == 101}
    after = {row[0]: row[1:] for row in java_rows((tmp_path / "samples.csv").read_bytes())}
    assert before.keys() == after.keys()
    for name, row in before.items():
        assert after[name][0] == row[0]
        np.testing.assert_array_equal(np.array(after[name][1:], np.float32), np.array(row[1:], np.float32))


def test_numbers_are_the_shortest_that_read_back(tmp_path: Path) -> None:
    dataset = named(("1", "2"), ("a_up", "a_down"))
    dataset = PoseDataset(dataset.names, dataset.labels, np.full((2, 33, 3), 0.1, np.float32))
    export_mlkit(dataset, tmp_path / "samples.csv")
    assert {field for row in java_rows((tmp_path / "samples.csv").read_bytes()) for field in row[2:]} == {"0.1"}
