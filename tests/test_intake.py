"""Whatever is handed in goes through one door, in the background where a page needs it."""

import io
import threading
import zipfile
from pathlib import Path

import pytest
from dataset_folder import filled_store, jpeg
from test_bootstrap import MODEL, WALL, FakeTracker, photos, tracker  # noqa: F401 (a fixture)

from posecount.dataset import DatasetError
from posecount.intake import Intake, IntakeJob, IntakeReport
from posecount.sources import photo_of
from posecount.store import DatasetStore


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
    with pytest.raises(DatasetError, match="Remedy"):
        intake.path(tmp_path / name)


def test_a_job_goes_on_by_itself_and_reports(intake: Intake) -> None:
    job = IntakeJob(intake, lambda intake: intake.photos(photos(40)))
    job.wait(30)
    assert not job.running and job.error is None
    assert job.report is not None and job.report.summary == "40 of 40 photos added"
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
    assert job.cancelling and job.report is not None and job.report.summary.endswith("cancelled")


@pytest.mark.parametrize(
    ("error", "said"), [(DatasetError("in words"), "in words"), (ValueError("oops"), "Something unexpected")]
)
def test_a_job_that_fails_says_why(intake: Intake, error: Exception, said: str) -> None:
    def fail(intake: Intake) -> None:
        raise error

    job = IntakeJob(intake, fail)  # type: ignore[arg-type]
    job.wait(30)
    assert job.error is not None and said in job.error and job.report is None
