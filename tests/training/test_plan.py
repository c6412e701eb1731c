"""A plan says which sets are due, and a damaged one is refused in words."""

from __future__ import annotations

import pytest

from posecount.training.plan import SHIPPED, Plan, PlanError, Step

TWO = (Step("squats", sets=2, target=5, rest_s=30), Step("planks", "hold", sets=1, target=10, rest_s=60))


def order(plan: Plan) -> list[tuple[str, int, int | None, int]]:
    return [(due.exercise, due.number, due.target, due.rest_s) for due in plan.sets()]


def test_sets_follow_exercise_by_exercise_or_round_by_round() -> None:
    assert order(Plan("p", TWO)) == [("squats", 1, 5, 30), ("squats", 2, 5, 30), ("planks", 1, 10, 0)]
    assert order(Plan("p", TWO, circuit=True)) == [("squats", 1, 5, 30), ("planks", 1, 10, 60), ("squats", 2, 5, 0)]


def test_by_the_clock_sets_have_no_target() -> None:
    assert {(due.target, due.work_s) for due in Plan("p", TWO, work_s=40).sets()} == {(None, 40)}


def test_a_plan_is_read_back_as_it_was() -> None:
    for plan in (*SHIPPED, Plan("p", TWO, True, 20)):
        assert Plan.from_json(plan.to_json()) == plan
    assert len(SHIPPED) == 3
    assert Plan("p", TWO).words == "Squats 2 × 5, Plank 1 × 10 s"


@pytest.mark.parametrize(
    "damage",
    [{"name": ""}, {"name": "x" * 61}, {"steps": []}, {"steps": 5}, {"steps": [{}]}, {"work_s": -1},
     {"steps": [{"exercise": "squats", "sets": 0, "target": 1, "rest_s": 0}]},
     {"steps": [{"exercise": "squats", "sets": float("nan"), "target": 1, "rest_s": 0}]},
     {"steps": [{"exercise": "squats", "kind": "dance", "sets": 1, "target": 1, "rest_s": 0}]}],
)  # fmt: skip
def test_what_is_no_plan_is_refused_in_words(damage: dict[str, object]) -> None:
    with pytest.raises(PlanError):
        Plan.from_json(Plan("p", TWO).to_json() | damage)
