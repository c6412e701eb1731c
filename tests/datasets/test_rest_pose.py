"""Where a repetition turns, guessed from the samples: at the class that is no rest pose, or not at all."""

from pathlib import Path

import numpy as np
import pytest

from posecount.datasets.dataset import PoseDataset
from posecount.datasets.rest_pose import is_rest_pose
from posecount.shipped import STARTER_DATASET
from tests.stick_figure import stick_figure


def dataset_of(**classes: list[np.ndarray]) -> PoseDataset:
    labels = [name for name, poses in classes.items() for _ in poses]
    landmarks = np.stack([pose for poses in classes.values() for pose in poses]).astype(np.float32)
    return PoseDataset(tuple(f"{index}.jpg" for index in range(len(labels))), tuple(labels), landmarks)


STANDS, SQUATS, ARMS_UP = stick_figure(0), stick_figure(1), stick_figure(0, arms=1)


def test_only_standing_with_straight_legs_and_hanging_arms_is_rest() -> None:
    lying = STANDS[:, [1, 0, 2]]
    upside_down = STANDS * np.array([1, -1, 1], np.float32)
    assert is_rest_pose(np.stack([STANDS, SQUATS, ARMS_UP, lying, upside_down])).tolist() == [True] + 4 * [False]


@pytest.mark.parametrize(("target", "rest"), [("up", "down"), ("down", "up"), ("apart", "together"), ("a", "b")])
@pytest.mark.parametrize("turned", [SQUATS, ARMS_UP])
def test_a_repetition_turns_where_the_person_does_not_stand_whatever_the_names(
    target: str, rest: str, turned: np.ndarray
) -> None:
    (exercise,) = dataset_of(**{f"x_{target}": 4 * [turned], f"x_{rest}": 4 * [STANDS]}).exercises
    assert (exercise.target, exercise.rest, exercise.suggested) == (f"x_{target}", (f"x_{rest}",), f"x_{target}")


@pytest.mark.parametrize(
    "classes",
    [
        {"x_down": 4 * [SQUATS], "x_up": 4 * [ARMS_UP]},
        {"x_down": 4 * [STANDS], "x_up": 4 * [STANDS]},
        {"x_down": 3 * [SQUATS] + 2 * [STANDS], "x_up": 3 * [STANDS] + 2 * [SQUATS]},
        {"x_down": 4 * [SQUATS], "x_middle": 4 * [ARMS_UP], "x_up": 4 * [STANDS]},
    ],
    ids=["no rest", "both rest", "mixed", "three classes"],
)
def test_samples_that_leave_it_open_suggest_nothing_and_turn_as_the_published_ones(
    classes: dict[str, list[np.ndarray]],
) -> None:
    (exercise,) = dataset_of(**classes).exercises
    assert (exercise.target, exercise.suggested) == ("x_down", None)


def test_what_the_dataset_says_comes_before_what_the_samples_suggest() -> None:
    poses = dataset_of(x_down=4 * [STANDS], x_up=4 * [ARMS_UP])
    told = PoseDataset(poses.names, poses.labels, poses.landmarks, {"x": "x_down"})
    assert (told.exercises[0].target, told.exercises[0].suggested) == ("x_down", "x_up")


def test_the_starter_turns_where_it_says_and_its_samples_never_contradict_it() -> None:
    starter = PoseDataset.load(STARTER_DATASET)
    suggested = {each.name: each.suggested for each in starter.exercises if each.suggested}
    assert suggested.items() <= starter.targets.items() and suggested["jumping_jacks"] == "jumping_jacks_up"


def test_the_classes_of_google_s_sample_app_turn_as_its_code_says(shared: Path) -> None:
    published = PoseDataset.load(shared / "mlkit" / "fitness_pose_samples.csv")
    assert [each.target for each in published.exercises] == ["pushups_down", "squats_down"]


def test_huge_coordinates_are_no_rest() -> None:
    assert not is_rest_pose(np.full((1, 33, 3), 3e38, np.float32)).any()
