"""WatchedTracker, around MediaPipe and around scripted trackers."""

import threading
from collections.abc import Callable
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from posecount.pose import Pose
from posecount.shipped import SAMPLE_CLIPS
from posecount.tracking.tracker import PoseTracker
from posecount.tracking.watchdog import TrackerHangsError, WatchedTracker
from posecount.video.reader import Video


@pytest.fixture(scope="module")
def frames() -> list[tuple[np.ndarray, float]]:
    with Video(SAMPLE_CLIPS["squats"]) as video:
        return [(frame.image, frame.timestamp) for frame in islice(video.frames(), 12)]


class Scripted:
    """Does one deed for each image, and remembers its threads."""

    def __init__(self, *deeds: Callable[[], Pose | None]) -> None:
        self.deeds = list(deeds)
        self.threads: list[threading.Thread] = []
        self.closed = threading.Event()

    def track(self, image: np.ndarray, timestamp: float) -> Pose | None:
        self.threads.append(threading.current_thread())
        return self.deeds.pop(0)()

    def close(self) -> None:
        self.threads.append(threading.current_thread())
        self.closed.set()


IMAGE = np.zeros((10, 10, 3), np.uint8)


def test_a_watched_tracker_finds_what_it_would_find_alone(
    real_model: Path, frames: list[tuple[np.ndarray, float]]
) -> None:
    with PoseTracker(real_model) as tracker:
        alone = [tracker.track(image, timestamp) for image, timestamp in frames]
    watched = WatchedTracker(partial(PoseTracker, real_model), within_s=60)
    for pose, (image, timestamp) in zip(alone, frames, strict=True):
        found = watched.track(image, timestamp)
        assert (pose is None) == (found is None)
        if pose and found:
            np.testing.assert_array_equal(found.landmarks, pose.landmarks)
    watched.close()


def test_a_watched_tracker_is_used_and_closed_on_one_thread_which_ends_with_it() -> None:
    tracker = Scripted(lambda: None, lambda: None)
    watched = WatchedTracker(lambda: tracker, within_s=60)
    for _ in range(2):
        assert watched.track(IMAGE, 0.0) is None
    watched.close()
    watched.close()
    assert tracker.closed.is_set()
    assert len(set(tracker.threads)) == 1 and len(tracker.threads) == 3
    assert threading.current_thread() not in tracker.threads
    tracker.threads[0].join(60)
    assert not tracker.threads[0].is_alive()
    with pytest.raises(ValueError, match="closed"):
        watched.track(IMAGE, 0.0)


def test_what_a_watched_tracker_raises_is_raised_where_it_was_asked_and_it_goes_on() -> None:
    def fail() -> None:
        raise RuntimeError("the graph has failed")

    watched = WatchedTracker(partial(Scripted, fail, lambda: None), within_s=60)
    with pytest.raises(RuntimeError, match="the graph has failed"):
        watched.track(IMAGE, 0.0)
    assert watched.track(IMAGE, 0.1) is None
    watched.close()


def test_a_tracker_that_hangs_is_abandoned_after_a_time_and_nothing_waits_for_it_again() -> None:
    go_on = threading.Event()

    def hang() -> None:
        go_on.wait(60)

    tracker = Scripted(hang)
    watched = WatchedTracker(lambda: tracker, within_s=0.3)
    with pytest.raises(TrackerHangsError, match=r"has not answered for 0\.3 seconds"):
        watched.track(IMAGE, 0.0)
    watched._within_s = 3600  # a wait would outlast the test
    with pytest.raises(TrackerHangsError):
        watched.track(IMAGE, 0.1)
    watched.close()
    assert not tracker.closed.is_set()
    go_on.set()
    assert tracker.closed.wait(60), "if it comes back it is closed"


def test_a_tracker_that_hangs_while_it_is_made_is_abandoned_the_same_way() -> None:
    go_on = threading.Event()
    tracker = Scripted(lambda: None)

    def make() -> Scripted:
        go_on.wait(60)
        return tracker

    watched = WatchedTracker(make, within_s=0.3)
    with pytest.raises(TrackerHangsError):
        watched.track(IMAGE, 0.0)
    watched.close()
    go_on.set()
    assert tracker.closed.wait(60), "if it comes back it is closed"


def test_what_making_a_tracker_raises_is_raised_where_it_was_asked_and_the_next_image_tries_again() -> None:
    attempts: list[int] = []

    def make() -> Scripted:
        attempts.append(1)
        if len(attempts) == 1:
            raise OSError("no such model")
        return Scripted(lambda: None)

    watched = WatchedTracker(make, within_s=60)
    with pytest.raises(OSError, match="no such model"):
        watched.track(IMAGE, 0.0)
    assert watched.track(IMAGE, 0.1) is None
    watched.close()


def test_a_tracker_that_was_never_asked_is_never_made() -> None:
    watched = WatchedTracker(lambda: pytest.fail("made"), within_s=60)
    watched.close()
