"""Leave-one-out: what the other samples say about each one."""

import numpy as np

from posecount.datasets.dataset import PoseDataset
from posecount.review.leave_one_out import first_twins, leave_one_out, votes_for
from posecount.review.neighbours import find_neighbours
from tests.stick_figure import stick_dataset, stick_figure


def test_votes_follow_the_smallest_class() -> None:
    assert [votes_for(size) for size in (1, 5, 12, 20, 30, 40, 400)] == [3, 3, 3, 5, 7, 10, 10]


def test_margins_lie_between_minus_one_and_one() -> None:
    dataset = stick_dataset()
    result = leave_one_out(dataset, find_neighbours(dataset.landmarks))
    assert (np.abs(result.margin) <= 1).all()
    assert (result.votes.sum(axis=1) == result.k).all()


def test_first_twins_stand_alone_themselves() -> None:
    landmarks = np.stack([stick_figure(0.5) + np.float32(0.01 * step) for step in range(30)])
    dataset = PoseDataset(tuple(map(str, range(30))), ("squats_up",) * 30, landmarks)
    twins = first_twins(dataset, find_neighbours(landmarks))
    assert twins[0] == -1
    assert all(twins[twins[index]] == -1 for index in range(30) if twins[index] >= 0)
