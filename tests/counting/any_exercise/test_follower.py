"""The follower counts each return from the person's own target to the rest, however far the person goes."""

import numpy as np
import pytest

from posecount.counting.any_exercise.follower import LEAST_SWING, Follower
from posecount.counting.rhythm import FEATURES
from posecount.pose import FloatArray

ONWARD = np.ones(FEATURES, np.float32)
ASIDE = np.tile(np.array((1, -1), np.float32), FEATURES // 2)


def repetitions(swings: list[float], aside: float = 0.0) -> list[FloatArray]:
    """A second each: from the rest, so many hundredths of body size towards the target and back, then aside."""
    there = np.interp(np.arange(30), (0, 5, 15, 25), (0, 0, 1, 0)).astype(np.float32)
    drifted = np.interp(np.arange(30), (15, 25), (0, 1)).astype(np.float32)
    return [
        a * swing * ONWARD + b * aside * swing * ASIDE for swing in swings for a, b in zip(there, drifted, strict=True)
    ]


def counted(poses: list[FloatArray]) -> int:
    follower = Follower(0 * ONWARD, 1.5 * LEAST_SWING * ONWARD)
    return sum(len(follower.update(pose, number / 30)) for number, pose in enumerate(poses))


@pytest.mark.parametrize("share", [0.7, 1.1, 1.3])  # it is measured when a fifth of the way back is left
def test_repetitions_that_become_shallow_go_on_counting_down_to_a_limit(share: float) -> None:
    poses = repetitions([1.5 * LEAST_SWING] * 3 + [share * LEAST_SWING] * 4)
    assert counted(poses) == (3 if share < 1 else 7)


def test_a_small_movement_that_ends_elsewhere_is_no_repetition() -> None:
    assert counted(repetitions([1.5 * LEAST_SWING], aside=0.7)) == 1
    assert counted(repetitions([1.0 * LEAST_SWING], aside=0.7)) == 0
