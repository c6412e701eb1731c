"""Degrees: the joint that moves most in an exercise, and how far it moves in a repetition."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from posecount.counting.joints import JointRanges, joint_angles, moving_joint
from posecount.counting.knn import PoseClassifier
from posecount.counting.pipeline import RepetitionPipeline
from posecount.counting.repetitions import Repetition
from posecount.datasets.dataset import PoseDataset
from posecount.pose import LANDMARK, FloatArray
from posecount.shipped import STARTER_DATASET
from posecount.tracking.sequence import LandmarkSequence


@pytest.fixture(scope="module")
def starter() -> PoseDataset:
    return PoseDataset.load(STARTER_DATASET)


def bent(knee: float) -> FloatArray:
    """A pose whose shins hang straight down and whose knees are bent to an angle, in degrees."""
    pose = np.zeros((33, 3), np.float32)
    for side, x in (("left", 100.0), ("right", 140.0)):
        turned = np.radians(180 - knee)
        pose[LANDMARK[f"{side}_knee"]] = x, 300, 0
        pose[LANDMARK[f"{side}_ankle"]] = x, 400, 0
        pose[LANDMARK[f"{side}_hip"]] = x + 100 * np.sin(turned), 300 - 100 * np.cos(turned), 0
    return pose


def sequence(knees: list[float], visible: float = 1.0) -> LandmarkSequence:
    poses = np.stack([bent(each) for each in knees])
    shown = np.full((len(knees), 33), visible, np.float32)
    return LandmarkSequence(poses, shown, np.arange(len(knees)) / 10, (640, 480))


SQUAT = Repetition("squats", 0.5, 1.0, 2.0, 10.0)
KNEES = [170.0] * 5 + [150, 130, 110, 90, 80, 80, 90, 110, 130, 150, 160, 165, 170, 170, 170, 170]


def test_the_angle_of_a_joint_is_that_in_the_picture() -> None:
    assert joint_angles(np.stack([bent(90), bent(135)]), "knee") == pytest.approx(np.array([[90, 90], [135, 135]]))


def test_in_the_starter_each_exercise_moves_the_joint_that_people_would_name(starter: PoseDataset) -> None:
    joints = {each.name: moving_joint(starter, each) for each in starter.repeated}
    expected = {"squats": "knee", "lunges": "knee", "pushups": "elbow", "pullups": "elbow", "situps": "hip"}
    assert {name: joints[name] for name in expected} == expected
    assert (joints["jumping_jacks"], joints["deadlifts"]) == ("shoulder", "hip")


def test_a_squat_bends_the_knees_from_the_rest_before_it_to_its_turn(starter: PoseDataset) -> None:
    moved = JointRanges(starter).of(sequence(KNEES), SQUAT)
    assert moved and moved.joint == "knee" and moved.degrees == pytest.approx(90, abs=0.1)


@pytest.mark.parametrize(
    ("poses", "exercise"),
    [(sequence(KNEES, visible=0.2), "squats"), (sequence(KNEES[:3]), "squats"), (sequence(KNEES), "juggling")],
    ids=["hidden", "gone", "unknown"],
)
def test_what_is_not_seen_is_left_out(starter: PoseDataset, poses: LandmarkSequence, exercise: str) -> None:
    repetition = Repetition(exercise, 0.5, 1.0, 2.0, 10.0)
    assert JointRanges(starter).of(poses, repetition) is None


def test_a_clip_at_ten_frames_a_second_gives_the_degrees_of_one_at_thirty(shared: Path, starter: PoseDataset) -> None:
    def measured(rate: int) -> list[float]:
        clip = LandmarkSequence.load(shared / "sequences" / f"squat-portrait-3_{rate}fps.npz")
        pipeline = RepetitionPipeline(None, PoseClassifier(starter))
        done = [each for time, pose in clip.poses() for each in pipeline.process_pose(pose, time).completed]
        found = [JointRanges(starter).of(clip, each) for each in done]
        return [each.degrees for each in found if each]

    at_ten = measured(10)
    assert len(at_ten) == 3 and at_ten == pytest.approx(measured(30), abs=7)
