"""Where the tracking jumps to another person, what was begun is dropped, and the counts stay."""

import numpy as np
import pytest

from posecount.counting.jumps import JumpDetector
from posecount.counting.knn import PoseClassifier
from posecount.counting.pipeline import RepetitionPipeline
from posecount.counting.profiles import JUMPED
from posecount.counting.settings import Profile
from posecount.embedding import measure
from posecount.pose import Pose
from tests.stick_figure import SIZE, squatting, stick_dataset, stick_figure, stick_pose


def scaled(factor: float) -> Pose:
    figure = stick_figure(0.0)
    figure[:, :2] = (320, 250) + factor * (figure[:, :2] - (320, 250))
    return Pose(figure, np.ones(33, np.float32), SIZE)


@pytest.mark.parametrize("other", [stick_pose(0.0, shift=150), scaled(0.5), scaled(2.0)])
def test_another_place_or_size_from_one_frame_to_the_next_is_a_jump(other: Pose) -> None:
    detector = JumpDetector()
    assert not detector.update(measure(stick_pose(0.0).landmarks), 0.0)
    assert detector.update(measure(other.landmarks), 0.1)
    assert not detector.update(measure(other.landmarks), 0.2)


def test_who_moves_or_comes_back_after_a_while_does_not_jump() -> None:
    detector = JumpDetector()
    assert not any(detector.update(measure(pose.landmarks), time) for time, pose in squatting(4, rate=10, seconds=0.6))
    assert not detector.update(measure(stick_pose(0.0, shift=200).landmarks), 100.0)
    detector.update(measure(stick_pose(0.0, shift=200).landmarks), 100.1)
    assert not detector.update(measure(scaled(1.2).landmarks), 101.0)


@pytest.mark.parametrize("profile", ["robust", "any"])
def test_nothing_counts_across_a_jump_and_the_counts_stay(profile: Profile) -> None:
    """After three squats the figure is half way through the fourth when it jumps aside, and stands up there."""
    pipeline = RepetitionPipeline(None, PoseClassifier(stick_dataset()) if profile == "robust" else None, profile)
    for time, pose in squatting(3, rest=1.0):
        result = pipeline.process_pose(pose, time)
    begun = time + 0.1
    assert sum(result.counts.values()) == 3
    for index in range(30):
        pipeline.process_pose(stick_pose(index / 30), begun + index / 30)
    results = [
        pipeline.process_pose(stick_pose(1 - index / 30, shift=200), begun + 1 + index / 30) for index in range(31)
    ]
    results += [pipeline.process_pose(stick_pose(0, shift=200), begun + 2.1 + index / 30) for index in range(90)]
    assert sum(results[-1].counts.values()) == 3
    assert results[0].reason == JUMPED
    assert str(JUMPED) == "Tracking jumped to another person"
    assert results[-1].reason is None
