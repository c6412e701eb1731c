"""NearestSamples: the shortlist finds what comparing with all samples finds."""

from itertools import pairwise

import numpy as np
import pytest

from posecount.counting.robust.nearest_samples import NearestSamples, spread
from posecount.counting.robust.views import flat, sample_views, views_of
from posecount.embedding import embed
from posecount.pose import FloatArray
from tests.stick_figure import stick_dataset, stick_figure

EMBEDDINGS = embed(stick_dataset(60).landmarks)
SIZES = (0, 60, len(EMBEDDINGS))
SAMPLES = NearestSamples(flat(EMBEDDINGS), [slice(start, stop) for start, stop in pairwise(SIZES)])


def of_all(embedding: FloatArray, code: int) -> float:
    """The mean distance of the nearest samples of a class, each compared in all views."""
    part = SAMPLES.samples[SIZES[code] : SIZES[code + 1]]
    apart = np.abs(views_of(embedding)[0][:, None] - part).mean(axis=2).min(axis=0)
    return float(np.sort(apart)[: SAMPLES.neighbours_].mean())


@pytest.mark.parametrize("depth", [0.0, 0.4, 1.0])
def test_distances_are_those_to_the_nearest_of_all_samples(depth: float) -> None:
    embedding = embed(stick_figure(depth))
    views = views_of(embedding)
    products = SAMPLES.products(views)
    squares = SAMPLES.squares(products)[0]
    distances, near, found = SAMPLES.distances(views[0], products[:, 0], squares)
    for row, code in enumerate(near):
        assert distances[code] == pytest.approx(of_all(embedding, code), rel=0.02)
        assert np.sort(found.distances[row])[: SAMPLES.neighbours_].mean() == pytest.approx(distances[code], rel=1e-5)
    assert distances.index(min(distances)) in near


def test_squares_are_euclidean_distances_in_the_nearest_view() -> None:
    embedding = embed(stick_figure(0.3))
    views = views_of(embedding)
    squares = SAMPLES.squares(SAMPLES.products(views))[0] + views[0, 0] @ views[0, 0]
    exact = np.square(views[0][:, None] - SAMPLES.samples).sum(axis=2).min(axis=0)
    assert squares == pytest.approx(exact, rel=1e-3, abs=1.0)


def test_a_mirror_image_is_as_near() -> None:
    for index in (0, 70):
        for view in sample_views(SAMPLES.samples[index]):
            apart = np.abs(sample_views(view)[:, None] - SAMPLES.samples[index]).mean(axis=2)
            assert apart.min() == pytest.approx(0, abs=1e-5)


def test_a_sample_left_out_is_not_its_own_neighbour() -> None:
    assert SAMPLES.distance_of(0, 0) < SAMPLES.distance_of(0, 0, without=0)
    alone = NearestSamples(SAMPLES.samples[[0, 60]], [slice(0, 1), slice(1, 2)])
    assert np.isinf(alone.distance_of(0, 0, without=0))
    assert not alone.own_distances_.size
    assert alone.neighbours_ == 1


def test_indices_are_spread_evenly_over_a_part() -> None:
    assert spread(slice(10, 20), 5) == [10, 12, 14, 16, 18]
    assert spread(slice(10, 13), 5) == [10, 11, 12]
