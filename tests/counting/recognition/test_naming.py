"""Naming: what a set or a single repetition is, by what it costs as each exercise."""

from collections.abc import Sequence

import numpy as np

from posecount.counting.any_exercise.follower import Cycle
from posecount.counting.recognition.movements import Likeness, Movements
from posecount.counting.recognition.naming import Found, Member, Name, Naming
from tests.counting.recognition.test_movements import with_arm_raises

NAMING = Naming(Movements(with_arm_raises()), 0.75)  # raises, squats; and negatives


def likeness(
    costs: Sequence[float], extent: float = 1.0, limbs: float = 1.0, cut: Sequence[float] | None = None
) -> Likeness:
    return Likeness(
        np.array(costs, np.float32),
        np.zeros(2, np.bool_),
        np.full(2, extent, np.float32),
        np.full(2, limbs, np.float32),
        np.array(cut or (np.inf, np.inf, costs[-1]), np.float32),
    )


def members(of: Likeness, count: int = 3, unsteady: float = 0.2) -> list[Member]:
    pose = np.zeros(59, np.float32)
    return [
        Member(Cycle(2.0 * index, 2.0 * index + 1, 2.0 * index + 2, pose, pose), of, (), unsteady)
        for index in range(count)
    ]


def test_a_name_needs_two_repetitions_and_a_margin_to_all_else() -> None:
    clear = likeness((20, 10, 20))
    assert NAMING.of_set(members(clear), None, []) == Name("squats")
    assert NAMING.of_set(members(clear, count=1), None, []) == Name(None)
    assert NAMING.of_set(members(likeness((11, 10, 12))), None, []) == Name(None)
    assert NAMING.of_set(members(clear, unsteady=4.0), None, []) == Name(None)
    assert NAMING.of_set(members(likeness((20, 10, 20), limbs=0.5)), None, []) == Name(None)


def test_less_of_a_margin_does_where_the_nearest_samples_have_found_half_of_the_set() -> None:
    close = members(likeness((11, 10, 12)))
    found = [Found("squats", each.cycle.start, each.cycle.end) for each in close]
    assert NAMING.of_set(close, None, found[:2]) == Name("squats")
    assert NAMING.of_set(close, None, found[:1]) == Name(None)


def test_a_set_keeps_its_name_where_it_would_not_get_it() -> None:
    assert NAMING.of_set(members(likeness((11, 10, 12))), "squats", []) == Name("squats")
    assert NAMING.of_set(members(likeness((8, 10, 12))), "squats", []) != Name("squats")


def test_what_does_not_go_far_enough_is_shallow() -> None:
    assert NAMING.of_set(members(likeness((20, 10, 20), extent=0.5)), None, []) == Name(None, "squats")
    assert NAMING.of_set(members(likeness((20, 10, 20), extent=0.1)), None, []) == Name(None)


def test_a_set_without_a_name_may_be_one_that_is_broken_off_early() -> None:
    costs = (12, 11, 12)
    assert NAMING.of_set(members(likeness(costs, cut=(11, 9, 12))), None, []) == Name(None, perhaps="squats")
    assert NAMING.of_set(members(likeness(costs, cut=(11, 10.5, 12))), None, []) == Name(None)
    assert NAMING.of_set(members(likeness(costs, limbs=0.1, cut=(11, 9, 12))), None, []) == Name(None)
    assert NAMING.of_set(members(likeness(costs, cut=(11, 9, 12)), unsteady=2.0), None, []) == Name(None)
    assert NAMING.of_set(members(likeness((20, 10, 20), cut=(11, 9, 20))), None, []) == Name("squats")
    goes_far = likeness((8.2, 8.5, 10.9), cut=(11, 9, 10.9))
    assert NAMING.of_set(members(goes_far), None, []) == Name(None), "it is nearer to whole ones"


def test_a_single_repetition_needs_more_the_less_certain_its_target_is() -> None:
    one = likeness((13, 10, 13))
    assert NAMING.fits_single(one, "squats", 10.0)
    assert not NAMING.fits_single(one, "squats", 5.0)
    assert not NAMING.fits_single(likeness((13, 10, 13), extent=0.2), "squats", 10.0)
