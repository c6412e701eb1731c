"""PoseTracker: MediaPipe itself, over the shipped clips."""

from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from posecount.errors import ModelError
from posecount.shipped import SAMPLE_CLIPS
from posecount.tracking.tracker import PoseTracker
from posecount.video.reader import Video


@pytest.fixture(scope="module")
def frames() -> list[tuple[np.ndarray, float]]:
    with Video(SAMPLE_CLIPS["squats"]) as video:
        return [(frame.image, frame.timestamp) for frame in islice(video.frames(), 12)]


def test_finds_a_person_in_pixels_of_the_image(real_model: Path, frames: list[tuple[np.ndarray, float]]) -> None:
    with PoseTracker(real_model) as tracker:
        poses = [tracker.track(image, timestamp) for image, timestamp in frames]
    pose = poses[-1]
    assert pose is not None
    assert pose.size == (640, 480)
    assert pose.landmarks.shape == (33, 3) and pose.landmarks.dtype == np.float32
    nose, ankles = pose.landmarks[0], pose.landmarks[[27, 28]]
    assert 0 < nose[1] < ankles[:, 1].min() < 480  # a person stands, head up, within the picture
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
