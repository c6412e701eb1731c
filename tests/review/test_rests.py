"""Rests that exercises share, found in the samples."""

import numpy as np
import pytest

from posecount.datasets.dataset import PoseDataset
from posecount.review.rests import shared_rests
from posecount.shipped import STARTER_DATASET
from tests.stick_figure import stick_dataset, stick_figure

STANDING = {
    "curls_down", "deadlifts_up", "front_raises_down", "high_knees_down", "jumping_jacks_down", "lunges_up",
    "side_lunges_up", "squats_up",
}  # fmt: skip


@pytest.fixture(scope="module")
def starter() -> PoseDataset:
    return PoseDataset.load(STARTER_DATASET)


def groups(dataset: PoseDataset) -> set[frozenset[str]]:
    """The classes that share a pose."""
    poses = shared_rests(dataset)
    names = np.array(dataset.classes)
    return {frozenset(names[poses == pose].tolist()) for pose in np.unique(poses)}


def test_standing_is_the_rest_of_eight_exercises_alike(starter: PoseDataset) -> None:
    assert [group for group in groups(starter) if len(group) > 1] == [STANDING]


@pytest.mark.parametrize("per_class", [10, 40])
def test_few_samples_some_of_them_mislabelled_share_the_same_rests(starter: PoseDataset, per_class: int) -> None:
    """Of 200 draws of ten samples a class, a tenth of them mislabelled, six say otherwise, and twelve without the rests
    that came last (`ajar`); so of ten draws one may."""
    generator = np.random.default_rng(0)
    labels, wrong = np.array(starter.labels), 0
    for _ in range(10):
        chosen = np.concatenate(
            [generator.choice(np.flatnonzero(labels == name), per_class, replace=False) for name in starter.classes]
        )
        new = labels[chosen].tolist()
        for row in generator.choice(len(chosen), len(chosen) // 10, replace=False):
            new[row] = str(generator.choice(starter.classes))
        few = PoseDataset(tuple(map(str, range(len(chosen)))), tuple(new), starter.landmarks[chosen], starter.targets)
        wrong += any(len(group) > 1 and not group <= STANDING for group in groups(few))
    assert wrong <= 1


def test_a_turning_point_is_never_taken_for_a_rest() -> None:
    """The same poses under two exercises, which swap their states."""
    squats = stick_dataset()
    swapped = {"squats_up": "stands_down", "squats_down": "stands_up"}
    both = PoseDataset(
        squats.names * 2,
        (*squats.labels, *(swapped[label] for label in squats.labels)),
        np.concatenate([squats.landmarks, squats.landmarks]),
    )
    assert all(len(group) == 1 for group in groups(both))


def test_a_dataset_of_one_class_or_of_negatives_alone_shares_nothing() -> None:
    figures = np.stack([stick_figure(0.0), stick_figure(1.0)])
    for labels in (("none", "none"), ("none", "squats_up"), ("squats_down", "squats_up"), ("a_up", "b_up")):
        assert len(groups(PoseDataset(("a", "b"), labels, figures))) == len(set(labels))
