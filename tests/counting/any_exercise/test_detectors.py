"""TurningDetectors: what recurs is found, and what does not is not."""

import numpy as np
import pytest

from posecount.counting.any_exercise.detectors import ENOUGH_TURNS, TurningDetectors, compare, find_run
from posecount.counting.any_exercise.history import MotionHistory
from posecount.counting.rhythm import FEATURES
from posecount.embedding import measure
from tests.stick_figure import stick_figure

RATE = 15


def watched(depths: list[float]) -> tuple[MotionHistory, TurningDetectors]:
    history, detectors = MotionHistory(), TurningDetectors(FEATURES + 1)
    for index, depth in enumerate(depths):
        pose = history.append(measure(stick_figure(depth)), index / RATE)
        assert pose is not None
        detectors.update(history, pose, 1 / RATE)
    return history, detectors


def swinging(repetitions: float) -> list[float]:
    """Two seconds each, from rest to rest."""
    return [float(each) for each in 0.5 - 0.5 * np.cos(np.pi * np.arange(0, 2 * repetitions, 1 / RATE))]


def test_turning_points_of_what_recurs_are_those_of_the_movement() -> None:
    history, detectors = watched(swinging(4.5))
    turns = detectors.best(history, 0)
    assert turns is not None
    assert len(turns) >= ENOUGH_TURNS
    assert np.diff(history.times(turns)) == pytest.approx(-1, abs=0.15), "newest first, half a repetition apart"


@pytest.mark.parametrize("depths", [[0.0] * 120, swinging(1), np.linspace(0, 1, 120).tolist()])
def test_nothing_recurs_in_stillness_a_single_movement_or_a_change_of_posture(depths: list[float]) -> None:
    history, detectors = watched(depths)
    assert detectors.best(history, 0) is None


def test_only_turning_points_since_a_frame_count() -> None:
    history, detectors = watched(swinging(4.5))
    assert detectors.best(history, history.end - RATE) is None


def test_a_run_goes_along_its_swing_only() -> None:
    history, _ = watched(swinging(4))
    swing = history.poses(np.array([RATE]))[0] - history.poses(np.array([0]))[0]
    run = find_run(history, swing)
    assert run is not None
    assert len(run.turns) >= 2 * 4 - 1
    assert run.likeness > 0.8
    assert (np.diff(run.turns) > 0).all()
    assert find_run(history, np.zeros_like(swing)) is None


def test_triples_are_fine_where_the_outer_two_are_alike_and_the_middle_one_is_not() -> None:
    history, _ = watched(swinging(3))
    half = RATE + RATE // 2
    fine, margin, lasted = compare(history, np.array([[0, 0, 0], [RATE, RATE, 2 * RATE], [2 * RATE, half, 3 * RATE]]))
    assert fine.tolist() == [True, False, False]
    assert margin[0] > max(margin[1:])
    assert lasted == pytest.approx([2, 1.5, 3], abs=0.1)


def test_a_swing_of_a_few_hundredths_is_none() -> None:
    history, _ = watched([0.1 * depth for depth in swinging(3)])
    assert not compare(history, np.array([[0], [RATE], [2 * RATE]]))[0].any()
