"""What stays in its place tells a pull-up from a press."""

import numpy as np
import pytest

from posecount.counting.knn import PoseClassifier
from posecount.counting.pipeline import RepetitionPipeline
from posecount.counting.recognition.movements import Movements
from posecount.counting.recognition.place import HipsWatch
from posecount.datasets.dataset import PoseDataset
from posecount.embedding import measure
from posecount.pose import LANDMARK, Pose
from posecount.shipped import STARTER_DATASET
from tests.stick_figure import SIZE, stick_dataset, stick_figure


@pytest.fixture(scope="module")
def pulls_and_presses() -> PoseDataset:
    """Squats, and two exercises of the same poses: one rests where the other turns."""
    squats, generator = stick_dataset(), np.random.default_rng(3)
    parts, labels = [squats.landmarks], list(squats.labels)
    high, low, bow = (0.9, 1.0), (0.3, 0.5), (0.0, 0.3)
    for label, arms in (
        ("pullups_down", high), ("pullups_up", low), ("presses_down", low), ("presses_up", high), ("none", bow)
    ):  # fmt: skip
        figures = np.stack([stick_figure(0.0, arms=generator.uniform(*arms)) for _ in range(20)])
        if label == "none":
            figures[:, :23, 0] += 0.9 * (250 - figures[:, :23, 1])
        parts.append(figures)
        labels += [label] * 20
    landmarks = np.concatenate(parts).astype(np.float32)
    names = tuple(f"{index}.jpg" for index in range(len(labels)))
    return PoseDataset(names, tuple(labels), landmarks, {"pullups": "pullups_up", "presses": "presses_up"})


def counted(dataset: PoseDataset, arms: tuple[float, float], *, hands_stay: bool = False, sway: float = 2.0) -> object:
    """Five repetitions of two seconds, in which the arms go from one height to the other and back."""
    pipeline = RepetitionPipeline(None, PoseClassifier(dataset))
    first = stick_figure(0.0, arms=arms[0])
    for index in range(15 * 12):
        phase = np.clip(index / 15 - 1, 0, 10) / 2
        figure = stick_figure(0.0, arms=arms[0] + (arms[1] - arms[0]) * float(0.5 - 0.5 * np.cos(2 * np.pi * phase)))
        if hands_stay:
            figure[:, 1] += (first - figure)[LANDMARK["left_wrist"], 1]
        figure[:, 1] += sway * np.sin(index)
        result = pipeline.process_pose(Pose(figure, np.ones(33, np.float32), SIZE), index / 15)
    return {name: count for name, count in result.counts.items() if count}


def test_a_body_that_moves_against_its_hands_pulls_and_one_that_stays_presses(pulls_and_presses: PoseDataset) -> None:
    assert counted(pulls_and_presses, (1.0, 0.4), hands_stay=True) == {"pullups": 5}
    assert counted(pulls_and_presses, (0.4, 1.0)) == {"presses": 5}


def test_a_sequence_that_was_centred_has_no_presses_where_they_may_be_pullups(pulls_and_presses: PoseDataset) -> None:
    assert counted(pulls_and_presses, (1.0, 0.4), sway=0.0) == {"pullups": 5}


def test_the_starter_says_which_exercises_hold_on_to_something() -> None:
    movements = Movements(PoseDataset.load(STARTER_DATASET))
    place, names = movements.place, np.array(movements.names)
    assert names[place.pulls].tolist() == ["pullups"]
    assert names[place.lifts].tolist() == ["curls", "front_raises", "jumping_jacks", "presses"]
    hands, body = np.zeros(59, np.float32), np.zeros(59, np.float32)
    hands[[24, 32]] = body[[24, 32]] = 30.0
    body[58] = -4 * 30.0  # the hips go up by what the hands go down against them
    nowhere = np.zeros(59, np.float32)
    assert place.excluded(nowhere, body, placed=True) is place.lifts
    assert place.excluded(nowhere, hands, placed=True) is place.pulls
    assert place.excluded(nowhere, nowhere, placed=True) is None
    excluded = place.excluded(nowhere, body, placed=False)
    assert excluded is not None and names[excluded].tolist() == ["presses"]
    assert place.unclear(movements.names) == {"presses"}


def test_hips_are_placed_from_when_they_have_moved() -> None:
    watch = HipsWatch()
    for shift in (0.0, 0.5, 0.0):
        watch.update(measure(stick_figure(0.0) + np.array((0, shift, 0), np.float32)))
        assert not watch.moved
    watch.update(measure(stick_figure(0.0) + np.array((0, 9, 0), np.float32)))
    watch.update(measure(stick_figure(0.0)))
    assert watch.moved
