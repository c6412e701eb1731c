"""The figures of an evaluation."""

from dataclasses import replace
from pathlib import Path

import pytest

from posecount.evaluation.manifest import Clip, Reps
from posecount.evaluation.results import ClipResult, Counted, Evaluation, Summary

SQUATS = Clip("a", Path("a"), "squats", Reps(10, 10), frozenset({"lunges"}))


def test_figures() -> None:
    results = [
        ClipResult(SQUATS, 30, {"squats": 10, "lunges": 4, "pushups": 1}),
        ClipResult(SQUATS, 30, {"squats": 9}),
        ClipResult(SQUATS, 30, {"squats": 14}),
        ClipResult(Clip("b", Path("b"), "none", Reps(0, 0)), 30, {"squats": 2}),
    ]
    summary = Summary.of(results)
    assert (summary.clips, summary.judged, summary.false_repetitions) == (4, 3, 3)
    assert [summary.exact, summary.obo, summary.mae, summary.bias] == pytest.approx([1 / 3, 2 / 3, 0.5 / 3, 1])
    assert Summary.of(results[3:]).exact is None
    assert summary.precision is summary.late_p50 is None


def test_any_count_in_a_range_is_exact_and_an_error_is_a_share_of_its_middle() -> None:
    clip = replace(SQUATS, reps=Reps(5, 7))
    summary = Summary.of([ClipResult(clip, 30, {"squats": count}) for count in (5, 6, 7, 9)])
    assert [summary.exact, summary.mae, summary.bias] == pytest.approx([0.75, 2 / 6 / 4, 0.5])


def test_where_nobody_counted_only_other_exercises_are_false() -> None:
    clip = replace(SQUATS, exercise="pullups", reps=None, also=frozenset({"lunges"}))
    summary = Summary.of([ClipResult(clip, 30, {"pullups": 5, "squats": 2, "lunges": 1})])
    assert (summary.judged, summary.false_repetitions, summary.exact) == (0, 2, None)


def test_what_is_counted_as_unknown_is_neither_right_nor_false() -> None:
    result = ClipResult(SQUATS, 30, {"squats": 0, "unknown": 10})
    assert (result.error, result.false_repetitions) == (-10, 0)


def test_seconds_of_the_clips_own_hold_have_an_error_and_those_of_others_are_false() -> None:
    plank = replace(SQUATS, exercise="planks", reps=None, also=frozenset({"wall_sits"}), seconds=10.0)
    held = ClipResult(plank, 30, {"squats": 0}, seconds={"planks": 9.5, "wall_sits": 2.0, "bridges": 3.0})
    short = ClipResult(plank, 30, {"squats": 0}, seconds={"planks": 11.5, "bridges": 1.0})
    repeated = ClipResult(SQUATS, 30, {"squats": 10}, seconds={"planks": 1.5})
    untimed = ClipResult(plank, 30, {"squats": 0})
    assert (held.hold_error, held.false_hold_seconds) == (-0.5, 3.0)
    assert (untimed.hold_error, untimed.false_hold_seconds, repeated.hold_error) == (None, None, None)
    summary = Summary.of([held, short, repeated, untimed])
    assert (summary.hold_error, summary.false_hold_seconds) == (1.0, 5.5)


def test_each_true_repetition_is_found_once_by_one_that_overlaps_it_by_half() -> None:
    counted = (
        Counted("squats", 1.0, 2.0, 2.5),  # shares all of its second with the first true one, of 1.5 s
        Counted("squats", 1.1, 2.1, 2.6),  # of the first again
        Counted("pushups", 3.0, 4.0, 4.0),  # another exercise: false, but not here
        Counted("squats", 3.7, 4.7, 4.7),  # shares 0.3 s of the 1.7 s
        Counted("squats", 5.0, 6.0, 5.8),  # counted before its true end
    )
    result = ClipResult(SQUATS, 30, {"squats": 4, "pushups": 1}, counted, ((1.0, 2.5), (3.0, 4.0), (5.0, 6.0)))
    found = result.found()
    assert found and (found.counted, found.true) == (4, 3)
    assert found.late == pytest.approx((0.0, -0.2))
    summary = Summary.of([result, ClipResult(SQUATS, 30, {"squats": 10})])
    assert [summary.precision, summary.recall, summary.late_p50] == pytest.approx([2 / 4, 2 / 3, -0.1])
    assert summary.late_p95 == pytest.approx(-0.01)


def test_figures_per_manifest_group_exercise_and_rate() -> None:
    core = replace(SQUATS, group="core", manifest="one.csv")
    other = replace(SQUATS, group="other", manifest="two.csv", exercise="lunges")
    evaluation = Evaluation(
        "robust",
        (
            ClipResult(core, 10, {"squats": 10}),
            ClipResult(core, 30, {"squats": 9}, native=True),
            ClipResult(other, 29.97, {"squats": 2}),
        ),
    )
    assert list(evaluation.by_fps) == ["native", "30", "10"]
    assert {name: each.clips for name, each in evaluation.by_group.items()} == {"core": 2, "other": 1}
    assert list(evaluation.by_group_and_fps) == ["core, 10", "core, native", "other, 30"]
    assert evaluation.by_exercise["lunges"].false_repetitions == 2
    assert {name: each.summary.exact for name, each in evaluation.by_manifest.items()} == {
        "one.csv": 0.5,
        "two.csv": None,
    }
    document = evaluation.to_json()
    assert document["clips"][0]["path"] == "a" and document["clips"][0]["reps"] == 10
    assert document["manifests"]["one.csv"]["by_group"]["core"]["obo"] == 1
