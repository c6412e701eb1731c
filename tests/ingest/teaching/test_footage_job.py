"""FootageJob: a video is tracked in the background, in turn, until it is cancelled."""

import threading
from pathlib import Path

import numpy as np
import pytest

from posecount.ingest.teaching import footage_job
from posecount.ingest.teaching.footage_job import FootageJob
from posecount.jobs import Turns
from posecount.pose import Pose
from posecount.video.writer import write_video
from tests.stick_figure import ScriptedTracker, stick_pose


class ModelTracker(ScriptedTracker):
    """A scripted tracker that is made and closed as the real one is."""

    made: list["ModelTracker"]
    started: threading.Event
    go_on: threading.Event

    def __init__(self, model: Path) -> None:
        super().__init__([stick_pose(0.0)])
        self.made.append(self)

    def __enter__(self) -> "ModelTracker":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def track(self, image: np.ndarray, timestamp: float) -> Pose | None:
        self.started.set()
        assert self.go_on.wait(60)
        return super().track(image, timestamp)


@pytest.fixture(autouse=True)
def tracker(monkeypatch: pytest.MonkeyPatch) -> type[ModelTracker]:
    class Tracker(ModelTracker):
        made: list[ModelTracker] = []  # noqa: RUF012
        started = threading.Event()
        go_on = threading.Event()

    monkeypatch.setattr(footage_job, "PoseTracker", Tracker)
    return Tracker


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4"
    write_video(path, ((np.full((96, 128, 3), 90, np.uint8), index / 15) for index in range(30)))
    return path


def test_its_result_is_the_footage_and_its_progress_reaches_the_end(clip: Path, tracker: type[ModelTracker]) -> None:
    tracker.go_on.set()
    job = FootageJob(clip, Path("full.task"))
    job.wait(60)
    assert job.error is None and job.result is not None
    footage, note = job.result
    assert note is None and len(footage.pictures) == 30
    assert job.progress == (30, 30) and not job.waiting
    assert tracker.made[0].closed == 1


def test_cancelling_stops_after_the_frame_under_way(clip: Path, tracker: type[ModelTracker]) -> None:
    job = FootageJob(clip, Path("full.task"))
    assert tracker.started.wait(60)
    job.cancel()
    tracker.go_on.set()
    job.wait(60)
    assert job.error is None
    assert len(tracker.made[0].calls) == 1 and tracker.made[0].closed == 1


def test_a_job_that_is_cancelled_before_its_turn_makes_no_tracker(clip: Path, tracker: type[ModelTracker]) -> None:
    turns = Turns(1)
    first = FootageJob(clip, Path("full.task"), turns=turns)
    assert tracker.started.wait(60)
    second = FootageJob(clip, Path("full.task"), turns=turns)
    assert second.waiting
    second.cancel()
    second.wait(60)
    assert second.result is None and second.error is None and len(tracker.made) == 1
    tracker.go_on.set()
    first.wait(60)
    assert first.result is not None
