"""Forearms crossed before the chest pause; nothing that people do in an exercise does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from posecount.pose import LANDMARK, Pose
from posecount.tracking.sequence import LandmarkSequence
from posecount.training.gesture import HELD_S, PauseGesture, crossed
from tests.stick_figure import stick_pose


def crossing(shift: float = 0.0) -> Pose:
    """Stands with each wrist before the other shoulder."""
    pose = stick_pose(0.0, shift=shift)
    points = pose.landmarks.copy()
    for side, sign in (("left", 1), ("right", -1)):
        shoulder = points[LANDMARK[f"{side}_shoulder"]]
        points[LANDMARK[f"{side}_elbow"], :2] = shoulder[0] + sign * 12, shoulder[1] + 55
        points[LANDMARK[f"{side}_wrist"], :2] = 320 + shift - sign * 25, shoulder[1] + 15
    return Pose(points, pose.visibility, pose.size)


def told(frames: list[tuple[float, Pose | None, bool]]) -> list[float]:
    gesture = PauseGesture()
    return [time for time, pose, is_moving in frames if gesture.update(pose, time, is_moving)]


def held(
    pose: Pose | None, start: float, seconds: float, is_moving: bool = False
) -> list[tuple[float, Pose | None, bool]]:
    return [(start + index / 15, pose, is_moving) for index in range(round(seconds * 15) + 1)]


def test_it_is_told_once_after_two_seconds_and_again_after_the_arms_were_down() -> None:
    frames = held(crossing(), 0, 6) + held(stick_pose(0.0), 6.1, 1) + held(crossing(), 7.2, 3)
    assert told(frames) == pytest.approx([HELD_S, 7.2 + HELD_S], abs=0.1)


def test_a_wrist_that_the_tracker_loses_for_a_moment_does_not_begin_it_anew() -> None:
    frames = held(crossing(), 0, 1) + held(stick_pose(0.0), 1.07, 0.1) + held(crossing(), 1.25, 1)
    assert told(frames) == pytest.approx([HELD_S], abs=0.1)


@pytest.mark.parametrize(
    "frames",
    [
        held(stick_pose(0.0), 0, 5),
        held(crossing(), 0, 5, is_moving=True),
        held(None, 0, 5),
        [(time, crossing(shift=60 * time), False) for time, _, _ in held(None, 0, 5)],  # walks about
    ],
    ids=["arms down", "in the middle of a repetition", "no one", "on the way"],
)
def test_nothing_else_is_the_gesture(frames: list[tuple[float, Pose | None, bool]]) -> None:
    assert told(frames) == []


def test_arms_behind_the_back_or_out_of_sight_are_not_crossed() -> None:
    pose = crossing()
    visibility = pose.visibility.copy()
    visibility[LANDMARK["left_wrist"]] = 0.2
    assert crossed(pose.landmarks[None], pose.visibility[None]).tolist() == [True]
    assert crossed(pose.landmarks[None], visibility[None]).tolist() == [False]
    assert crossed(np.full((1, 33, 3), np.nan, np.float32), pose.visibility[None]).tolist() == [False]


def test_no_exercise_of_any_sequence_is_the_gesture(shared: Path) -> None:
    files = sorted((shared / "sequences").rglob("*.npz"))
    assert len(files) > 200
    for file in files:
        sequence = LandmarkSequence.load(file)
        likely = crossed(sequence.landmarks, sequence.visibility)
        if likely.any():  # the others cannot be told
            gesture = PauseGesture()
            for landmarks, visibility, time in zip(
                sequence.landmarks, sequence.visibility, sequence.timestamps, strict=True
            ):
                pose = None if np.isnan(landmarks).any() else Pose(landmarks, visibility, sequence.size)
                assert not gesture.update(pose, float(time)), file.name
