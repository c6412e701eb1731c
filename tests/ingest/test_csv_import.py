"""CSV files from elsewhere: good rows keep every character, and each bad one is named."""

import io
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from posecount.datasets.csv_rows import VALUE_COUNT, format_landmarks, format_row
from posecount.datasets.dataset import PoseDataset
from posecount.datasets.editing.additions import Additions
from posecount.datasets.records import SampleId
from posecount.datasets.store import DatasetStore
from posecount.errors import DatasetError
from posecount.ingest.archives import open_archive
from posecount.ingest.collection import Collection, open_csv
from posecount.ingest.csv_import import import_tables
from posecount.ingest.intake import open_path
from posecount.ingest.report import ADDED, PRESENT, IntakeReport
from tests.dataset_folder import assert_sound, files, filled_store, jpeg, landmarks

GOOD = format_landmarks(landmarks(1))


def mlkit(*rows: tuple[str, str, float]) -> bytes:
    return "".join(format_row(name, label, format_landmarks(landmarks(seed))) for name, label, seed in rows).encode()


def zipped(folder: Path) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in files(folder).items():
            archive.writestr(f"dataset/{name}", data)
    return file


def take(store: DatasetStore, file: io.BytesIO) -> IntakeReport:
    with open_archive(file) as collection:
        return import_tables(store, collection)


def import_csv(store: DatasetStore, data: bytes, file_name: str) -> IntakeReport:
    return import_tables(store, Collection(tables=((file_name.removesuffix(".csv"), data),)))


def test_google_s_samples_keep_every_character(shared: Path, tmp_path: Path) -> None:
    data = (shared / "mlkit" / "fitness_pose_samples.csv").read_bytes()
    store = DatasetStore.create(tmp_path / "d")
    report = import_csv(store, data, "fitness_pose_samples.csv")
    assert (report.kinds[ADDED], report.problems, report.renamed) == (812, (), {})
    rows = {line.split(",", 2)[0] + line.split(",", 2)[1]: line.split(",", 2)[2] for line in data.decode().splitlines()}
    for label in store.dataset.classes:
        for line in (tmp_path / "d" / f"{label}.csv").read_text().splitlines():
            name, values = line.split(",", 1)
            assert rows[name + label] == values
    original = PoseDataset.load(shared / "mlkit" / "fitness_pose_samples.csv")
    assert store.dataset.landmarks.tobytes() == original.landmarks.tobytes()


def test_a_second_import_of_the_same_adds_nothing(tmp_path: Path) -> None:
    store = DatasetStore.create(tmp_path / "d")
    data = mlkit(("a.jpg", "squats_up", 1), ("b.jpg", "squats_down", 2))
    assert import_csv(store, data, "x.csv").kinds == {ADDED: 2}
    again = import_csv(store, data, "x.csv")
    assert again.kinds == {PRESENT: 2} and again.problems == () and len(store.samples) == 2


def test_rows_of_one_name_are_all_added_and_a_second_import_adds_none(tmp_path: Path) -> None:
    store = DatasetStore.create(tmp_path / "d")
    data = mlkit(*(("", "squats_up", number) for number in range(30)))
    assert import_csv(store, data, "ml.csv").kinds == {ADDED: 30}
    assert import_csv(store, data, "ml.csv").kinds == {PRESENT: 30}
    assert {"image", "image-2", "image-30"} <= {sample.name for sample in store.samples}


def test_each_bad_row_is_reported_with_its_number_and_the_good_ones_come_in(tmp_path: Path) -> None:
    rows = [
        format_row("a.jpg", "squats_up", GOOD),
        "short.jpg,squats_up,1,2,3\n",
        format_row("rope, skipping.jpg", "squats_up", GOOD).replace('"', ""),
        format_row("nan.jpg", "squats_up", "nan," + GOOD.split(",", 1)[1]),
        "\n",
        format_row("word.jpg", "squats_up", "word," + GOOD.split(",", 1)[1]),
        format_row("noclass.jpg", "", GOOD),
        format_row("emoji.jpg", "🏋️", GOOD),
        format_row("b.jpg", "squats_down", GOOD),
    ]
    store = DatasetStore.create(tmp_path / "d")
    report = import_csv(store, "".join(rows).encode(), "public.csv")
    assert [sample.name for sample in store.samples] == ["b.jpg", "a.jpg"] and report.kinds[ADDED] == 2
    assert [problem.name for problem in report.problems] == [f"public.csv, row {row}" for row in (2, 3, 4, 6, 7, 8)]
    reasons = [problem.reason for problem in report.problems]
    assert "5 fields instead of 101" in reasons[0] and "102 fields instead of 101" in reasons[1]
    assert "not a finite number" in reasons[2] and "not a number" in reasons[3]
    assert "no letter or digit" in reasons[4] and "no letter or digit" in reasons[5]


def test_a_broken_csv_yields_the_rows_before_the_break(tmp_path: Path) -> None:
    store = DatasetStore.create(tmp_path / "d")
    broken = format_row("a.jpg", "squats_up", GOOD).encode() + b'"' + b"x" * 200_000
    report = import_csv(store, broken, "x.csv")
    assert report.kinds[ADDED] == 1 and "The rows after it were left out" in report.problems[0].reason
    assert import_csv(store, b"\xff\xfe\x00", "x.csv").kinds[ADDED] == 0
    assert import_csv(store, b"", "x.csv").problems == ()


def test_hostile_names_are_made_safe_and_listed(tmp_path: Path) -> None:
    store = DatasetStore.create(tmp_path / "d")
    rows = [("../../a.jpg", "squats/up", 1), ("CON", "..hidden", 2), ("x" * 300, "a\nb", 3)]
    report = import_csv(store, mlkit(*rows), "x.csv")
    assert report.kinds[ADDED] == 3
    assert report.renamed["squats/up"] == "squats_up" and report.renamed["../../a.jpg"] == "a.jpg"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["d"]
    assert_sound(tmp_path / "d")
    assert DatasetStore(tmp_path / "d").report == ()


def test_one_class_s_colab_file_takes_its_class_from_its_name(tmp_path: Path) -> None:
    store = DatasetStore.create(tmp_path / "d")
    import_csv(store, (format_row("a.jpg", GOOD) * 1).encode(), "lunges_up.csv")
    assert store.samples == (SampleId("lunges_up", "a.jpg"),)


def test_a_colab_zip_with_images_comes_in_byte_for_byte(tmp_path: Path) -> None:
    store = filled_store(tmp_path / "d", 4)
    store.set_targets({"squats": "squats_up"})
    copy = DatasetStore.create(tmp_path / "copy")
    report = take(copy, zipped(tmp_path / "d"))
    assert (report.kinds[ADDED], report.problems, report.renamed) == (8, (), {})
    before = files(tmp_path / "d")
    after = files(tmp_path / "copy")
    assert {name: data for name, data in after.items() if name != "posecount.json"} == {
        name: data for name, data in before.items() if name != "posecount.json"
    }
    assert dict(copy.dataset.targets) == {"squats": "squats_up"}
    assert len(copy.history()) == 1
    copy.undo()
    assert copy.samples == ()


def test_a_file_that_is_not_a_picture_is_left_out_and_its_row_is_added(tmp_path: Path) -> None:
    filled_store(tmp_path / "d", 2)
    (tmp_path / "d" / "squats_up" / "000.jpg").write_bytes(b"#!/bin/sh")
    (tmp_path / "d" / "squats_up" / "extra.jpg").write_bytes(jpeg(5))
    store = DatasetStore.create(tmp_path / "copy")
    report = take(store, zipped(tmp_path / "d"))
    assert report.kinds[ADDED] == 4
    assert store.image_path(SampleId("squats_up", "000.jpg")) is None
    assert any("cannot be used" in problem.reason for problem in report.problems)
    assert any("has no row" in problem.reason for problem in report.problems)
    assert_sound(tmp_path / "copy")


@pytest.mark.parametrize("metadata", [b"{", b"[]", b'{"targets": {"squats": "no such class"}}', b"[" * 100_000])
def test_useless_metadata_stop_nothing(tmp_path: Path, metadata: bytes) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("x.csv", mlkit(("a.jpg", "squats_up", 1)))
        archive.writestr("posecount.json", metadata)
    store = DatasetStore.create(tmp_path / "d")
    assert take(store, file).kinds[ADDED] == 1 and dict(store.dataset.targets) == {}
    assert np.isfinite(store.dataset.landmarks).all()


def test_two_imports_at_once_add_each_row_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, other = DatasetStore.create(tmp_path / "d"), DatasetStore(tmp_path / "d")
    data = mlkit(*((f"{number}.jpg", "squats_up", number) for number in range(4)))
    real = Additions.add_unknown

    def after_the_other(self: Additions, *arguments: Any, **keywords: Any) -> Any:
        monkeypatch.setattr(Additions, "add_unknown", real)
        assert import_csv(other, data, "ml.csv").kinds == {ADDED: 4}
        return real(self, *arguments, **keywords)

    monkeypatch.setattr(Additions, "add_unknown", after_the_other)
    assert import_csv(store, data, "ml.csv").kinds == {PRESENT: 4}
    assert len(store.samples) == 4


def test_a_table_of_thousands_of_bad_rows_is_given_up_in_words(tmp_path: Path) -> None:
    store = DatasetStore.create(tmp_path / "d")
    rows = format_row("good.jpg", GOOD) + format_row("bad.jpg", "," * (VALUE_COUNT - 1)) * 3000
    report = import_csv(store, rows.encode(), "squats_up.csv")
    assert report.kinds == {ADDED: 1, "left out": 1001}
    assert "1,000 rows of squats_up.csv cannot be used" in report.findings[-2].reason + report.findings[-1].reason


def test_a_table_of_thousands_of_classes_is_given_up_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("posecount.ingest.csv_import.MOST_CLASSES", 3)
    store = DatasetStore.create(tmp_path / "d")
    data = mlkit(*((f"{number}.jpg", f"class{number}_up", number) for number in range(6)))
    report = import_csv(store, data, "ml.csv")
    assert report.kinds == {ADDED: 3, "left out": 1}
    assert report.problems[0].name == "ml.csv, row 4" and "at most 3 classes" in report.problems[0].reason
    tables = tuple((f"other{number}", f"a.jpg,{GOOD}\n".encode()) for number in range(3))
    assert import_tables(store, Collection(tables=tables)).kinds == {"left out": 3}
    assert import_csv(store, mlkit(("new.jpg", "class0_up", 9)), "ml.csv").kinds == {ADDED: 1}
    assert len(store.dataset.classes) == 3


def test_a_table_of_many_megabytes_is_imported_within_memory_and_time(tmp_path: Path) -> None:
    values = [format_landmarks(landmarks(number)) for number in range(50)]
    rows = [f"{i}.jpg,squats_{'up' if i % 2 else 'down'},{values[i % 50]}\n" for i in range(12_000)]
    file = tmp_path / "large.csv"
    file.write_text("".join(rows))
    assert file.stat().st_size > 6_000_000
    code = """
        import sys, time
        from pathlib import Path
        from posecount.datasets.dataset import PoseDataset
        from posecount.datasets.store import DatasetStore
        from posecount.ingest.intake import open_path, take_in
        from tests.memory import peak
        before, start = peak(), time.process_time()
        with open_path(sys.argv[1]) as collection:
            take_in(DatasetStore.create(sys.argv[2]), collection, None)
        assert len(PoseDataset.load(sys.argv[1])) == 12_000
        print(peak() - before, time.process_time() - start)
    """
    command = [sys.executable, "-c", textwrap.dedent(code), str(file), str(tmp_path / "d")]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr
    megabytes, seconds = map(float, process.stdout.split())
    assert megabytes < 150 and seconds < 6


def test_a_table_that_is_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    file = tmp_path / "huge.csv"
    with file.open("wb") as sparse:
        sparse.truncate(60_000_000)
    with pytest.raises(DatasetError, match="more than 50 MB"):
        open_path(file)
    with pytest.raises(DatasetError, match="more than 50 MB"):
        open_csv(file.read_bytes(), "huge.csv")
    with file.open("r+b") as sparse:
        sparse.truncate(200_000_000)
    with pytest.raises(DatasetError, match="more than 100 MB"):
        PoseDataset.load(file)
