"""Whatever is handed in goes through one door, in the background where a page needs it."""

import errno
import io
import os
import threading
import zipfile
from pathlib import Path

import pytest

from posecount.datasets import journal as journal_module
from posecount.datasets.export import export_mlkit
from posecount.datasets.store import DatasetStore
from posecount.errors import DatasetError
from posecount.ingest.archives import photo_of
from posecount.ingest.intake import Intake, IntakeJob, IntakeReport
from tests.dataset_folder import assert_sound, filled_store, jpeg
from tests.ingest.test_bootstrap import MODEL, WALL, FakeTracker, photos, tracker  # noqa: F401 (a fixture)


@pytest.fixture
def intake(tmp_path: Path, tracker: type[FakeTracker]) -> Intake:  # noqa: F811
    return Intake(DatasetStore.create(tmp_path / "d"), MODEL, jobs=1)


def zipped(members: dict[str, bytes]) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    file.seek(0)
    return file


def test_a_folder_a_zip_and_photos_give_the_same_samples(tmp_path: Path, intake: Intake) -> None:
    members = {"squats_up/a.jpg": jpeg(1), "squats_up/b.jpg": jpeg(2), "squats_up/wall.jpg": WALL, "notes.txt": b"x"}
    for name, data in members.items():
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (tmp_path / "photos.zip").write_bytes(zipped(members).getvalue())
    report = intake.path(tmp_path / "photos")
    assert report.summary == "2 of 3 photos added, 1 no pose, 1 left out"
    assert [(problem.name, problem.kind) for problem in report.problems] == [
        ("squats_up/wall.jpg", "no pose"),
        ("notes.txt", "left out"),
    ]
    assert intake.path(tmp_path / "photos.zip").summary == "0 of 3 photos added, 3 duplicate, 1 left out"
    assert intake.photos([photo_of("squats_up", "c.jpg", jpeg(3))]).summary == "1 of 1 photos added"


HOSTILE_CLASSES = ["a,b", "two\nlines", "🏋️ lifts", "x" * 300, "CON", "...dots", "a:b*?", "a\\b", "Ünïcode ö"]


def test_whatever_classes_are_called_their_photos_come_in_and_nothing_leaves_the_dataset(
    tmp_path: Path, intake: Intake
) -> None:
    members = {f"photos/{name}/a.jpg": jpeg(number) for number, name in enumerate(HOSTILE_CLASSES)}
    refused = {"../up.jpg": jpeg(90), "/etc/abs.jpg": jpeg(91), "photos/../../up.jpg": jpeg(92)}
    report = intake.archive(zipped(members | refused))
    assert report.photos is not None and report.photos.kinds == {"added": len(HOSTILE_CLASSES)}
    assert len(report.problems) == len(refused) and all("leads out" in problem.reason for problem in report.problems)
    assert [path.name for path in tmp_path.iterdir()] == ["d"]
    assert_sound(tmp_path / "d")
    store = DatasetStore(tmp_path / "d")
    assert store.report == () and len(store.samples) == len(HOSTILE_CLASSES)
    assert all(store.image_path(sample) for sample in store.samples)
    export_mlkit(store.dataset, tmp_path / "out.csv")  # which reads it back as ML Kit would


def test_a_disk_that_fills_up_ends_the_job_in_words_and_keeps_what_was_stored(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, room = journal_module.os.fsync, [40]

    def fsync(handle: int) -> None:
        room[0] -= 1
        if room[0] < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(handle)

    monkeypatch.setattr(journal_module.os, "fsync", fsync)
    job = IntakeJob(intake, lambda intake: intake.photos([*photos(16), *photos(48, "squats_down", 16)]))
    job.wait(60)
    assert job.error is not None and "No space is left" in job.error and "Try" in job.error
    monkeypatch.undo()
    store = DatasetStore(intake.store.folder)
    assert len(store.samples) == 32 and store.report == ()  # two batches were stored, the third was not
    assert_sound(store.folder)


def test_a_zip_with_tables_and_a_csv_are_read_not_looked_at(tmp_path: Path, intake: Intake) -> None:
    filled_store(tmp_path / "other", 3)
    rows = (tmp_path / "other" / "squats_up.csv").read_bytes()
    report = intake.archive(zipped({"x/squats_up.csv": rows}))
    assert report.summary == "3 rows added" and FakeTracker.asked == 0
    (tmp_path / "squats_up.csv").write_bytes(rows)
    assert intake.path(tmp_path / "squats_up.csv").summary == "0 rows added, 3 there already"


@pytest.mark.parametrize("name", ["missing", "text.txt", "d"])
def test_what_cannot_be_taken_in_is_said(tmp_path: Path, intake: Intake, name: str) -> None:
    (tmp_path / "text.txt").write_text("text")
    with pytest.raises(DatasetError, match="Try"):
        intake.path(tmp_path / name)


def test_a_job_goes_on_by_itself_and_reports(intake: Intake) -> None:
    job = IntakeJob(intake, lambda intake: intake.photos(photos(40)))
    job.wait(30)
    assert not job.running and job.error is None
    assert job.result is not None and job.result.summary == "40 of 40 photos added"
    assert job.progress is not None and job.progress.done == job.progress.total == 40


def test_a_cancelled_job_keeps_what_is_done(intake: Intake) -> None:
    begin = threading.Event()

    def take(intake: Intake) -> IntakeReport:
        begin.wait(30)
        return intake.photos(photos(40))

    job = IntakeJob(intake, take)
    job.cancel()
    begin.set()
    job.wait(30)
    assert job.cancelled and job.result is not None and job.result.summary.endswith("cancelled")


@pytest.mark.parametrize(
    ("error", "said"), [(DatasetError("in words"), "in words"), (ValueError("oops"), "Something unexpected")]
)
def test_a_job_that_fails_says_why(intake: Intake, error: Exception, said: str) -> None:
    def fail(intake: Intake) -> None:
        raise error

    job = IntakeJob(intake, fail)  # type: ignore[arg-type]
    job.wait(30)
    assert job.error is not None and said in job.error and job.result is None
