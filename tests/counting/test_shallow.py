"""Who squats shallowly from the start is told to go further, not only that the exercise is unknown."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from posecount.counting.knn import PoseClassifier
from posecount.counting.pipeline import FrameResult, RepetitionPipeline
from posecount.datasets.dataset import PoseDataset
from posecount.pose import LANDMARK, Pose
from posecount.shipped import STARTER_DATASET
from posecount.tracking.sequence import LandmarkSequence

SIDES = ("left", "right")
HAND = ("elbow", "wrist", "pinky", "index", "thumb")
STANDING = 9.1
"""Seconds: the fourth squat of the shipped clip begins, and at 10.03 its hips are lowest."""


@pytest.fixture(scope="module")
def starter() -> PoseClassifier:
    return PoseClassifier(PoseDataset.load(STARTER_DATASET))


def shallow_squats(clip: LandmarkSequence, until: float) -> Iterator[Pose]:
    """Six shipped squats at 10 frames a second that turn early, with hanging arms instead of raised ones."""
    poses = [pose for time, pose in clip.poses() if pose and STANDING <= time <= until][::3]
    way = [replace(pose, landmarks=pose.landmarks.copy()) for pose in poses]
    rest = poses[0].landmarks
    for pose in way:
        for side in SIDES:
            shoulder = LANDMARK[f"{side}_shoulder"]
            hand = [LANDMARK[f"{side}_{part}"] for part in HAND]
            pose.landmarks[hand] = pose.landmarks[shoulder] + rest[hand] - rest[shoulder]
    yield from way[:1] * 10
    for _ in range(6):
        yield from (*way, *way[::-1], *way[:1] * 5)


def results(starter: PoseClassifier, poses: Iterator[Pose], only: list[str] | None = None) -> list[FrameResult]:
    pipeline = RepetitionPipeline(None, starter, only=only)
    return [pipeline.process_pose(pose, index / 10) for index, pose in enumerate(poses)]


def told(frames: list[FrameResult]) -> set[tuple[str, str]]:
    return {(frame.reason.code, frame.reason.text) for frame in frames if frame.reason}


def test_squats_that_turn_half_way_are_told_to_go_further(
    starter: PoseClassifier, shipped_landmarks: dict[str, LandmarkSequence]
) -> None:
    frames = results(starter, shallow_squats(shipped_landmarks["squats"], until=9.63))
    assert told(frames) == {("perhaps too shallow", "To count as squats, go further")}
    assert {name: count for name, count in frames[-1].counts.items() if count} == {"unknown": 6}


def test_it_is_said_only_of_exercises_that_count(
    starter: PoseClassifier, shipped_landmarks: dict[str, LandmarkSequence]
) -> None:
    for only, expected in (
        (["squats", "pushups"], {("perhaps too shallow", "To count as squats, go further")}),
        (["pushups"], set()),
    ):
        frames = results(starter, shallow_squats(shipped_landmarks["squats"], until=9.63), only=only)
        assert told(frames) == expected


def test_what_the_nearest_samples_call_half_way_is_not_called_unknown(
    starter: PoseClassifier, shipped_landmarks: dict[str, LandmarkSequence]
) -> None:
    frames = results(starter, shallow_squats(shipped_landmarks["squats"], until=9.7))
    assert ("too shallow", "Squats: go further: that was only halfway") in told(frames)
    assert "unknown exercise" not in {code for code, _ in told(frames)}


def test_halfway_is_not_said_on_and_on_of_limbs_that_are_hidden_since(
    starter: PoseClassifier, shipped_landmarks: dict[str, LandmarkSequence]
) -> None:
    pipeline = RepetitionPipeline(None, starter)
    legs = [LANDMARK[f"{side}_{part}"] for side in SIDES for part in ("hip", "knee", "ankle", "heel", "foot_index")]
    shallow = list(shallow_squats(shipped_landmarks["squats"], until=9.7))
    standing = shallow[0]
    for index, pose in enumerate(shallow):
        last = index / 10
        reason = pipeline.process_pose(pose, last).reason
        if reason and reason.code == "too shallow":
            break
    assert reason and reason.code == "too shallow"
    hidden = []
    for index in range(60):  # the forearms go up and down, and the legs are out of the picture
        pose = replace(standing, landmarks=standing.landmarks.copy(), visibility=standing.visibility.copy())
        pose.visibility[legs] = 0.0
        for side in SIDES:
            elbow, *hand = (LANDMARK[f"{side}_{part}"] for part in HAND)
            pose.landmarks[hand, 1] += (pose.landmarks[elbow, 1] - pose.landmarks[hand, 1]) * (1 - np.cos(index / 3))
        hidden.append(pose)
    frames = [pipeline.process_pose(pose, last + (index + 1) / 10) for index, pose in enumerate(hidden)]
    assert frames[-1].timestamp > last + 5
    assert "too shallow" not in {frame.reason.code for frame in frames[20:] if frame.reason}
