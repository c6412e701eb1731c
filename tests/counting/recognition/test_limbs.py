"""Limbs: which limbs do an exercise, and how far they go."""

import numpy as np
import pytest

from posecount.counting.recognition.limbs import (
    _ARMS,
    _FOREARMS,
    _LEGS,
    _LOWER_BODY,
    _TRUNK,
    Limbs,
    Move,
    consistent_axes,
)
from posecount.counting.rhythm import FEATURES
from posecount.pose import FloatArray


def moves(part: np.ndarray, generator: np.random.Generator, count: int = 60, spread: float = 0.1) -> FloatArray:
    """Of as many pairs what moves: a part by ten hundredths, more or less alike."""
    made = np.zeros((count, FEATURES), np.float32)
    made[:, part] = 10 + generator.normal(0, 10 * spread, (count, len(part)))
    return made


def pairs_of(moved: FloatArray) -> FloatArray:
    """Three pairs of each target: all half way at the same place."""
    thrice = np.tile(moved, (3, 1))
    return np.concatenate((np.zeros_like(thrice), thrice), axis=1)


@pytest.mark.parametrize(("part", "arms", "legs"), [(_ARMS, True, False), (_LOWER_BODY, False, True)])
def test_the_limbs_that_move_alike_in_all_pairs_take_part(part: np.ndarray, arms: bool, legs: bool) -> None:
    limbs = Limbs.of(pairs_of(moves(part, np.random.default_rng(1))), 3)
    assert (limbs.arms, limbs.legs) == (arms, legs)


def test_a_limb_that_moves_this_way_and_that_takes_no_part() -> None:
    generator = np.random.default_rng(2)
    moved = moves(_LOWER_BODY, generator)
    moved[:, _ARMS] = generator.normal(0, 10, (len(moved), len(_ARMS)))
    limbs = Limbs.of(pairs_of(moved), 3)
    assert limbs.legs
    assert not limbs.arms


def test_a_movement_fits_if_it_uses_the_limbs_of_the_nearest_pairs_and_no_others() -> None:
    moved = moves(_LOWER_BODY, np.random.default_rng(3))
    limbs, nearest = Limbs.of(pairs_of(moved), 3), moved[:3]
    assert limbs.fit(Move.of(moved[5]), nearest) > 1
    assert limbs.fit(Move.of(moved[5] * 0.3), nearest) < 1, "too little"
    assert limbs.fit(Move.of(moved[5] * 3), nearest) < 1, "too far"
    bow = moved[5].copy()
    bow[_TRUNK] = 40
    assert limbs.fit(Move.of(bow), nearest) < 1, "with the trunk"


def test_a_movement_back_is_the_same_the_other_way() -> None:
    moved = moves(_ARMS, np.random.default_rng(4))
    limbs, onward = Limbs.of(pairs_of(moved), 3), Move.of(moved[0])
    back = onward.back()
    assert np.array_equal(back.features, -onward.features)
    assert (back.reach, back.elbows) == (onward.reach, onward.elbows)
    assert limbs.fit(onward, moved[1:4]) == pytest.approx(limbs.fit(back, -moved[1:4]))
    assert limbs.fit(back, moved[1:4]) < 0
    assert limbs.elbows_fit(onward)


@pytest.mark.parametrize(("least", "fits"), [(0.07, True), (0.69, False)])
def test_upper_arms_that_hardly_move_in_the_samples_need_not_move_at_all(least: float, fits: bool) -> None:
    curl = np.zeros(FEATURES, np.float32)
    curl[_FOREARMS] = 10
    limbs = Limbs(arms=True, legs=False, most=(1.0, 20.0, 1.0), elbows=(least, 1.3))
    assert limbs.elbows_fit(Move.of(curl)) is fits


def test_an_axis_measures_the_move_of_a_limb_and_a_small_one_is_1() -> None:
    moved = moves(_LEGS, np.random.default_rng(5))
    (axis,) = consistent_axes(moved)
    assert not axis[_ARMS].any()
    along = moved @ axis
    assert np.quantile(along, 0.1) == pytest.approx(1, rel=1e-3)
    assert axis @ (2 * moved[0]) == pytest.approx(2 * along[0], rel=1e-5)
    assert len(consistent_axes(np.concatenate((moved, -moved)))) == 0, "there is no way that all of them go"
