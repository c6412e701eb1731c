"""Everything that is handed in goes through one door, in the background where a page needs it."""

import errno
import io
import os
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest

from posecount.datasets.export import export_mlkit
from posecount.datasets.store import DatasetStore
from posecount.errors import DatasetError
from posecount.ingest.archives import open_archive
from posecount.ingest.collection import Collection, Photo, open_csv, photo_of
from posecount.ingest.intake import IntakeJob, open_path, take_in
from posecount.ingest.report import IntakeReport
from tests.dataset_folder import assert_sound, filled_store, jpeg
from tests.ingest.test_bootstrap import MODEL, ROOT, WALL, FakeTracker, photos, tracker  # noqa: F401 (a fixture)


@pytest.fixture
def store(tmp_path: Path, tracker: type[FakeTracker]) -> DatasetStore:  # noqa: F811
    return DatasetStore.create(tmp_path / "d")


def take(store: DatasetStore, collection: Collection) -> IntakeReport:
    with collection:
        return take_in(store, collection, MODEL, jobs=1)


def zipped(members: dict[str, bytes]) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    file.seek(0)
    return file


def test_a_folder_a_zip_and_photos_give_the_same_samples(tmp_path: Path, store: DatasetStore) -> None:
    members = {"squats_up/a.jpg": jpeg(1), "squats_up/b.jpg": jpeg(2), "squats_up/wall.jpg": WALL, "notes.txt": b"x"}
    for name, data in members.items():
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (tmp_path / "photos.zip").write_bytes(zipped(members).getvalue())
    report = take(store, open_path(tmp_path / "photos"))
    assert report.summary == "2 of 3 photos added, 1 without a pose, 1 left out"
    assert [(problem.name, problem.kind) for problem in report.problems] == [
        ("squats_up/wall.jpg", "no pose"),
        ("notes.txt", "left out"),
    ]
    assert take(store, open_path(tmp_path / "photos.zip")).summary == "0 of 3 photos added, 3 duplicates, 1 left out"
    assert take(store, Collection((photo_of("squats_up", "c.jpg", jpeg(3)),))).summary == "1 photo added"


HOSTILE_CLASSES = ["a,b", "two\nlines", "🏋️ lifts", "x" * 300, "CON", "...dots", "a:b*?", "a\\b", "Ünïcode ö"]


def test_photos_of_any_class_name_are_added_and_nothing_is_written_outside_the_dataset(
    tmp_path: Path, store: DatasetStore
) -> None:
    members = {f"photos/{name}/a.jpg": jpeg(number) for number, name in enumerate(HOSTILE_CLASSES)}
    refused = {"../up.jpg": jpeg(90), "/etc/abs.jpg": jpeg(91), "photos/../../up.jpg": jpeg(92)}
    report = take(store, open_archive(zipped(members | refused)))
    assert report.kinds == {"added": len(HOSTILE_CLASSES), "left out": len(refused)}
    assert len(report.problems) == len(refused) and all("leads out" in problem.reason for problem in report.problems)
    assert [path.name for path in tmp_path.iterdir()] == ["d"]
    assert_sound(tmp_path / "d")
    store.refresh()
    assert store.report == () and len(store.samples) == len(HOSTILE_CLASSES)
    assert all(store.image_path(sample) for sample in store.samples)
    export_mlkit(store.dataset, tmp_path / "out.csv")  # which reads it back as ML Kit would


def test_a_disk_that_fills_up_ends_the_job_with_a_clear_error_and_keeps_what_was_stored(
    store: DatasetStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, room = os.fsync, [40]

    def fsync(handle: int) -> None:
        room[0] -= 1
        if room[0] < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    job = IntakeJob(store, Collection((*photos(16), *photos(48, "squats_down", 16))), MODEL, jobs=1)
    job.wait(60)
    assert job.error is not None and "No space is left" in job.error and "Try" in job.error
    monkeypatch.undo()
    store = DatasetStore(store.folder)
    assert len(store.samples) == 32 and store.report == ()  # two batches were stored, the third was not
    assert_sound(store.folder)


def test_a_zip_with_tables_and_a_csv_are_read_not_looked_at(tmp_path: Path, store: DatasetStore) -> None:
    filled_store(tmp_path / "other", 3)
    rows = (tmp_path / "other" / "squats_up.csv").read_bytes()
    assert_read_without_model(store, open_archive(zipped({"x/squats_up.csv": rows})), "3 rows added")
    (tmp_path / "squats_up.csv").write_bytes(rows)
    assert_read_without_model(store, open_path(tmp_path / "squats_up.csv"), "0 rows added, 3 already there")
    assert_read_without_model(store, open_csv(rows, "squats_up.csv"), "0 rows added, 3 already there")
    assert FakeTracker.asked == 0


def assert_read_without_model(store: DatasetStore, collection: Collection, summary: str) -> None:
    with collection:
        assert not collection.needs_model
        assert take_in(store, collection, None).summary == summary


@pytest.mark.parametrize("name", ["missing", "text.txt", "d"])
def test_other_files_are_refused(tmp_path: Path, store: DatasetStore, name: str) -> None:
    (tmp_path / "text.txt").write_text("text")
    with pytest.raises(DatasetError, match="Try"):
        open_path(tmp_path / name)


def test_a_job_goes_on_by_itself_and_reports(store: DatasetStore) -> None:
    job = IntakeJob(store, Collection(tuple(photos(40))), MODEL, jobs=1)
    job.wait(30)
    assert not job.running and job.error is None
    assert job.result is not None and job.result.summary == "40 photos added"
    assert job.progress == (40, 40, {"added": 40})


def test_a_cancelled_job_keeps_what_is_done_and_closes_the_collection(store: DatasetStore) -> None:
    begin, closed = threading.Event(), threading.Event()

    def read() -> bytes:
        begin.wait(30)
        return jpeg(0)

    collection = Collection((Photo("squats_up", "first.jpg", read), *photos(40, start=1)), close=closed.set)
    job = IntakeJob(store, collection, MODEL, jobs=1)
    job.cancel()
    begin.set()
    job.wait(30)
    assert job.cancelled and job.result is not None and job.result.summary.endswith("cancelled")
    assert len(store.samples) in (0, 16) and closed.is_set()


@pytest.mark.parametrize(
    ("error", "said"), [(DatasetError("in words"), "in words"), (ValueError("oops"), "Something unexpected")]
)
def test_a_job_that_fails_says_why_and_closes_the_collection(store: DatasetStore, error: Exception, said: str) -> None:
    closed = threading.Event()

    def fail(*arguments: object) -> None:
        raise error

    store.known = fail  # type: ignore[assignment, method-assign]
    job = IntakeJob(store, Collection(tuple(photos(1)), close=closed.set), MODEL, jobs=1)
    job.wait(30)
    assert job.error is not None and said in job.error and job.result is None and closed.is_set()


def test_names_that_were_changed_and_photos_over_the_limit_are_in_the_summary(store: DatasetStore) -> None:
    with Collection(tuple(photos(3))) as collection:
        summary = take_in(store, collection, MODEL, limit=2, jobs=1).summary
    assert summary == "2 photos added, 1 over the limit"
    row = f"a/b.jpg,squats/up,{','.join(['1'] * 99)}\n".encode()
    assert take(store, open_csv(row, "x.csv")).summary == "1 row added, 2 names were changed"


def test_a_damaged_metadata_file_in_a_zip_is_left_out_and_stops_nothing(store: DatasetStore) -> None:
    data = bytearray(zipped({"squats_up/a.jpg": jpeg(1), "posecount.json": b'{"targets": {}}'}).getvalue())
    data[data.index(b'{"targets"')] ^= 0xFF
    report = take(store, open_archive(io.BytesIO(bytes(data))))
    assert report.summary == "1 photo added, 1 left out" and "damaged" in report.problems[0].reason


def test_what_reads_tables_loads_no_mediapipe() -> None:
    code = "import sys; import posecount.ingest.intake; print('mediapipe' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "False", done.stderr
