"""Which limbs of a pose the camera sees."""

import numpy as np
import pytest

from posecount.counting.visibility import hidden_limbs
from posecount.pose import LANDMARK, Pose
from tests.stick_figure import SIZE, stick_figure


@pytest.mark.parametrize(
    ("hide", "limbs"),
    [
        ((), set()),
        (("ankle", "heel", "foot_index"), set()),
        (("knee",), {"legs"}),
        (("knee", "hip", "elbow"), {"legs", "arms"}),
    ],
)
def test_hidden_limbs_are_those_seen_on_neither_side(hide: tuple[str, ...], limbs: set[str]) -> None:
    visibility = np.ones(33, np.float32)
    outside = stick_figure(0.5)
    for joint in hide:
        for side in ("left", "right"):
            visibility[LANDMARK[f"{side}_{joint}"]] = 0.1
            outside[LANDMARK[f"{side}_{joint}"], 1] = SIZE[1] + 100
    assert hidden_limbs(Pose(stick_figure(0.5), visibility, SIZE)) == limbs
    assert hidden_limbs(Pose(outside, np.ones(33, np.float32), SIZE)) == limbs
    visibility[[LANDMARK[name] for name in LANDMARK if name.startswith("right")]] = 1
    assert hidden_limbs(Pose(stick_figure(0.5), visibility, SIZE)) == set()


def test_a_picture_size_that_cannot_be_is_ignored() -> None:
    assert hidden_limbs(Pose(stick_figure(0.5) + 5000, np.ones(33, np.float32), SIZE)) == set()
