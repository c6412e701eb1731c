"""Sets: the person's own rhythm says how often, the samples say what."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from posecount.counting.any_exercise import counter
from posecount.counting.any_exercise.counter import AnyCounter
from posecount.counting.any_exercise.history import MotionHistory
from posecount.counting.knn import PoseClassifier
from posecount.counting.pipeline import RepetitionPipeline
from posecount.counting.recognition.movements import Likeness, Movements
from posecount.counting.recognition.sets import Sets
from posecount.counting.repetitions import Repetition
from posecount.embedding import measure
from posecount.pose import Pose
from tests.counting.recognition.test_movements import with_arm_raises, with_waves
from tests.stick_figure import SIZE, stick_dataset, stick_figure

MOVEMENTS = Movements(with_arm_raises())


def swinging(
    repetitions: int, *, depth: float = 0.0, arms: tuple[float, float] = (0.0, 0.0), lean: float = 0.0
) -> list[tuple[float, Pose]]:
    """A second of rest, repetitions of two seconds, a second of rest; at 15 frames a second."""
    frames = []
    for index in range(15 * (2 + 2 * repetitions)):
        phase = np.clip(index / 15 - 1, 0, 2 * repetitions) / 2
        way = float(0.5 - 0.5 * np.cos(2 * np.pi * phase))
        figure = stick_figure(depth * way, arms=arms[0] + (arms[1] - arms[0]) * way)
        figure[:23, 0] += lean * way * (250 - figure[:23, 1])
        frames.append((index / 15, Pose(figure, np.ones(33, np.float32), SIZE)))
    return frames


def sets_of(frames: list[tuple[float, Pose]], **kwargs: set[str]) -> tuple[list[str], Sets]:
    sets = Sets(MOVEMENTS, 0.75)
    return [each.exercise for each in repetitions(sets, frames, **kwargs)], sets


def repetitions(sets: Sets, frames: list[tuple[float, Pose]], **kwargs: set[str]) -> list[Repetition]:
    found = []
    for time, pose in frames:
        sets.look(measure(pose.landmarks), time)
        found += sets.update(**kwargs)
    return found


def test_a_set_counts_from_its_first_repetition_once_it_has_a_name() -> None:
    assert sets_of(swinging(5, depth=1.0))[0] == ["squats"] * 5
    assert sets_of(swinging(5, arms=(0.0, 1.0)))[0] == ["raises"] * 5


def test_who_rests_otherwise_than_the_samples_is_counted() -> None:
    """The hands are held overhead all the time, where no squat of the dataset has them."""
    assert sets_of(swinging(5, depth=1.0, arms=(0.8, 0.8)))[0] == ["squats"] * 5


def test_who_begins_in_the_target_is_counted_from_rest_to_rest() -> None:
    assert len(sets_of(swinging(5, arms=(1.0, 0.0)))[0]) == 4


def test_who_goes_on_in_the_rhythm_is_counted_where_nothing_says_what_else_it_could_be() -> None:
    """Half way the person begins to bow to the side with each repetition, arms overhead between them."""
    frames = swinging(6, depth=1.0)[:-15]
    others = swinging(4, depth=0.6, arms=(1.0, 0.0), lean=0.9)[15:]
    frames += [(frames[-1][0] + 1 / 15 + time - others[0][0], pose) for time, pose in others]
    sets = Sets(Movements(stick_dataset()), 0.75)
    for start in (1.0, 3.0):  # found by nearest samples
        assert sets.admit(Repetition("squats", start, start + 1, start + 2, 10.0), "squats")
    found = repetitions(sets, frames)
    assert {each.exercise for each in found} == {"squats"}
    assert len(found) == 8  # and two by nearest samples


def test_a_set_that_is_hardly_tracked_has_to_be_more_like_an_exercise(monkeypatch: pytest.MonkeyPatch) -> None:
    alike, less = swinging(5, depth=1.0), swinging(5, depth=1.0, arms=(0.8, 0.8), lean=0.7)
    assert sets_of(less)[0] == ["squats"] * 5
    monkeypatch.setattr(MotionHistory, "greatest_step", lambda *_: 60.0)  # as where the pose turns upside down
    assert sets_of(alike)[0] == ["squats"] * 5
    assert sets_of(less)[0] == []


def test_a_repetition_by_itself_has_to_be_more_like_its_exercise_where_its_target_is_less_certain() -> None:
    for peak, counted in ((10.0, 1), (2.0, 0)):
        sets = Sets(MOVEMENTS, 0.75)
        repetitions(sets, swinging(1, depth=1.0, arms=(0.8, 0.8), lean=0.7))
        assert len(sets.admit(Repetition("squats", 1.2, 2.0, 2.8, peak), "squats")) == counted


def test_a_part_of_what_an_unknown_set_repeats_is_no_repetition_by_itself() -> None:
    """Circling arms pass through a press. What takes as long as the rest of the set, or begins later, is another."""
    for start, end, counted in ((7.6, 8.4, 0), (7.0, 8.4, 1), (9.6, 10.4, 1)):
        sets = Sets(Movements(stick_dataset()), 0.75)
        repetitions(sets, swinging(3, lean=0.9))
        assert len(sets.admit(Repetition("squats", start, (start + end) / 2, end, 10.0), "squats")) == counted


def test_shallow_repetitions_do_not_count_and_are_not_unknown() -> None:
    found, sets = sets_of(swinging(5, depth=0.5))
    assert found == []
    assert sets.shallow == "squats"
    assert sets.unknown == 0


@pytest.mark.parametrize(
    ("movement", "exercise"),
    [
        ({"depth": 0.4, "arms": (0.8, 0.8)}, "squats"),
        ({"depth": 0.4, "lean": 0.5}, "squats"),
        ({"arms": (0.0, 0.4), "lean": 0.3}, "raises"),
    ],
    ids=["squats with the hands overhead", "squats that lean", "raises that lean"],
)
def test_an_unknown_set_is_told_what_it_may_be_if_it_went_further(movement: dict[str, Any], exercise: str) -> None:
    found, sets = sets_of(swinging(6, **movement))
    assert found == []
    assert (sets.perhaps, sets.shallow) == (exercise, None)
    assert sets.unknown >= 5


def test_what_is_none_of_the_exercises_is_unknown_from_the_third_repetition() -> None:
    assert sets_of(swinging(2, lean=0.9))[1].unknown == 0
    found, sets = sets_of(swinging(6, lean=0.9))
    assert found == []
    assert sets.unknown == 6
    assert sets.perhaps is None


def test_exercises_whose_limbs_are_hidden_do_not_count() -> None:
    assert sets_of(swinging(5, depth=1.0), hidden={"squats"})[0] == []
    assert sets_of(swinging(5, depth=1.0), hidden={"raises"})[0] == ["squats"] * 5


def test_the_pipeline_shows_unknown_repetitions_beside_its_exercises() -> None:
    pipeline = RepetitionPipeline(None, PoseClassifier(with_arm_raises()))
    results = [pipeline.process_pose(pose, time) for time, pose in swinging(6, lean=0.9)]
    assert results[0].counts == {"raises": 0, "squats": 0}
    assert results[-1].counts == {"raises": 0, "squats": 0, "unknown": 6}
    assert pipeline.counts == results[-1].counts
    squats = RepetitionPipeline(None, PoseClassifier(with_arm_raises()))
    results = [squats.process_pose(pose, time) for time, pose in swinging(6, depth=1.0)]
    assert results[-1].counts == {"raises": 0, "squats": 6}
    with pytest.raises(StopIteration):
        next(result for result in results if "unknown" in result.counts)


def test_a_gesture_counts_from_the_second_on_with_the_first() -> None:
    for repetitions, counted in ((1, 0), (2, 2), (3, 3)):
        pipeline = RepetitionPipeline(None, PoseClassifier(with_waves()))
        for time, pose in swinging(repetitions, arms=(0.0, 1.0)):
            result = pipeline.process_pose(pose, time)
        assert result.counts == {"raises": counted, "squats": 0}


def test_a_repetition_is_measured_until_the_very_frame_that_ends_it() -> None:
    """Three frames a second, and from target to rest within one of them: without the last there is half a movement."""
    pipeline = RepetitionPipeline(None, PoseClassifier(with_arm_raises()))
    for index in range(9):
        figure = stick_figure(0.0, arms=0.85 if 3 <= index < 6 else 0.15)
        result = pipeline.process_pose(Pose(figure, np.ones(33, np.float32), SIZE), index / 3)
    assert result.counts == {"raises": 1, "squats": 0}


def test_counting_the_other_way_round_does_not_go_back_to_the_set_before(monkeypatch: pytest.MonkeyPatch) -> None:
    sets, since = Sets(MOVEMENTS, 0.75), list[float]()
    first = swinging(5, depth=1.0)
    assert len(repetitions(sets, first)) == 5
    monkeypatch.setattr(AnyCounter, "turn_over", lambda _, time: since.append(time))
    first_is_rest = counter._first_is_rest
    monkeypatch.setattr(counter, "_first_is_rest", lambda run: not first_is_rest(run))
    second = [(first[-1][0] + 6 + time, pose) for time, pose in swinging(6, arms=(0.0, 1.0))]
    repetitions(sets, second)
    assert since
    assert min(since) > 10


@pytest.mark.parametrize("other", [{"extent": -1.5}, {"limbs": 0.0}])
def test_what_is_clearly_something_else_is_none_of_the_set_that_follows(
    other: dict[str, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It goes the other way, or its limbs do not move as in the exercise at all."""
    compare, seen = Movements.compare, list[Likeness]()

    def first_is_something_else(*arguments: Any) -> Likeness:
        found = compare(*arguments)
        seen.append(found)
        changes: dict[str, Any] = {name: np.full(len(found.limbs), value) for name, value in other.items()}
        return replace(found, **changes) if len(seen) == 1 else found

    monkeypatch.setattr(Movements, "compare", first_is_something_else)
    assert sets_of(swinging(6, depth=1.0))[0] == ["squats"] * 5
