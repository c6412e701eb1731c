"""RobustClassifier: what one pose says about every exercise of a dataset, for the profile `robust`.

Where the published search lets the ten nearest samples vote, this one compares the pose with the nearest samples of
each class. So a class of ten samples is worth as much as one of two hundred; a pose that is near to nothing is unknown;
and how far the pose has come from an exercise's rest to its target is known as well as which of the two is nearer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp, inf, log, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from posecount.counting.tilt import ROLLS, Tilt
from posecount.counting.visibility import Limb
from posecount.datasets.dataset import Exercise, PoseDataset, exercise_of
from posecount.embedding import AXES_WEIGHTS, EMBEDDING_SIZE, MIRROR, SWAP, SWAP_SIGNS, embed
from posecount.pose import FloatArray, Pose

_SHARPNESS = 32.0
"""Confidence falls with this power of distance. At 8 a person whose rest is only a little nearer to the rest samples
(cables in the hands) never reaches the exit threshold: 8 of 9 clips; 16 and 32: 9 of 9, and with ten samples a class 32
lets 1 % more of the poses reach the enter threshold than 16 does."""
_TWIN = 1.0
"""Samples nearer than this are one photo twice (see `neighbours.TWIN_DISTANCE`), and say nothing of other people."""
_KNOWN_SHARE = 0.9
_MARGIN = 1.35
"""The cut-off: this many times what holds 90 % of the samples leave-one-out. A new person is further from the dataset
than its own people are. Google's samples, 1.25: 95 % known, all random poses unknown; 1.5: 98 %, all; 1.75: 98 %, 98 %;
2: 99 %, 95 %. (The 95th percentile of few samples is at the mercy of their outliers.)"""
_LEAST_UNKNOWN = 6.0
"""The cut-off is never lower: a dataset of one person's photos cannot tell how much people differ."""
_SHARED = 1.3
"""A rest that several exercises share may be this much further than the nearest rest of any exercise. At the ends of
real repetitions it is 1.03 times as far at most; of somebody at a pull-up bar, for jumping jacks, 1.6."""
_FAMILIAR = 0.8
"""Of the way from target to rest: what a pose may be away from both while the exercise goes on. Taught from the front,
jumping jacks of somebody who then turns to the side count 1 of 14 without; at 30, 15, 10 fps 14, 11, 5 with 0.7, all 14
with 0.8 and 1.0. In datasets of many people the cut-off is wider than this, so that it changes nothing."""
_SWING_SAMPLES = 200
"""Samples from which the way is learned, at most."""
_SHORTLIST = 16
"""Samples per class that Euclidean distance, which is one matrix product, passes on to the distance proper: the three
nearest are 0.1 % further than those of all samples, on average over real clips, and with 24 0.05 %."""
_TWINS = 8
"""So many more where twins are left out, which may hold places."""
_ONE_THREAD = 250_000
"""Multiply-adds per matrix product: OpenBLAS spreads more than 262,144 over threads, which beside a tracker that uses
every core took 5.8 ms of processor time a frame instead of 1.1."""
_TINY = float(np.finfo(np.float32).tiny)
_ROWS: dict[Limb, tuple[int, int]] = {"arms": (1, 2), "legs": (5, 6)}
"""Rows of the embedding that turn with a limb: shoulder → elbow and hip → knee, left and right."""


class Reading(NamedTuple):
    """What a pose says.

    Attributes:
        votes: confidence per class, 0 to 10, together at most 10; empty where the pose is unknown.
        rests: exercise → confidence, 0 to 10, that this is its rest, against its target alone: several exercises may
            share a rest, such as standing, and each may take it for its own where it is about as near as the nearest.
            Left out where it is not near.
        nearest: the nearest class.
        progress: how far the pose has come from the rest samples (0) to the target samples (1) of the exercise whose
            target is the nearest class; 0 where that is no target: beside the way it would mean nothing.
        distance: how far the nearest class is, in hundredths of the body's size.
    """

    votes: Mapping[str, float]
    rests: Mapping[str, float]
    nearest: str
    progress: float
    distance: float


class RobustClassifier:
    """Compares poses with the nearest samples of each class. Immutable once made: sessions and threads share one.

    Distance is the published one, the mean weighted absolute difference of embeddings; to the pose as it is, with x
    negated, with left and right exchanged, and with both (a mirror image), whichever is nearest to the sample.

    Args:
        dataset: the samples.

    Attributes:
        neighbours_: how many nearest samples of a class are averaged: 1 to 3, as the smallest class allows.
        unknown_distance_: a pose further than this from every class is unknown, in hundredths of the body's size;
            learned from the distances of samples to the others of their class.
        familiar_distances_: exercise → the same while it goes on. Somebody who has just been seen to do it is followed
            to where the samples do not reach, such as another side; nobody begins it there.
    """

    def __init__(self, dataset: PoseDataset) -> None:
        self.dataset = dataset
        self.classes = dataset.classes
        self._codes = {name: code for code, name in enumerate(self.classes)}
        labels = np.array(dataset.labels)
        starts = [int(start) for start in np.searchsorted(labels, self.classes)]
        self._slices = [slice(a, b) for a, b in zip(starts, [*starts[1:], len(labels)], strict=True)]
        self._samples = _flat(embed(dataset.landmarks))
        self._sample_views: FloatArray = (self._samples[:, _ORDER] * _SIGNS).reshape(-1, _FLAT.size)  # four in a row
        self._squares: FloatArray = np.einsum("nc,nc->n", self._samples, self._samples)
        self._doubles: FloatArray = np.ascontiguousarray(-2 * self._samples.T)
        sizes = np.array([part.stop - part.start for part in self._slices])[:, None]
        places = np.arange(_SHORTLIST + _TWINS)
        self._apart = self._squares + 1e9 * np.repeat(np.arange(len(sizes)), sizes[:, 0])
        self._first_few = np.array(starts)[:, None] + np.minimum(places, sizes - 1)
        self._filler = places >= sizes  # where a class has fewer samples than that
        rests = {name for exercise in dataset.exercises for name in exercise.rest}
        self._rests = [code for name, code in self._codes.items() if name in rests]
        self._resting = np.isin(labels, list(rests))
        # Per exercise the codes of its rests and of its target; an exercise of one class, or a class that is counted
        # by itself, has no rest of its own: any other class will do.
        others = {name: [each for each in self._codes.values() if each != code] for name, code in self._codes.items()}
        self._ends = {name: (others[name], code) for name, code in self._codes.items()} | {
            each.name: (
                [self._codes[name] for name in each.rest if name in self._codes] or others[each.target],
                self._codes[each.target],
            )
            for each in dataset.exercises
        }
        # Two or three bridge a mislabelled sample; of ten samples a class the third nearest is often another view.
        self.neighbours_ = max(1, min(3, int(sizes.min()) // 4))
        own = self._own_distances()
        self._usual_distance = float(np.median(own)) if own.size else 0.0
        self.unknown_distance_ = _LEAST_UNKNOWN
        if own.size:
            self.unknown_distance_ = max(_LEAST_UNKNOWN, _MARGIN * float(np.quantile(own, _KNOWN_SHARE)))
        self.familiar_distances_ = {each.name: _FAMILIAR * self._swing(each) for each in dataset.exercises if each.rest}

    def read(
        self,
        pose: Pose,
        exercises: Sequence[Exercise],
        tilt: Tilt | None = None,
        timestamp: float = 0.0,
        familiar: str | None = None,
    ) -> Reading:
        """What a pose says about some exercises of the dataset.

        Args:
            pose: the pose.
            exercises: those that are counted.
            tilt: learns how the stream's camera is tilted, and undoes it; None takes it as level.
            timestamp: seconds, of the frame.
            familiar: the exercise that goes on, see `familiar_distances_`.
        """
        look = tilt is not None and tilt.look(timestamp)
        roll = tilt.roll if tilt else 0
        views = _views(embed(pose.landmarks), _TURNS if look else _TURNS[roll : roll + 1])
        products = self._products(views.reshape(-1, _FLAT.size)).reshape(*views.shape[:2], -1)
        if tilt and look:
            squares = products.min(axis=1) + self._squares
            samples = squares.argmin(axis=1)
            least_squares = squares.min(axis=1) + views[0, 0] @ views[0, 0]
            near = [sqrt(max(least, 0) / _FLAT.size) for least in least_squares.tolist()]
            if min(near) < self.unknown_distance_ and self._resting[samples[near.index(min(near))]]:
                tilt.update(near, timestamp)
            views, products = views[tilt.roll :], products[tilt.roll :]
        distances, shortlist, differences = self._nearest(views[0, 0], products[0])
        # Numbers of Python: for a few classes arrays take longer. And in float64, since a pose that equals a sample is
        # infinitely nearer than others in float32.
        far = [max(distance, _TINY) for distance in distances.tolist()]
        known = [distance <= self.unknown_distance_ for distance in far]
        if familiar in self.familiar_distances_ and not any(known):
            limit = self.familiar_distances_[familiar]
            known = [
                distance <= limit and exercise_of(name) == familiar
                for name, distance in zip(self.classes, far, strict=True)
            ]
        # What lies within the usual distance of samples to each other is near, whatever is nearer still.
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
            those, target = self._ends[exercise.name]
            rest = those[0] if len(those) == 1 else min(those, key=far.__getitem__)
            if target == nearest:
                from_rest, from_target = (
                    differences[code, shortlist[code].argsort()[: self.neighbours_]].mean(axis=0)
                    for code in (rest, target)
                )
                axis = from_rest - from_target
                length = float(axis @ axis)
                progress = float(from_rest @ axis) / length if length else 0.0
            if known[rest] and far[rest] <= limit:
                nearer = _SHARPNESS * log(far[rest] / far[target])
                rests[exercise.name] = 10 / (1 + exp(min(nearer, 50)))
        return Reading(votes, rests, self.classes[nearest], progress, least)

    def limb(self, exercise: Exercise) -> Limb | None:
        """The limb that moves most between an exercise's rest and target samples; None for an exercise of one class."""
        if not exercise.rest:
            return None
        rows = self._samples.reshape(-1, EMBEDDING_SIZE, 3)
        labels = np.array(self.dataset.labels)
        target, rest = rows[labels == exercise.target], rows[np.isin(labels, exercise.rest)]
        moved = {}
        for limb, pair in _ROWS.items():
            # Per target sample the nearest rest sample: the same view, as like as there is.
            moves = np.abs(target[:, None, pair, :2] - rest[None, :, pair, :2]).mean(axis=(2, 3))
            moved[limb] = float(moves.min(axis=1).mean())
        return max(moved, key=moved.__getitem__)

    def _nearest(
        self,
        embedding: FloatArray,
        products: FloatArray,
        codes: NDArray[np.intp] | None = None,
        without: int | None = None,
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Mean distances of the nearest samples of C classes, (C,).

        Args:
            embedding: float32 (69,), of the pose, weighted and flat.
            products: float32 (4, N), of its views, see `_views` and `_products`.
            codes: the C classes, as indices; None for all.
            without: a sample that is left out, with its twins; the distance is infinite if that leaves too few.

        Returns:
            The means; and of a shortlist of L samples per class the distances (C, L) and the pose's differences from
            them (C, L, 69).
        """
        # By Euclidean distance, |v|² + |s|² - 2 v·s, where |v| is the same for all. Sorted once with the classes far
        # apart: a third of the time of a partition of each class.
        order = (products.min(axis=0) + self._apart).argsort()
        chosen = np.s_[:, :_SHORTLIST] if codes is None else np.s_[codes]
        short = order.take(self._first_few[chosen])
        # A view applied again undoes itself: the sample is seen in the view in which the pose is nearest to it.
        view = products.take(short, axis=1).argmin(axis=0)
        differences = embedding - self._sample_views.take(4 * short + view, axis=0)
        distances = np.abs(differences) @ _MEAN
        distances[self._filler[chosen]] = np.inf
        if without is not None:
            distances[(distances < _TWIN) | (short == without)] = np.inf
        nearest = np.sort(distances, axis=1)[:, : self.neighbours_]
        means: FloatArray = nearest.sum(axis=1) / np.float32(self.neighbours_)
        return means, distances, differences

    def _products(self, views: FloatArray) -> FloatArray:
        """-2 v·s (V, N) for views v (V, 69) and all samples s; neither views nor turns change the length of v."""
        step = max(_ONE_THREAD // views.size, 1)
        products = [views @ self._doubles[:, start : start + step] for start in range(0, len(self.dataset), step)]
        return products[0] if len(products) == 1 else np.concatenate(products, axis=1)

    def _swing(self, exercise: Exercise) -> float:
        """How far the target samples of an exercise are from its rest samples, as the median."""
        targets = np.flatnonzero(np.array(self.dataset.labels) == exercise.target)
        rests = np.array([self._codes[name] for name in exercise.rest])
        ways = []
        for index in targets[:: len(targets) // _SWING_SAMPLES + 1]:
            views = _views(embed(self.dataset.landmarks[index]))[0]
            ways.append(self._nearest(views[0], self._products(views), rests)[0].min())
        return float(np.median(ways))

    def _own_distances(self) -> FloatArray:
        """Distance of each sample, left out, from its own class; without those that have too few others."""
        own = []
        embeddings = embed(self.dataset.landmarks)
        for code, part in enumerate(self._slices):
            for index in range(part.start, part.stop):
                views = _views(embeddings[index])[0]
                products = self._products(views)
                own.append(self._nearest(views[0], products, np.array([code]), without=index)[0][0])
        return np.array([distance for distance in own if np.isfinite(distance)], dtype=np.float32)


_FLAT = np.arange(EMBEDDING_SIZE * 3).reshape(EMBEDDING_SIZE, 3)
_MEAN = np.full(_FLAT.size, 1 / _FLAT.size, dtype=np.float32)
_ORDER = np.stack([_FLAT, _FLAT, _FLAT[SWAP], _FLAT[SWAP]]).reshape(4, -1)
_SIGNS = np.stack(
    [sign * mirror * np.ones_like(_FLAT, dtype=np.float32) for sign in (1, SWAP_SIGNS) for mirror in (1, MIRROR)]
).reshape(4, -1)
"""The four views of a flat embedding are its components in this order with these signs: as it is, x negated, left and
right exchanged, both."""


def _turns() -> FloatArray:
    """What embeddings are multiplied by to turn them by each of `ROLLS`, and to weight them, (3, 3, 3)."""
    turns = np.tile(np.eye(3, dtype=np.float32), (len(ROLLS), 1, 1))
    angles = np.deg2rad(ROLLS)
    turns[:, 0, 0] = turns[:, 1, 1] = np.cos(angles)
    turns[:, 0, 1] = np.sin(angles)
    turns[:, 1, 0] = -turns[:, 0, 1]
    return turns * AXES_WEIGHTS


_TURNS = _turns()


def _views(embedding: FloatArray, turns: FloatArray = _TURNS[:1]) -> FloatArray:
    """The four views of an embedding (23, 3) in each turn (R, 3, 3), weighted and flat: float32 (R, 4, 69)."""
    views: FloatArray = (embedding @ turns).reshape(len(turns), -1).take(_ORDER, axis=1) * _SIGNS
    return views


def _flat(embeddings: FloatArray) -> FloatArray:
    """Embeddings (..., 23, 3), weighted and flat: float32 (..., 69)."""
    weighted: FloatArray = (embeddings * AXES_WEIGHTS).reshape(*embeddings.shape[:-2], -1)
    return weighted
