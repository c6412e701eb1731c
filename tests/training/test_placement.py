"""Placement says one thing to do, and nothing to a person who stands where the samples were taken."""

from __future__ import annotations

import numpy as np
import pytest

from posecount.pose import Pose
from posecount.training.placement import Placement, facing
from tests.stick_figure import SIZE, lying, stick_dataset, stick_figure, stick_pose, with_planks

PLACEMENT = Placement(with_planks(stick_dataset()))


def changed(landmarks: np.ndarray) -> Pose:
    return Pose(landmarks.astype(np.float32), np.ones(33, np.float32), SIZE)


def side_on(landmarks: np.ndarray) -> np.ndarray:
    """The figure seen from the side: its width is gone."""
    turned = landmarks.copy()
    turned[:, 0] = 320 + (turned[:, 0] - 320) * 0.02
    return turned


@pytest.mark.parametrize(
    ("pose", "advice"),
    [
        (stick_pose(0.0), None),
        (stick_pose(1.0), None),
        (changed(stick_figure(0.0) * 0.2 + 100), "Come closer: you are too far away"),
        (stick_pose(0.0, shift=300), "Step back: you are too close, or too far to one side"),
        (changed(side_on(stick_figure(0.0))), "Turn to face the camera"),
    ],
    ids=["stands", "squats", "far away", "at the edge", "from the side"],
)
def test_one_thing_to_do_is_said(pose: Pose, advice: str | None) -> None:
    assert PLACEMENT.advice(pose, "squats") == advice


def test_samples_from_the_side_ask_for_the_side() -> None:
    dataset = stick_dataset()
    sides = np.stack([side_on(each) for each in dataset.landmarks])
    from_side = Placement(type(dataset)(dataset.names, dataset.labels, sides, dataset.targets))
    assert from_side.advice(stick_pose(0.0), "squats") == "Turn to the side"
    assert from_side.advice(stick_pose(0.0)) is None, "no exercise is known"
    assert from_side.advice(stick_pose(0.0), "handstands") is None


def test_how_far_a_pose_faces_the_camera_does_not_depend_on_how_it_lies() -> None:
    standing = stick_figure(0.0)
    assert facing(np.stack([standing, lying(standing)])) == pytest.approx([70 / 110] * 2, abs=0.01)


def test_the_outline_is_of_the_exercises_rest_and_is_turned_round_for_who_lies_the_other_way_round() -> None:
    standing = np.array(PLACEMENT.guide("squats", None, SIZE, is_good=False).outline)
    plank = np.array(PLACEMENT.guide("planks", None, SIZE, is_good=False).outline)
    assert np.ptp(standing[:, 1] * SIZE[1]) > np.ptp(standing[:, 0] * SIZE[0])
    assert np.ptp(plank[:, 1] * SIZE[1]) < np.ptp(plank[:, 0] * SIZE[0])
    lies = lying(stick_figure(0.0))
    turned = lies.copy()
    turned[:, 0] = SIZE[0] - turned[:, 0]
    same, other = (
        np.array(PLACEMENT.guide("planks", changed(each), SIZE, is_good=False).outline) for each in (lies, turned)
    )
    assert same == pytest.approx(plank) and sorted(other[:, 0]) == pytest.approx(sorted(1 - plank[:, 0]), abs=0.01)


def test_of_a_body_that_lies_the_outline_is_seen_from_the_side() -> None:
    """From the front, a body in a push-up is as wide as its shoulders; most samples are seen like that here."""
    dataset = with_planks(stick_dataset())
    landmarks = dataset.landmarks.copy()
    planks = np.flatnonzero(np.array(dataset.labels) == "planks_hold")
    landmarks[planks[5:]] = side_on(landmarks[planks[5:]]) * (1, 0.2, 1)
    mixed = Placement(type(dataset)(dataset.names, dataset.labels, landmarks.astype(np.float32), dataset.targets))
    outline = np.array(mixed.guide("planks", None, SIZE, is_good=True).outline)
    assert np.ptp(outline[:, 0] * SIZE[0]) > 2 * np.ptp(outline[:, 1] * SIZE[1])


def test_where_the_exercise_is_not_known_there_is_no_outline() -> None:
    assert PLACEMENT.guide(None, None, SIZE, is_good=True).outline == ()
    assert PLACEMENT.guide("handstands", None, SIZE, is_good=True).outline == ()
