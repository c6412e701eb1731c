"""NearestSamples: how far a pose is from the nearest samples of each class, in every view.

A preselection by Euclidean distance, which is a matrix product, leaves few samples to compare exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from posecount.counting.robust.views import VIEW_SIZE, sample_views
from posecount.pose import FloatArray

_TWIN = 1.0
"""Samples nearer than this are the same photo twice (see `neighbours.TWIN_DISTANCE`), and say nothing about others."""
_OWN_SAMPLES = 8000
"""At most this many samples are left out to learn the cut-off. Of 50,000 samples in eleven classes it is then within
0.6 % of that of all; learning takes 2 seconds, and 19 if nine in ten samples are of one class."""
_SHORTLIST = 16
"""Samples per class that are compared exactly, after a preselection by Euclidean distance, which is one matrix product.
On average over real clips the three nearest of them are 0.1 % further than those of all samples; 0.05 % with 24."""
_NEAR = 1.5
"""Classes further than the nearest by this factor, and than the usual distance of samples, are not compared exactly:
they get no vote and are no rest. Of 166 real sequences none is counted otherwise, in two thirds of the time."""
_TWINS = 8
"""This many more where twins are left out, as these may take places."""
_ONE_THREAD = 250_000
"""Multiply-adds per matrix product: OpenBLAS spreads more than 262,144 over threads. Beside a tracker that uses every
core this took 5.8 ms of processor time a frame instead of 1.1. Other limits hold for the whole process."""
_MEAN = np.full(VIEW_SIZE, 1 / VIEW_SIZE, dtype=np.float32)
_X = np.arange(0, VIEW_SIZE, 3)
_Y_AND_Z = np.setdiff1d(np.arange(VIEW_SIZE), _X)
"""The components of a view of which a mirror changes the sign, and the others."""


class Products(NamedTuple):
    """|s|² - 2 v·s for the views v of a pose, turned in R ways, and N samples s: squared distances less |v|².

    Attributes:
        parts: float32 (2, 2, R, N): the share of x, of which a mirror changes the sign, and the rest; each with left
            and right as they are, and swapped.
    """

    parts: FloatArray

    def of(self, turn: int) -> Products:
        """Those of one turn."""
        return Products(self.parts[:, :, turn : turn + 1])

    def squares(self) -> FloatArray:
        """The squared Euclidean distances, less |v|², of the view that is nearest to each sample: (R, N)."""
        across, beside = self.parts
        squares: FloatArray = np.abs(across)
        np.subtract(beside, squares, out=squares)
        least: FloatArray = np.minimum(squares[0], squares[1], out=squares[0])
        return least

    def views(self, samples: NDArray[np.intp]) -> NDArray[np.intp]:
        """Which of the four views, of the first turn, is nearest to each of some samples."""
        across, beside = self.parts[:, :, 0].take(samples, axis=2)
        beside -= np.abs(across)
        swapped = beside[1] < beside[0]
        views: NDArray[np.intp] = 2 * swapped + (np.where(swapped, across[1], across[0]) > 0)
        return views


class NearestSamples:
    """The samples of a dataset, class by class. It never changes.

    Args:
        samples: float32 (N, 69), flat, see `posecount.counting.robust.views.flat`.
        classes: the part of the samples that each of the C classes has, in order.

    Attributes:
        neighbours_: how many nearest samples of a class are averaged: 1 to 3, depending on the smallest class.
        usual_distance_: the median distance of a sample from its own class.
        own_distances_: float32, how far samples, left out, are from their own classes.
    """

    def __init__(self, samples: FloatArray, classes: Sequence[slice]) -> None:
        self._slices = classes
        self.samples = samples
        self._sample_views = sample_views(samples)
        self._squares: FloatArray = np.einsum("nc,nc->n", samples, samples)
        self._across, self._beside = (np.ascontiguousarray(-2 * samples[:, part].T) for part in (_X, _Y_AND_Z))
        sizes = np.array([part.stop - part.start for part in classes])[:, None]
        places = np.arange(_SHORTLIST)
        self._starts = np.array([part.start for part in classes])
        self._first_few = self._starts[:, None] + np.minimum(places, sizes - 1)
        self._spans = [(part.start, part.stop) for part in classes]
        self._is_filled = bool((sizes < _SHORTLIST).any())
        self._filler = places >= sizes  # where a class has fewer samples than that
        # Two or three bridge a mislabelled sample; of ten samples a class the third nearest is often another view.
        self.neighbours_ = max(1, min(3, int(sizes.min()) // 4))
        self.own_distances_ = self._own_distances()
        self.usual_distance_ = float(np.median(self.own_distances_)) if self.own_distances_.size else 0.0

    def distances(
        self, embedding: FloatArray, products: Products, squares: FloatArray
    ) -> tuple[FloatArray, list[int], tuple[FloatArray, FloatArray]]:
        """Mean distances of the nearest samples of the C classes, (C,); those of far classes are estimated.

        Args:
            embedding: float32 (69,), of the pose, weighted and flat.
            products: of its views with the samples.
            squares: float32 (N,), see `Products.squares`; of the first turn.

        Returns:
            The distances, the classes that are not far, and what `shortlisted` has found of these.
        """
        means = np.minimum.reduceat(squares, self._starts)
        means += embedding @ embedding
        np.maximum(means, 0, out=means)
        means /= np.float32(VIEW_SIZE)
        np.sqrt(means, out=means)  # at least the mean difference
        limit = np.float32(_NEAR * max(float(means.min()), self.usual_distance_) + _TWIN)
        near = (means <= limit).nonzero()[0]
        found = self.shortlisted(embedding, products, squares, near)
        nearest = np.add.reduce(np.sort(found[0], axis=1)[:, : self.neighbours_], axis=1)
        means[near] = nearest / np.float32(self.neighbours_)
        return means, near.tolist(), found

    def shortlisted(
        self, embedding: FloatArray, products: Products, squares: FloatArray, codes: NDArray[np.intp]
    ) -> tuple[FloatArray, FloatArray]:
        """The distances (K, L) and differences (K, L, 69) of the L nearest samples of each of K classes, or almost."""
        short = self._first_few.take(codes, axis=0)
        for row, code in enumerate(codes.tolist()):
            start, stop = self._spans[code]
            if stop - start > _SHORTLIST:
                np.add(squares[start:stop].argpartition(_SHORTLIST - 1)[:_SHORTLIST], start, out=short[row])
        differences = self._differences(embedding, products.views(short), short)
        distances = np.abs(differences) @ _MEAN
        if self._is_filled:
            distances[self._filler[codes]] = np.inf
        return distances, differences

    def _differences(self, embedding: FloatArray, views: NDArray[np.intp], samples: NDArray[np.intp]) -> FloatArray:
        """The pose's differences from samples, each in the view in which the pose is nearest to it."""
        # A view applied twice undoes itself: the sample is seen in that view instead.
        differences: FloatArray = embedding - self._sample_views.take(4 * samples + views, axis=0)
        return differences

    def distance_of(self, sample: int, code: int, without: int | None = None) -> float:
        """Mean distance of the nearest samples of one class from one of the samples, by its index.

        A sample may be left out, with its twins; the mean is infinite if too few are left.
        """
        part, views = self._slices[code], self._sample_views[4 * sample : 4 * sample + 4]
        products = self.products(views[None], part)
        count = min(_SHORTLIST + _TWINS, part.stop - part.start)
        near = products.squares()[0].argpartition(count - 1)[:count]
        short = part.start + near
        distances = np.abs(self._differences(views[0], products.views(near), short)) @ _MEAN
        if without is not None:
            distances = distances[(distances >= _TWIN) & (short != without)]
        return float(np.sort(distances)[: self.neighbours_].mean()) if len(distances) >= self.neighbours_ else inf

    def products(self, views: FloatArray, part: slice = slice(None)) -> Products:
        """How views v (R, 4, 69) fit all N samples s, or a part of them; no view or turn changes |v|."""
        both = views[:, ::2].swapaxes(0, 1).reshape(-1, VIEW_SIZE)  # the others mirror these
        doubles = self._across[:, part], self._beside[:, part]
        parts = np.empty((2, 2, len(views), doubles[0].shape[1]), np.float32)
        for into, components, samples in zip(parts, (_X, _Y_AND_Z), doubles, strict=True):
            _product(both.take(components, axis=1), samples, into.reshape(len(both), -1))
        parts[1] += self._squares[part]
        return Products(parts)

    def _own_distances(self) -> FloatArray:
        """Distance of each sample, left out, from its own class; without samples that have too few others.

        Of more than `_OWN_SAMPLES`, as many, spread evenly over each class.
        """
        share = min(1.0, _OWN_SAMPLES / len(self.samples))
        own = []
        for code, part in enumerate(self._slices):
            for index in spread(part, max(1, round(share * (part.stop - part.start)))):
                own.append(self.distance_of(index, code, without=index))
        return np.array([distance for distance in own if np.isfinite(distance)], dtype=np.float32)


def spread(part: slice, count: int) -> list[int]:
    """At most this many indices of a part, spread evenly."""
    size = part.stop - part.start
    return [part.start + index * size // min(count, size) for index in range(min(count, size))]


def _product(views: FloatArray, doubles: FloatArray, out: FloatArray) -> None:
    step, count = max(_ONE_THREAD // views.size, 1), doubles.shape[1]
    for start in range(0, count, step):
        part = slice(start, start + step)
        np.matmul(views, doubles[:, part], out=out[:, part])
