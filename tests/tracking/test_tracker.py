"""PoseTracker: MediaPipe itself, over the shipped clips; and WatchedTracker, around it and around scripted ones."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from posecount.errors import ModelError
from posecount.pose import Pose
from posecount.shipped import SAMPLE_CLIPS
from posecount.tracking.tracker import PoseTracker, TrackerHangsError, WatchedTracker
from posecount.video.reader import Video


@pytest.fixture(scope="module")
def frames() -> list[tuple[np.ndarray, float]]:
    with Video(SAMPLE_CLIPS["squats"]) as video:
        return [frame for _, frame in zip(range(12), video, strict=False)]


def test_finds_a_person_in_pixels_of_the_image(real_model: Path, frames: list[tuple[np.ndarray, float]]) -> None:
    with PoseTracker(real_model) as tracker:
        poses = [tracker.track(image, timestamp) for image, timestamp in frames]
    pose = poses[-1]
    assert pose is not None
    assert pose.size == (640, 480)
    assert pose.landmarks.shape == (33, 3) and pose.landmarks.dtype == np.float32
    nose, ankles = pose.landmarks[0], pose.landmarks[[27, 28]]
    assert 0 < nose[1] < ankles[:, 1].min() < 480  # somebody stands, head up, within the picture
    assert pose.visibility.min() >= 0 and pose.visibility.max() <= 1


def test_empty_picture_holds_nobody(real_model: Path) -> None:
    with PoseTracker(real_model, mode="image") as tracker:
        assert tracker.track(np.full((120, 160, 3), 90, np.uint8)) is None


def test_image_size_may_change_and_time_may_stand_still(
    real_model: Path, frames: list[tuple[np.ndarray, float]]
) -> None:
    with PoseTracker(real_model) as tracker:
        for image, _ in frames[:4]:
            tracker.track(image, 1.0)
        small = np.ascontiguousarray(frames[4][0][::2, ::2])
        pose = tracker.track(small, 0.5)
    assert pose is not None and pose.size == (320, 240)


def test_closing_twice_is_harmless_and_tracking_afterwards_an_error(real_model: Path) -> None:
    tracker = PoseTracker(real_model)
    tracker.close()
    tracker.close()
    with pytest.raises(ValueError, match="closed"):
        tracker.track(np.zeros((10, 10, 3), np.uint8), 0.0)


@pytest.mark.parametrize("image", [np.zeros((10, 10), np.uint8), np.zeros((10, 10, 3), np.float32)])
def test_what_is_no_rgb_image_is_refused(real_model: Path, image: np.ndarray) -> None:
    with PoseTracker(real_model, mode="image") as tracker, pytest.raises(ValueError, match="uint8"):
        tracker.track(image)


def test_model_that_cannot_be_loaded_is_an_error_in_words(tmp_path: Path) -> None:
    bad = tmp_path / "bad.task"
    bad.write_bytes(b"no model")
    with pytest.raises(ModelError, match=r"bad\.task"):
        PoseTracker(bad)


class Scripted:
    """Does for each image what it was told, and remembers on which thread it was closed."""

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
    watched = WatchedTracker(PoseTracker(real_model), within_s=30)
    for pose, (image, timestamp) in zip(alone, frames, strict=True):
        found = watched.track(image, timestamp)
        assert (pose is None) == (found is None)
        if pose and found:
            np.testing.assert_array_equal(found.landmarks, pose.landmarks)
    watched.close()


def test_a_watched_tracker_is_used_and_closed_on_one_thread_which_ends_with_it() -> None:
    tracker = Scripted(lambda: None, lambda: None)
    watched = WatchedTracker(tracker, within_s=30)
    for _ in range(2):
        assert watched.track(IMAGE, 0.0) is None
    watched.close()
    watched.close()
    assert tracker.closed.is_set()
    assert len(set(tracker.threads)) == 1 and len(tracker.threads) == 3
    assert threading.current_thread() not in tracker.threads
    tracker.threads[0].join(10)
    assert not tracker.threads[0].is_alive()
    with pytest.raises(ValueError, match="closed"):
        watched.track(IMAGE, 0.0)


def test_what_a_watched_tracker_raises_is_raised_where_it_was_asked_and_it_goes_on() -> None:
    def fail() -> None:
        raise RuntimeError("the graph has failed")

    watched = WatchedTracker(Scripted(fail, lambda: None), within_s=30)
    with pytest.raises(RuntimeError, match="the graph has failed"):
        watched.track(IMAGE, 0.0)
    assert watched.track(IMAGE, 0.1) is None
    watched.close()


def test_a_tracker_that_hangs_is_given_up_after_a_time_and_waited_for_no_more() -> None:
    go_on = threading.Event()
    tracker = Scripted(lambda: go_on.wait(30) and None)
    watched = WatchedTracker(tracker, within_s=0.3)
    with pytest.raises(TrackerHangsError, match=r"has not answered for 0\.3 seconds"):
        watched.track(IMAGE, 0.0)
    began = time.monotonic()
    with pytest.raises(TrackerHangsError):
        watched.track(IMAGE, 0.1)
    watched.close()
    assert time.monotonic() - began < 0.2, "once is enough"
    assert not tracker.closed.is_set()
    go_on.set()
    assert tracker.closed.wait(10), "if it comes back it is closed"
