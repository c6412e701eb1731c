"""RobustClassifier: how well one pose fits each class of a dataset, for the profile `robust`.

The published search lets the ten nearest samples vote. This one compares the pose with the nearest samples of each
class, in every view. So a class of ten samples is worth as much as one of two hundred; a pose that is near
no sample is unknown; and the progress from an exercise's rest to its target is known, not just which is nearer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import replace
from math import exp, inf, log, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from posecount.counting.recognition.movements import Movements
from posecount.counting.tilt import Tilt
from posecount.counting.views import VIEW_SIZE, flat, sample_views, views_of
from posecount.counting.visibility import Limb
from posecount.datasets.dataset import Exercise, PoseDataset, exercise_of
from posecount.embedding import EMBEDDING_SIZE, embed
from posecount.pose import FloatArray, Pose

_SHARPNESS = 32.0
"""Confidence falls with this power of distance. With 8, a person whose rest is only a little nearer to the rest samples
(cables in the hands) never reaches the exit threshold: 8 of 9 clips are right, and 9 of 9 with 16 and 32. With ten
samples a class, 32 lets 1 % more of the poses reach the enter threshold than 16."""
_TWIN = 1.0
"""Samples nearer than this are the same photo twice (see `neighbours.TWIN_DISTANCE`), and say nothing about others."""
_KNOWN_SHARE = 0.9
_MARGIN = 1.35
"""The cut-off is this many times the leave-one-out distance that holds 90 % of the samples: a new person is further
from the dataset than its own people. With Google's samples: 1.25, 95 % known and all random poses unknown; 1.5, 98 %
and all; 1.75, 98 % and 98 %; 2, 99 % and 95 %. (The 95th percentile of few samples depends on their outliers.)"""
_LEAST_UNKNOWN = 6.0
"""The cut-off is never lower: a dataset of one person's photos does not show how much people differ."""
_SHARED = 1.3
"""A rest that exercises share may be this many times further than the nearest rest of any exercise. At the ends of real
repetitions it is at most 1.03 times as far; for jumping jacks and a person at a pull-up bar, 1.6."""
_FAMILIAR = 0.8
"""How far a pose may be from target and rest while the exercise goes on, as a share of the way between them. Taught
from the front, a person who then turns to the side gets 1 of 14 jumping jacks counted without this; with 0.7, 14, 11
and 5 at 30, 15 and 10 fps; with 0.8 and 1.0 all 14. In datasets of many people the cut-off is wider, so this changes
nothing."""
_SWING_SAMPLES = 200
"""At most this many samples are used to learn that way, and which limb moves."""
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
_TINY = float(np.finfo(np.float32).tiny)
_ROWS: dict[Limb, tuple[int, int]] = {"arms": (1, 2), "legs": (5, 6)}
"""The rows of the embedding that move with a limb: shoulder → elbow and hip → knee, left and right."""


class Reading(NamedTuple):
    """How one pose fits the classes.

    Attributes:
        votes: confidence per class, 0 to 10, at most 10 in all; empty where the pose is unknown.
        rests: exercise → confidence, 0 to 10, that this is its rest rather than its target. Exercises may share a rest,
            such as standing, and each claims it where it is about as near as the nearest. Exercises whose rest is not
            near are left out.
        nearest: the nearest class.
        progress: how far the pose is on the way from the rest samples (0) to the target samples (1) of the exercise
            whose target is the nearest class; 0 if that class is no target.
        distance: how far the nearest class is, in hundredths of the body's size.
    """

    votes: Mapping[str, float]
    rests: Mapping[str, float]
    nearest: str
    progress: float
    distance: float


class RobustClassifier:
    """Compares poses with the nearest samples of each class. It never changes: sessions and threads may share one.

    The distance is the published one: the mean weighted absolute difference of embeddings. It is the least over four
    views of the pose: as it is, with x negated, with left and right swapped, and with both (a mirror image).

    Args:
        dataset: the samples.

    Attributes:
        neighbours_: how many nearest samples of a class are averaged: 1 to 3, depending on the smallest class.
        unknown_distance_: a pose further than this from every class is unknown, in hundredths of the body's size;
            learned from the distances between samples of a class.
        familiar_distances_: exercise → the same while the exercise goes on. A person doing it is followed to views that
            the samples do not cover, such as another side; an exercise never starts there.
    """

    def __init__(self, dataset: PoseDataset) -> None:
        self.classes = dataset.classes
        self._codes = {name: code for code, name in enumerate(self.classes)}
        labels = np.array(dataset.labels)
        starts = [int(start) for start in np.searchsorted(labels, self.classes)]
        self._slices = [slice(a, b) for a, b in zip(starts, [*starts[1:], len(labels)], strict=True)]
        self._samples = flat(embed(dataset.landmarks))
        self._sample_views = sample_views(self._samples)
        self._squares: FloatArray = np.einsum("nc,nc->n", self._samples, self._samples)
        self._doubles: FloatArray = np.ascontiguousarray(-2 * self._samples.T)
        sizes = np.array([part.stop - part.start for part in self._slices])[:, None]
        places = np.arange(_SHORTLIST)
        self._starts = np.array(starts)
        self._first_few = self._starts[:, None] + np.minimum(places, sizes - 1)
        self._filler = places >= sizes  # where a class has fewer samples than that
        self._others = [[each for each in self._codes.values() if each != code] for code in self._codes.values()]
        # Two or three bridge a mislabelled sample; of ten samples a class the third nearest is often another view.
        self.neighbours_ = max(1, min(3, int(sizes.min()) // 4))
        own = self._own_distances()
        self._usual_distance = float(np.median(own)) if own.size else 0.0
        self.unknown_distance_ = _LEAST_UNKNOWN
        if own.size:
            self.unknown_distance_ = max(_LEAST_UNKNOWN, _MARGIN * float(np.quantile(own, _KNOWN_SHARE)))
        self._take_turning_points(dataset)

    def turning_at(self, target: str) -> RobustClassifier:
        """The same samples, in an exercise that turns at another of its classes and rests in the others."""
        targets = {**self.dataset.targets, exercise_of(target): target}
        other = copy(self)
        other._take_turning_points(replace(self.dataset, targets=targets))
        return other

    def _take_turning_points(self, dataset: PoseDataset) -> None:
        """Learn what depends on which classes are turning points and which are rests."""
        self.dataset = dataset
        rests = {name for exercise in dataset.repeated for name in exercise.rest}
        self._rests = [code for name, code in self._codes.items() if name in rests]
        self._resting = np.isin(np.array(dataset.labels), list(rests))
        self.movements = Movements(dataset)
        self.familiar_distances_ = {each.name: _FAMILIAR * self._swing(each) for each in dataset.repeated if each.rest}

    def read(
        self,
        pose: Pose,
        exercises: Sequence[Exercise],
        tilt: Tilt | None = None,
        timestamp: float = 0.0,
        familiar: str | None = None,
    ) -> Reading:
        """How a pose fits the classes, and how far it is in some exercises of the dataset.

        Args:
            pose: the pose.
            exercises: those being counted.
            tilt: learns and undoes the tilt of the stream's camera; None takes it as level.
            timestamp: seconds, of the frame.
            familiar: the exercise that goes on, if any; see `familiar_distances_`.
        """
        look = tilt is not None and tilt.look(timestamp)
        roll = tilt.roll if tilt else 0
        views = views_of(embed(pose.landmarks), slice(None) if look else slice(roll, roll + 1))
        products = self._products(views.reshape(-1, VIEW_SIZE)).reshape(*views.shape[:2], -1)
        if tilt and look:
            squares = products.min(axis=1) + self._squares
            samples = squares.argmin(axis=1)
            least_squares = squares.min(axis=1) + views[0, 0] @ views[0, 0]
            near = [sqrt(max(least, 0) / VIEW_SIZE) for least in least_squares.tolist()]
            if min(near) < self.unknown_distance_ and self._resting[samples[near.index(min(near))]]:
                tilt.update(near, timestamp)
            views, products = views[tilt.roll :], products[tilt.roll :]
        distances = self._nearest(views[0, 0], products[0])
        # Plain Python numbers: for a few classes arrays are slower. And float64, as in float32 a pose that equals a
        # sample would be infinitely nearer than any other.
        far = [max(distance, _TINY) for distance in distances.tolist()]
        known = [distance <= self.unknown_distance_ for distance in far]
        if familiar in self.familiar_distances_ and not any(known):
            limit = self.familiar_distances_[familiar]
            known = [
                distance <= limit and exercise_of(name) == familiar
                for name, distance in zip(self.classes, far, strict=True)
            ]
        # A rest within the usual distance between samples is near, even if another is nearer still.
        limit = max(_SHARED * min([far[code] for code in self._rests], default=inf), self._usual_distance)
        least = min(far)
        nearest = far.index(least)
        shares = [(least / distance) ** _SHARPNESS for distance in far]
        whole = sum(shares) / 10
        votes = {
            name: share / whole
            for name, share, is_known in zip(self.classes, shares, known, strict=True)
            if is_known and share > 0.05 * whole
        }
        rests, progress = {}, 0.0
        for exercise in exercises:
            target = self._codes[exercise.target]
            # An exercise of one class has no rest of its own: then every other class is its rest.
            those = [self._codes[name] for name in exercise.rest] or self._others[target]
            if not those:  # the dataset has one class only: without a rest nothing can be counted
                continue
            rest = those[0] if len(those) == 1 else min(those, key=far.__getitem__)
            if target == nearest:
                from_rest, from_target = (
                    differences[distances.argsort()[: self.neighbours_]].mean(axis=0)
                    for (distances,), (differences,) in (
                        self._shortlisted(views[0, 0], products[0], np.array([code])) for code in (rest, target)
                    )
                )
                axis = from_rest - from_target
                length = float(axis @ axis)
                progress = float(from_rest @ axis) / length if length else 0.0
            if known[rest] and far[rest] <= limit:
                nearer = _SHARPNESS * log(far[rest] / far[target])
                rests[exercise_of(exercise.target)] = 10 / (1 + exp(min(nearer, 50)))
        return Reading(votes, rests, self.classes[nearest], progress, least)

    def limb(self, exercise: Exercise) -> Limb | None:
        """The limb that moves most between an exercise's rest and target samples; None if it has one class only."""
        if not exercise.rest:
            return None
        rows = self._samples.reshape(-1, EMBEDDING_SIZE, 3)
        target = rows[_spread(self._slices[self._codes[exercise.target]], _SWING_SAMPLES)]
        rest = rows[np.isin(np.array(self.dataset.labels), exercise.rest)]
        moved = {}
        for limb, pair in _ROWS.items():
            # For each target sample the nearest rest sample: the same view, as similar as there is.
            moves = np.abs(target[:, None, pair, :2] - rest[None, :, pair, :2]).mean(axis=(2, 3))
            moved[limb] = float(moves.min(axis=1).mean())
        return max(moved, key=moved.__getitem__)

    def _nearest(self, embedding: FloatArray, products: FloatArray) -> FloatArray:
        """Mean distances of the nearest samples of the C classes, (C,); those of far classes are estimated.

        Args:
            embedding: float32 (69,), of the pose, weighted and flat.
            products: float32 (4, N), of its views, see `views_of` and `_products`.
        """
        least = np.minimum.reduceat(products.min(axis=0) + self._squares, self._starts) + embedding @ embedding
        means: FloatArray = np.sqrt(np.maximum(least, 0) / np.float32(VIEW_SIZE))  # at least the mean difference
        near = np.flatnonzero(means <= _NEAR * max(float(means.min()), self._usual_distance) + _TWIN)
        distances, _ = self._shortlisted(embedding, products, near)
        means[near] = np.sort(distances, axis=1)[:, : self.neighbours_].sum(axis=1) / np.float32(self.neighbours_)
        return means

    def _shortlisted(
        self, embedding: FloatArray, products: FloatArray, codes: NDArray[np.intp]
    ) -> tuple[FloatArray, FloatArray]:
        """The distances (K, L) and differences (K, L, 69) of the L nearest samples of each of K classes, or almost."""
        squares = products.min(axis=0) + self._squares  # of the Euclidean distance, |v|² + |s|² - 2 v·s, less |v|²
        short = self._first_few[codes]
        for row, part in enumerate(self._slices[code] for code in codes.tolist()):
            if part.stop - part.start > _SHORTLIST:
                short[row] = part.start + squares[part].argpartition(_SHORTLIST - 1)[:_SHORTLIST]
        differences = self._differences(embedding, products.take(short, axis=1), short)
        distances = np.abs(differences) @ _MEAN
        distances[self._filler[codes]] = np.inf
        return distances, differences

    def _differences(self, embedding: FloatArray, products: FloatArray, samples: NDArray[np.intp]) -> FloatArray:
        """The pose's differences from samples, each in the view in which the pose is nearest to it."""
        # A view applied twice undoes itself: the sample is seen in that view instead.
        differences: FloatArray = embedding - self._sample_views.take(4 * samples + products.argmin(axis=0), axis=0)
        return differences

    def _class_distance(self, views: FloatArray, code: int, without: int | None = None) -> float:
        """Mean distance of the nearest samples of one class from a pose, given its views (4, 69).

        A sample may be left out, with its twins; the mean is infinite if too few are left.
        """
        part = self._slices[code]
        products = self._products(views, part)
        count = min(_SHORTLIST + _TWINS, part.stop - part.start)
        near = (products.min(axis=0) + self._squares[part]).argpartition(count - 1)[:count]
        short = part.start + near
        distances = np.abs(self._differences(views[0], products[:, near], short)) @ _MEAN
        if without is not None:
            distances = distances[(distances >= _TWIN) & (short != without)]
        return float(np.sort(distances)[: self.neighbours_].mean()) if len(distances) >= self.neighbours_ else inf

    def _products(self, views: FloatArray, part: slice = slice(None)) -> FloatArray:
        """-2 v·s (V, N) for views v (V, 69) and all samples s, or a part of them; no view or turn changes |v|."""
        doubles = self._doubles[:, part]
        step = max(_ONE_THREAD // views.size, 1)
        products = [views @ doubles[:, start : start + step] for start in range(0, doubles.shape[1], step)]
        return products[0] if len(products) == 1 else np.concatenate(products, axis=1)

    def _swing(self, exercise: Exercise) -> float:
        """How far the target samples of an exercise are from its rest samples, as the median."""
        rests = [self._codes[name] for name in exercise.rest]
        targets = self._slices[self._codes[exercise.target]]
        ways = []
        for index in _spread(targets, _SWING_SAMPLES):
            ways.append(
                min(self._class_distance(self._sample_views[4 * index : 4 * index + 4], code) for code in rests)
            )
        return float(np.median(ways))

    def _own_distances(self) -> FloatArray:
        """Distance of each sample, left out, from its own class; without samples that have too few others.

        Of more than `_OWN_SAMPLES`, as many, spread evenly over each class.
        """
        share = min(1.0, _OWN_SAMPLES / len(self._samples))
        own = []
        for code, part in enumerate(self._slices):
            for index in _spread(part, max(1, round(share * (part.stop - part.start)))):
                own.append(self._class_distance(self._sample_views[4 * index : 4 * index + 4], code, without=index))
        return np.array([distance for distance in own if np.isfinite(distance)], dtype=np.float32)


def _spread(part: slice, count: int) -> list[int]:
    """At most this many indices of a part, spread evenly."""
    size = part.stop - part.start
    return [part.start + index * size // min(count, size) for index in range(min(count, size))]
