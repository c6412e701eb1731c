"""The queue of recordings: one per visitor, a limited number at once, cancelled ones make room."""

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from posecount.counting.knn import PoseClassifier
from posecount.counting.settings import Settings
from posecount.jobs import Turns
from posecount.pose import Image, Pose
from posecount.tracking.sequence import LandmarkSequence
from posecount.video.job import RecordingJob
from posecount.video.queue import RecordingQueue, Start
from tests.stick_figure import ScriptedTracker, squatting, stick_dataset
from tests.video.conftest import FRAMES

CLASSIFIER = PoseClassifier(stick_dataset())


class Visitor:
    """A browser session."""


class Gate:
    """Lets trackers go on frame by frame."""

    def __init__(self) -> None:
        self.tracked: list[float] = []
        self._allowed = 0
        self._changed = threading.Condition()

    def allow(self, frames: int) -> None:
        with self._changed:
            self._allowed += frames
            self._changed.notify_all()

    def reach(self, frames: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.tracked) >= frames, 30), len(self.tracked)

    def passed(self, timestamp: float) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.tracked) < self._allowed, 30)
            self.tracked.append(timestamp)
            self._changed.notify_all()


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    gate = Gate()

    class Gated(ScriptedTracker):
        def __init__(self, model: Path) -> None:
            super().__init__([pose for _, pose in FRAMES])

        def track(self, image: Image, timestamp: float) -> Pose | None:
            gate.passed(timestamp)
            return super().track(image, timestamp)

    monkeypatch.setattr("posecount.video.job.PoseTracker", Gated)
    return gate


def counting(clip: Path, threshold: float = 6.0) -> Start:
    settings = Settings(enter_threshold=threshold)

    def start(turns: Turns, replaced: Sequence[RecordingJob]) -> RecordingJob:
        model = clip.parent / "model.task"
        return RecordingJob(clip, model, CLASSIFIER, "robust", settings, turns=turns, replaces=replaced)

    return start


def ask(queue: RecordingQueue, visitor: object, key: str, start: Start) -> RecordingJob:
    return queue.ask(visitor, {key: start})[key]


def finish(job: RecordingJob) -> RecordingJob:
    job.wait(60)
    assert not job.running
    return job


def test_six_moves_of_a_slider_leave_one_job_and_track_each_frame_once(clip: Path, gate: Gate) -> None:
    queue, visitor = RecordingQueue(), Visitor()
    jobs = []
    for number in range(7):
        jobs.append(ask(queue, visitor, f"key {number}", counting(clip, 5 + number / 4)))
        gate.allow(2)
        gate.reach(2 * (number + 1))
        assert [job for job in jobs if not job.cancelled] == [jobs[-1]]
    gate.allow(len(FRAMES))
    last = finish(jobs[-1])
    assert last.error is None and last.result is not None and last.result.counts["squats"] == 2
    assert len(gate.tracked) == len(FRAMES) and gate.tracked == sorted(set(gate.tracked))
    assert not any(job.running for job in jobs)
    unbroken = finish(counting(clip)(Turns(1), ()))  # from the cache
    assert unbroken.result is not None and last.result.landmarks is not None and unbroken.result.landmarks is not None
    assert unbroken.result.landmarks.landmarks.tobytes() == last.result.landmarks.landmarks.tobytes()
    assert len(gate.tracked) == len(FRAMES)


def test_cancel_stops_the_one_job_of_a_visitor_and_nothing_goes_on_behind_it(clip: Path, gate: Gate) -> None:
    queue, visitor = RecordingQueue(), Visitor()
    first = ask(queue, visitor, "one", counting(clip))
    gate.allow(4)
    gate.reach(4)
    second = ask(queue, visitor, "other", counting(clip, 7))
    second.cancel()
    gate.allow(len(FRAMES))
    finish(second)
    assert finish(first).cancelled and len(gate.tracked) < len(FRAMES)
    before = len(gate.tracked)
    queue.forget("other")
    gate.allow(len(FRAMES))
    again = finish(ask(queue, visitor, "other", counting(clip, 7)))
    assert again.result is not None and again.result.frames == len(FRAMES)
    assert len(gate.tracked) == before + len(FRAMES), "a cancelled tracking is not continued"


def test_no_more_recordings_are_counted_at_once_than_the_server_bears(clip: Path, gate: Gate, tmp_path: Path) -> None:
    queue = RecordingQueue(at_once=1)
    visitors = Visitor(), Visitor()
    first = ask(queue, visitors[0], "first", counting(clip))
    gate.allow(1)
    gate.reach(1)
    LandmarkSequence.from_poses(squatting(1)).save(tmp_path / "set.npz")
    second = ask(queue, visitors[1], "second", counting(tmp_path / "set.npz"))
    second.wait(0.3)
    assert second.running and second.waiting and not first.waiting
    gate.allow(len(FRAMES))
    assert finish(second).result is not None and not first.running


def test_the_files_of_one_visitor_are_counted_in_turn_and_keep_no_other_visitor_waiting(
    clip: Path, gate: Gate, tmp_path: Path
) -> None:
    queue = RecordingQueue(at_once=2)
    one, other = Visitor(), Visitor()
    sets = [tmp_path / f"{number}.npz" for number in range(3)]
    for number, each in enumerate(sets):
        LandmarkSequence.from_poses(squatting(number + 1)).save(each)
    sets[1].write_bytes(b"no archive")
    jobs = queue.ask(one, {"clip": counting(clip), **{each.name: counting(each) for each in sets[:2]}})
    gate.allow(1)
    gate.reach(1)
    assert finish(ask(queue, other, "other", counting(sets[2]))).result is not None
    assert list(jobs) == ["clip", "0.npz", "1.npz"] and all(job.running for job in jobs.values())
    gate.allow(len(FRAMES))
    first, good, bad = map(finish, jobs.values())
    assert first.result is not None and good.result is not None and bad.error is not None


def test_one_of_several_files_can_be_left_while_the_others_go_on(clip: Path, gate: Gate, tmp_path: Path) -> None:
    queue, visitor = RecordingQueue(), Visitor()
    LandmarkSequence.from_poses(squatting(1)).save(tmp_path / "set.npz")
    jobs = queue.ask(visitor, {"clip": counting(clip), "set": counting(tmp_path / "set.npz")})
    gate.allow(1)
    gate.reach(1)
    assert queue.ask(visitor, {"set": counting(tmp_path / "set.npz")}) == {"set": jobs["set"]}
    assert jobs["clip"].cancelled
    gate.allow(len(FRAMES))
    assert finish(jobs["set"]).result is not None
    assert queue.ask(visitor, {}) == {}


def test_a_job_that_two_visitors_watch_goes_on_when_one_changes_a_setting(clip: Path, gate: Gate) -> None:
    queue = RecordingQueue()
    one, other = Visitor(), Visitor()
    shared = ask(queue, one, "shared", counting(clip))
    assert ask(queue, other, "shared", counting(clip)) is shared
    gate.allow(1)
    own = ask(queue, other, "own", counting(clip, 7))
    assert not shared.cancelled
    gate.allow(2 * len(FRAMES))
    assert finish(shared).result is not None and finish(own).result is not None


def test_a_visitor_who_left_holds_no_job_back(clip: Path, gate: Gate) -> None:
    queue = RecordingQueue()
    gone: Visitor | None = Visitor()
    job = ask(queue, gone, "key", counting(clip))
    gone = None
    assert job.running and not job.cancelled, "closing the window does not stop the work"
    back = Visitor()
    assert ask(queue, back, "key", counting(clip)) is job
    ask(queue, back, "another", counting(clip, 7))
    assert job.cancelled
    gate.allow(2 * len(FRAMES))


def test_finished_jobs_are_found_again_and_the_oldest_are_forgotten(tmp_path: Path) -> None:
    LandmarkSequence.from_poses(squatting(1)).save(tmp_path / "set.npz")
    queue, visitor = RecordingQueue(remembered=2), Visitor()
    jobs = [finish(ask(queue, visitor, key, counting(tmp_path / "set.npz"))) for key in "abc"]
    assert ask(queue, visitor, "c", counting(tmp_path / "set.npz")) is jobs[2]
    assert ask(queue, visitor, "b", counting(tmp_path / "set.npz")) is jobs[1]
    assert finish(ask(queue, visitor, "a", counting(tmp_path / "set.npz"))) is not jobs[0]
