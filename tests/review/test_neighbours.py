"""Neighbours against a search that is slow and plain; and carried over from one state of a dataset to the next."""

import numpy as np
import pytest

from posecount.embedding import MIRROR, embed
from posecount.review.neighbours import NEIGHBOURS, TWIN_DISTANCE, TWINS, cross_distances, find_neighbours
from tests.stick_figure import stick_figure


def poses(count: int, seed: int = 0) -> np.ndarray:
    generator = np.random.default_rng(seed)
    figures = [stick_figure(generator.uniform(0, 1), arms=generator.uniform(0, 1)) for _ in range(count)]
    return (np.array(figures).reshape(-1, 33, 3) + generator.normal(0, 5, (count, 33, 3))).astype(np.float32)


def plain_distances(landmarks: np.ndarray, others: np.ndarray) -> np.ndarray:
    weights = np.array((1.0, 1.0, 0.2))
    mine, theirs = embed(landmarks) * weights, embed(others) * weights
    return np.array([[min(np.abs(a - b).mean(), np.abs(a * MIRROR - b).mean()) for b in theirs] for a in mine])


def test_distances_are_the_mean_difference_to_the_pose_or_its_mirror_image() -> None:
    landmarks, others = poses(7), poses(5, seed=1)
    np.testing.assert_allclose(cross_distances(landmarks, others), plain_distances(landmarks, others), rtol=1e-4)


def test_each_sample_gets_its_nearest_others_in_order_and_never_itself() -> None:
    landmarks = poses(60)
    expected = plain_distances(landmarks, landmarks)
    np.fill_diagonal(expected, np.inf)
    expected[expected < TWIN_DISTANCE] = np.inf
    found = find_neighbours(landmarks)
    np.testing.assert_array_equal(found.indices, np.argsort(expected, axis=1)[:, :NEIGHBOURS])
    np.testing.assert_allclose(found.distances, np.sort(expected, axis=1)[:, :NEIGHBOURS], rtol=1e-4)


def test_near_duplicates_are_kept_apart() -> None:
    landmarks = np.concatenate([poses(20), poses(20)[:1], poses(20)[:1] + 0.1])
    found = find_neighbours(landmarks.astype(np.float32))
    assert set(found.twins[0][found.twins[0] >= 0]) == {20, 21}
    assert not {20, 21} & set(found.indices[0])
    assert found.twin_distances[0, 0] == pytest.approx(0, abs=1e-3)


def test_a_crowd_of_identical_poses_is_bounded() -> None:
    found = find_neighbours(np.repeat(poses(1), 300, axis=0))
    assert (found.indices == -1).all()
    assert found.twins.shape == (300, TWINS)
    assert (found.twins >= 0).all()


@pytest.mark.parametrize("count", [0, 1, 2])
def test_hardly_any_samples_have_hardly_any_neighbours(count: int) -> None:
    found = find_neighbours(poses(count))
    assert found.indices.shape == (count, NEIGHBOURS)
    assert (found.indices >= 0).sum() == count * (count - 1)


@pytest.mark.parametrize("removed", [1, 30, 70])
def test_after_removals_the_nearest_are_those_of_a_new_search(removed: int) -> None:
    landmarks = poses(120)
    left = np.delete(landmarks, np.random.default_rng(2).choice(120, removed, replace=False), axis=0)
    carried, fresh = find_neighbours(left, find_neighbours(landmarks)), find_neighbours(left)
    np.testing.assert_array_equal(carried.indices[:, :12], fresh.indices[:, :12])


def test_after_additions_the_nearest_are_those_of_a_new_search() -> None:
    landmarks = poses(120)
    before = find_neighbours(landmarks[10:])
    carried, fresh = find_neighbours(landmarks, before), find_neighbours(landmarks)
    np.testing.assert_array_equal(carried.indices, fresh.indices)
    np.testing.assert_allclose(carried.distances, fresh.distances, rtol=1e-5)


def test_after_removals_and_additions_no_nearer_sample_is_missing() -> None:
    landmarks, more = poses(120), poses(15, seed=9)
    once = find_neighbours(landmarks[25:], find_neighbours(landmarks))
    state = np.concatenate([more, landmarks[25:]])
    carried, fresh = find_neighbours(state, once), find_neighbours(state)
    np.testing.assert_array_equal(carried.indices[:, :12], fresh.indices[:, :12])


def test_reordering_changes_nothing_but_the_indices() -> None:
    landmarks = poses(50)
    order = np.random.default_rng(3).permutation(50)
    carried, fresh = find_neighbours(landmarks[order], find_neighbours(landmarks)), find_neighbours(landmarks[order])
    np.testing.assert_array_equal(carried.indices, fresh.indices)
