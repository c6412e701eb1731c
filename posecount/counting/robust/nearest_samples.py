"""NearestSamples: how far a pose is from the nearest samples of each class, in every view.

A preselection by Euclidean distance, which is a matrix product, leaves few samples to compare exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from posecount.counting.robust.views import VIEW_SIZE, sample_views, seen_in
from posecount.embedding import BASIS
from posecount.pose import FloatArray

_TWIN = 1.0
"""Samples nearer than this are the same photo twice (see `neighbours.TWIN_DISTANCE`), and say nothing about others."""
_OWN_SAMPLES = 8000
"""At most this many samples are left out to learn the cut-off. Of 50,000 samples in eleven classes it is then within
0.6 % of that of all; learning takes 2 seconds, and 19 if nine in ten samples are of one class."""
_SHORTLIST = 16
"""Samples per class that are compared exactly, after a preselection by Euclidean distance, which is one matrix product.
On average over real clips the three nearest of them are 0.1 % further than those of all samples; 0.05 % with 24."""
_PLACES = np.arange(_SHORTLIST)
_LAST = _SHORTLIST - 1
_NEAR = 1.5
"""Classes further than the nearest by this factor, and than the usual distance of samples, are not compared exactly:
they get no vote and are no rest. Of 166 real sequences none is counted otherwise, in two thirds of the time."""
_TWINS = 8
"""This many more where twins are left out, as these may take places."""
_ONE_THREAD = 250_000
"""Multiply-adds per matrix product: OpenBLAS spreads more than 262,144 over threads. Beside a tracker that uses every
core this took 5.8 ms of processor time a frame instead of 1.1. Other limits hold for the whole process."""
_MEAN = np.full(VIEW_SIZE, 1 / VIEW_SIZE, dtype=np.float32)
_TINY = float(np.finfo(np.float32).tiny)
_TINIEST, _SIZE = np.array(_TINY, np.float32), np.array(VIEW_SIZE, np.float32)  # a number would have to be converted
_BASIS: FloatArray = np.concatenate([np.kron(BASIS, axis[:, None]) for axis in np.eye(3, dtype=np.float32)], axis=1)
"""Of views to an orthonormal basis of all that there can be: float32 (69, 33)."""
_X, _Y_AND_Z = slice(BASIS.shape[1]), slice(BASIS.shape[1], None)
"""The components there of which a mirror changes the sign, and the others."""

_WAYS = np.array(((1, -1, 0, 0), (0, 0, 1, -1), (1, 1, 0, 0), (0, 0, 1, 1)), np.float32)
"""Of products (4, N), across and beside for either side, to those with the four views: (N, 4) is what is multiplied."""


class Shortlist(NamedTuple):
    """The L samples of each of K classes that are nearest to a pose, or almost.

    Attributes:
        distances: float32 (K, L).
        differences: float32 (K, L, 69), of the pose, in the view in which it is nearest, from the sample.
        views: which view that is (K, L).
        neighbours: how many nearest samples of a class are averaged.
    """

    distances: FloatArray
    differences: FloatArray
    views: NDArray[np.intp]
    neighbours: int

    def mean_differences(self, rows: Sequence[int]) -> FloatArray:
        """The mean differences (R, 69) of the pose, as it is, from the nearest samples of some of the classes."""
        nearest = self.distances.take(rows, axis=0).argsort(axis=1)[:, : self.neighbours]
        places = (nearest + np.array([[_SHORTLIST * row] for row in rows])).ravel()
        # A view applied twice undoes itself.
        seen = seen_in(self.differences.reshape(-1, VIEW_SIZE).take(places, axis=0), self.views.take(places))
        means: FloatArray = np.add.reduce(seen.reshape(*nearest.shape, VIEW_SIZE), axis=1)
        means /= self.neighbours
        return means


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
        self._squares: FloatArray = np.einsum("nc,nc->n", samples, samples)
        joints = -2 * samples @ _BASIS
        self._across, self._beside = (np.ascontiguousarray(joints[:, part].T) for part in (_X, _Y_AND_Z))
        sizes = np.array([part.stop - part.start for part in classes])[:, None]
        self._starts = np.array([part.start for part in classes])[:, None]
        self._filler = sizes <= _PLACES  # where a class has fewer samples than that
        self._is_filled = bool(self._filler.any())
        # Two or three bridge a mislabelled sample; of ten samples a class the third nearest is often another view.
        self.neighbours_ = max(1, min(3, int(sizes.min()) // 4))
        self.own_distances_ = self._own_distances()
        self.usual_distance_ = float(np.median(self.own_distances_)) if self.own_distances_.size else 0.0

    def products(self, views: FloatArray, part: slice = slice(None)) -> FloatArray:
        """-2 v·s for the views v of a pose turned in R ways (R, 4, 69), and N samples s.

        Returns:
            float32 (2, R, 2, N): the share of x, of which a mirror changes the sign, and the rest; each with left and
            right as they are, and swapped.
        """
        count = 2 * len(views)
        joints = views[:, ::2].reshape(count, VIEW_SIZE).dot(_BASIS)  # the other views mirror these
        across, beside = self._across[:, part], self._beside[:, part]
        products = np.empty((2, count, across.shape[1]), np.float32)
        _product(joints[:, _X], across, products[0])
        _product(joints[:, _Y_AND_Z], beside, products[1])
        return products.reshape(2, len(views), 2, -1)

    def squares(self, products: FloatArray, part: slice = slice(None)) -> FloatArray:
        """The squared Euclidean distances, less |v|², of the view that is nearest to each sample: (R, N).

        Args:
            products: float32 (2, R, 2, N); no view or turn changes |v|.
            part: the samples that these are of.
        """
        least = np.abs(products[0])
        np.subtract(products[1], least, out=least)
        squares: FloatArray = np.minimum(least[:, 0], least[:, 1])
        squares += self._squares[part]
        return squares

    def distances(
        self, views: FloatArray, products: FloatArray, squares: FloatArray
    ) -> tuple[list[float], list[int], Shortlist]:
        """Mean distances of the nearest samples of each of the C classes, never 0; those of far classes are estimated.

        Args:
            views: float32 (4, 69), of the pose.
            products: float32 (2, 2, N), of these with the samples.
            squares: float32 (N,), see `squares`.

        Returns:
            The distances, the classes that are not far, and the samples of these that are nearest.
        """
        # Plain Python numbers: for a few classes arrays are slower. And float64, as in float32 a pose that equals a
        # sample would be infinitely nearer than any other.
        least = np.minimum.reduceat(squares, self._starts[:, 0])
        least += views[0].dot(views[0])
        np.maximum(least, _TINIEST, out=least)
        least /= _SIZE
        distances: list[float] = np.sqrt(least, out=least).tolist()  # at least the mean difference
        limit = _NEAR * max(min(distances), self.usual_distance_) + _TWIN
        near = [code for code, distance in enumerate(distances) if distance <= limit]
        found = self.shortlisted(views, products, squares, near)
        nearest = found.distances.copy()
        nearest.sort(axis=1)
        for code, total in zip(near, np.add.reduce(nearest[:, : self.neighbours_], axis=1).tolist(), strict=True):
            distances[code] = max(total / self.neighbours_, _TINY)
        return distances, near, found

    def shortlisted(
        self, views: FloatArray, products: FloatArray, squares: FloatArray, codes: Sequence[int]
    ) -> Shortlist:
        """The L nearest samples of each of K classes, or almost; see `distances` for the arguments."""
        parts = [squares[self._slices[code]] for code in codes]
        # The places of the least of each class's squares; where there are fewer, the last fills up.
        places = [
            part.argpartition(_LAST)[:_SHORTLIST] if part.size > _SHORTLIST else np.minimum(_PLACES, part.size - 1)
            for part in parts
        ]
        short = np.concatenate(places).reshape(-1, _SHORTLIST)
        short += self._starts.take(codes, axis=0)
        seen = _nearest_views(products.take(short, axis=2))
        differences = views.take(seen, axis=0)
        differences -= self.samples.take(short, axis=0)
        distances: FloatArray = np.abs(differences).reshape(-1, VIEW_SIZE).dot(_MEAN).reshape(short.shape)
        if self._is_filled:
            distances[self._filler[codes]] = np.inf
        return Shortlist(distances, differences, seen, self.neighbours_)

    def distance_of(self, sample: int, code: int, without: int | None = None) -> float:
        """Mean distance of the nearest samples of one class from one of the samples, by its index.

        A sample may be left out, with its twins; the mean is infinite if too few are left.
        """
        part, views = self._slices[code], sample_views(self.samples[sample])
        products = self.products(views[None], part)
        count = min(_SHORTLIST + _TWINS, part.stop - part.start)
        near = self.squares(products, part)[0].argpartition(count - 1)[:count]
        short = part.start + near
        differences = views.take(_nearest_views(products[:, 0].take(near, axis=2)), axis=0) - self.samples[short]
        distances = np.abs(differences) @ _MEAN
        if without is not None:
            distances = distances[(distances >= _TWIN) & (short != without)]
        return float(np.sort(distances)[: self.neighbours_].mean()) if len(distances) >= self.neighbours_ else inf

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


def _nearest_views(products: FloatArray) -> NDArray[np.intp]:
    """Which of the four views is nearest to some samples (...), by products (2, 2, ...)."""
    views: NDArray[np.intp] = products.reshape(4, -1).T.dot(_WAYS).argmin(axis=1)
    return views.reshape(products.shape[2:])


def _product(views: FloatArray, doubles: FloatArray, out: FloatArray) -> None:
    step, count = max(_ONE_THREAD // views.size, 1), doubles.shape[1]
    if count <= step:
        np.dot(views, doubles, out=out)
        return
    for start in range(0, count, step):
        part = slice(start, start + step)
        np.matmul(views, doubles[:, part], out=out[:, part])
