"""Counting in the background: progress, a preview, cancelling, and nothing tracked twice."""

import errno
import os
import time
from pathlib import Path

import pytest

from posecount.counting.knn import PoseClassifier
from posecount.counting.settings import Settings
from posecount.pose import Image, Pose
from posecount.tracking.sequence import LandmarkSequence
from posecount.video.job import RecordingJob
from posecount.video.reader import Video
from tests.stick_figure import ScriptedTracker, stick_dataset
from tests.video.conftest import FRAMES


class SlowTracker(ScriptedTracker):
    """Takes its time."""

    def track(self, image: Image, timestamp: float) -> Pose | None:
        time.sleep(0.02)
        return super().track(image, timestamp)


@pytest.fixture
def trackers(monkeypatch: pytest.MonkeyPatch) -> list[SlowTracker]:
    """Every tracker that was made."""
    made: list[SlowTracker] = []

    def make(model: Path) -> SlowTracker:
        made.append(SlowTracker([pose for _, pose in FRAMES]))
        return made[-1]

    monkeypatch.setattr("posecount.video.job.PoseTracker", make)
    return made


def start(clip: Path) -> RecordingJob:
    classifier = PoseClassifier(stick_dataset())
    return RecordingJob(clip, clip.parent / "model.task", classifier, "robust", Settings())


def finish(job: RecordingJob) -> RecordingJob:
    job.wait(60)
    assert not job.running
    return job


def test_counts_with_progress_a_preview_and_the_annotated_video(clip: Path, trackers: list[SlowTracker]) -> None:
    job = finish(start(clip))
    assert job.error is None and job.result is not None
    assert job.result.counts["squats"] == 2 and job.result.broke_off is None
    assert job.progress is not None
    assert (job.progress.done, job.progress.total) == (len(FRAMES), len(FRAMES))
    assert job.progress.fps > 0 and job.progress.seconds_left == 0
    assert job.preview is not None and job.preview[:2] == b"\xff\xd8"
    assert job.annotated is not None
    with Video(job.annotated) as video:
        assert len(list(video.frames())) == len(FRAMES)


def test_the_same_file_is_not_tracked_again_and_profiles_need_no_tracker(
    clip: Path, trackers: list[SlowTracker]
) -> None:
    first = finish(start(clip))
    again = finish(start(clip.rename(clip.with_name("renamed.mp4"))))
    assert len(trackers) == 1
    assert first.result is not None and again.result is not None
    assert first.result.repetitions == again.result.repetitions
    colab = again.counted_with("colab")
    assert (colab.profile, colab.counts["squats"]) == ("colab", 2)
    assert again.counted_with("colab") is colab and len(trackers) == 1


def test_cancelling_keeps_what_was_counted_but_not_as_the_landmarks_of_the_file(
    clip: Path, trackers: list[SlowTracker]
) -> None:
    job = start(clip)
    while job.progress is None or job.progress.done < 5:
        assert job.running
        time.sleep(0.01)
    job.cancel()
    finish(job)
    assert job.result is not None and 5 <= job.result.frames < len(FRAMES)
    assert "cancelled" in (job.result.broke_off or "")
    whole = finish(start(clip))
    assert whole.result is not None and whole.result.frames == len(FRAMES)
    assert len(trackers) == 2


def test_what_is_no_video_ends_in_words(clip: Path, trackers: list[SlowTracker]) -> None:
    clip.write_text("no video")
    job = finish(start(clip))
    assert job.result is None and "Try:" in (job.error or "")


def test_a_sequence_counts_without_a_picture(clip: Path, trackers: list[SlowTracker]) -> None:
    LandmarkSequence.from_poses(FRAMES).save(clip.with_name("set.npz"))
    job = finish(start(clip.with_name("set.npz")))
    assert job.result is not None and job.result.counts["squats"] == 2
    assert job.annotated is None and not trackers


def test_the_annotated_video_goes_with_the_job(clip: Path, trackers: list[SlowTracker]) -> None:
    job = finish(start(clip))
    annotated = job.annotated
    assert annotated is not None and annotated.is_file()
    del job
    assert not annotated.exists()


def test_a_temporary_folder_that_cannot_be_made_costs_the_annotated_video_and_not_the_count(
    clip: Path, trackers: list[SlowTracker], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: object, **named: object) -> str:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("posecount.files.tempfile.mkdtemp", full)
    job = finish(start(clip))
    assert job.error is None and job.result is not None and job.result.counts["squats"] == 2
    assert job.annotated is None
    assert job.unannotated == "The annotated video cannot be written: No space left on device. Try: free disk space."
