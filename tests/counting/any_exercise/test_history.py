"""MotionHistory: the last seconds of a stream, and how far a pose goes from one frame to the next."""

import numpy as np
import pytest

from posecount.counting.any_exercise.history import KEPT_S, MotionHistory
from posecount.embedding import measure
from tests.stick_figure import stick_figure


def history(depths: list[float], rate: float) -> MotionHistory:
    kept = MotionHistory()
    for index, depth in enumerate(depths):
        kept.append(measure(stick_figure(depth)), index / rate)
    return kept


def test_the_greatest_step_is_of_the_pose_as_it_is_and_not_as_it_is_smoothed() -> None:
    still, jumping = history([0.0] * 20, 25), history([0.0] * 10 + [1.0] + [0.0] * 9, 25)
    assert still.greatest_step(0, 1) == 0
    assert jumping.greatest_step(0, 1) > 2 * np.abs(np.diff(jumping.between(0, 1)[:, :-1], axis=0)).mean(axis=1).max()
    assert jumping.greatest_step(0, 0.3) == 0
    assert jumping.greatest_step(0.6, 1) == 0


def test_the_greatest_step_of_a_steady_movement_is_the_same_at_any_rate() -> None:
    """What takes longer than a frame at 25 a second counts in part."""
    slow, fast = (history(np.linspace(0, 1, int(rate * 2)).tolist(), rate) for rate in (10, 25))
    assert slow.greatest_step(0.5, 1.5) == pytest.approx(fast.greatest_step(0.5, 1.5), rel=0.1)


def test_steps_are_kept_as_long_as_poses() -> None:
    seconds = 2 * KEPT_S + 5
    depths = [0.0] * int(25 * seconds)
    depths[25 * 60] = 1.0
    kept = history(depths, 25)
    assert kept.greatest_step(59.5, 60.5) > 0
    assert kept.greatest_step(0, seconds) == kept.greatest_step(59.5, 60.5)
    assert MotionHistory().greatest_step(0, 1) == 0
